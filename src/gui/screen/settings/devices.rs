//! What hears, what sounds, what rings: for each an order of preference.

use std::sync::Arc;

use iced::widget::{column, container, row};
use iced::{Alignment, Element, Length};

use super::super::super::app::App;
use super::super::super::icon::{Icon, icon};
use super::super::super::message::Message;
use super::super::super::sound::Message as Sound;
use super::super::super::text::{self, devices as words};
use super::super::super::theme::{measure, size, space};
use super::super::super::widget::{Kind, hairline, line, press, secondary};
use super::super::connections::frame;
use super::super::ringtones;
use super::super::{button, icon_button};
use crate::account::RingtoneScope;
use crate::media::DeviceRole;
use crate::model::Service;

pub fn devices(app: &App) -> Element<'_, Message> {
    let c = app.colors();
    let known = &app.snapshot.devices;
    let test = button(c, Kind::Secondary, Some(Icon::Mic), words::TEST, Some(Message::Sound(Sound::Test(true))));
    if known.inputs.is_empty() && known.outputs.is_empty() {
        return frame(c, column![secondary(c, text::NO_DEVICES), test].spacing(space::M));
    }
    let rows = column![
        role(app, text::INPUT.text(), DeviceRole::Input, &known.inputs, &known.input),
        hairline(c),
        role(app, text::OUTPUT.text(), DeviceRole::Output, &known.outputs, &known.output),
        hairline(c),
        role(app, text::RING.text(), DeviceRole::Ring, &known.outputs, &known.ring),
        hairline(c),
        secondary(c, words::ORDER),
        hairline(c),
        ringtones::choice(app, words::RINGTONE.text().to_owned(), &RingtoneScope::Device),
    ]
    .spacing(space::M);
    // With one account there is nothing to tell apart.
    let voices: Vec<_> = app.snapshot.accounts.iter().filter(|account| account.service == Service::Voice).collect();
    let several = voices.iter().filter(|_| voices.len() > 1).fold(rows, |rows, account| {
        let heading = words::ringtone_of(&account.address);
        rows.push(ringtones::choice(app, heading, &RingtoneScope::Account(account.id.clone())))
    });
    frame(c, several.push(test))
}

fn role<'a>(
    app: &'a App,
    word: &'static str,
    role: DeviceRole,
    offered: &'a [Arc<str>],
    used: &'a str,
) -> Element<'a, Message> {
    let c = app.colors();
    let order = app.snapshot.device_plan.of(role);
    let mut list = column![].spacing(space::XS).width(Length::Fill);
    for (at, name) in order.iter().enumerate() {
        list = list.push(preferred(app, role, offered, used, (at, order.len()), name));
    }
    // Everything at once comes first among what rings.
    let all: Option<Arc<str>> = (role == DeviceRole::Ring && !offered.is_empty()).then(|| "all".into());
    let others: Vec<Arc<str>> =
        all.into_iter().chain(offered.iter().cloned()).filter(|name| !order.contains(name)).collect();
    if !others.is_empty() {
        let open = app.sound.menu == Some(role);
        let face = row![
            icon(if open { Icon::Up } else { Icon::Down }, measure::ICON_SMALL, c.accent),
            line(words::ADD).size(size::SECONDARY).color(c.accent).shrink()
        ]
        .spacing(space::S)
        .align_y(Alignment::Center);
        list = list.push(
            press(c, Kind::Ghost, face)
                .padding([0.0, space::M])
                .height(measure::TARGET)
                .id(word)
                .on_press(Message::Sound(Sound::Menu(role))),
        );
        if open {
            for name in others {
                let content = line(words::device(&name, role)).size(size::SECONDARY);
                list = list.push(
                    press(c, Kind::Row(false), content)
                        .padding([0.0, space::L])
                        .width(Length::Fill)
                        .height(measure::TARGET)
                        .on_press(Message::Sound(Sound::Add(role, name))),
                );
            }
        }
    }
    let heading = line(word).size(size::SECONDARY).strong();
    if app.narrow() {
        return column![heading, list].spacing(space::XS).into();
    }
    let heading = container(heading).width(measure::RAIL * 2.0).center_y(measure::TARGET);
    row![heading, list].spacing(space::M).into()
}

/// One device of the order: its place, its name, whether it serves, and how to move it.
fn preferred<'a>(
    app: &'a App,
    role: DeviceRole,
    offered: &'a [Arc<str>],
    used: &'a str,
    (at, count): (usize, usize),
    name: &'a Arc<str>,
) -> Element<'a, Message> {
    let c = app.colors();
    let serves = **name == *used;
    let there = serves || offered.contains(name) || !matches!(&**name, named if is_of_the_system(named));
    let place = line(format!("{}", at + 1)).size(size::META).color(c.muted).shrink();
    let shown = line(words::device(name, role)).size(size::SECONDARY).strong_if(serves).color(if there {
        c.text
    } else {
        c.muted
    });
    let mark = match (serves, there) {
        (true, _) => Some(line(words::IN_USE).size(size::META).color(c.positive).shrink()),
        (false, false) => Some(line(words::AWAY).size(size::META).color(c.muted).shrink()),
        (false, true) => None,
    };
    let mut parts = row![place, shown].push(mark).spacing(space::S).align_y(Alignment::Center);
    if count > 1 {
        let move_to = |up| Message::Sound(Sound::Move(role, at, up));
        parts = parts
            .push(icon_button(c, Kind::Ghost, Icon::Up, words::UP, (at > 0).then(|| move_to(true)), measure::TARGET))
            .push(icon_button(
                c,
                Kind::Ghost,
                Icon::Down,
                words::DOWN,
                (at + 1 < count).then(|| move_to(false)),
                measure::TARGET,
            ))
            .push(icon_button(
                c,
                Kind::Ghost,
                Icon::Close,
                words::REMOVE,
                Some(Message::Sound(Sound::Remove(role, at))),
                measure::TARGET,
            ));
    }
    container(parts)
        .padding(iced::Padding::ZERO.left(space::M))
        .height(measure::TARGET)
        .center_y(measure::TARGET)
        .into()
}

/// Names that the system may list or not; the others always exist.
fn is_of_the_system(name: &str) -> bool {
    !matches!(name, "null" | "all" | "default") && !name.starts_with("file:")
}
