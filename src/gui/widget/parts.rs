//! Small compositions that every screen uses, so that a title is a title everywhere.

use iced::widget::{center, column, container, image, scrollable, stack, text, text_input};
use iced::{Alignment, Background, Border, Color, Element, Length, Padding, Shadow, Theme, border};

use super::super::icon::{Icon, icon};
use super::super::theme::{Colors, REGULAR, STRONG, measure, radius, size, space};
use super::mark::presence;
use crate::model::Show;

/// A title.
pub fn title<'a>(colors: &Colors, content: impl text::IntoFragment<'a>) -> iced::widget::Text<'a> {
    text(content).size(size::TITLE).font(STRONG).color(colors.text)
}

/// Body text in the heavier weight.
pub fn strong<'a>(colors: &Colors, content: impl text::IntoFragment<'a>) -> iced::widget::Text<'a> {
    text(content).size(size::BODY).font(STRONG).color(colors.text)
}

/// A second line.
pub fn secondary<'a>(colors: &Colors, content: impl text::IntoFragment<'a>) -> iced::widget::Text<'a> {
    text(content).size(size::SECONDARY).font(REGULAR).color(colors.muted)
}

/// The word over a group or a field.
pub fn label<'a>(colors: &Colors, content: impl text::IntoFragment<'a>) -> iced::widget::Text<'a> {
    text(content).size(size::META).font(STRONG).color(colors.muted)
}

/// Body text that may hold anything: long words, any script.
pub fn wrapped<'a>(colors: &Colors, content: impl text::IntoFragment<'a>) -> iced::widget::Text<'a> {
    text(content).size(size::BODY).font(REGULAR).color(colors.text).wrapping(text::Wrapping::WordOrGlyph)
}

/// A ground of one colour.
pub fn pane<'a, Message: 'a>(
    color: Color,
    content: impl Into<Element<'a, Message>>,
) -> iced::widget::Container<'a, Message> {
    container(content).style(move |_| container::Style { background: Some(color.into()), ..Default::default() })
}

/// A raised card, with a halo of two rings for a shadow: the software renderer paints blurred shadows outside the
/// part it redraws, so that they grow darker with every frame.
pub fn card<'a, Message: 'a>(
    colors: &'static Colors,
    padding: f32,
    width: Length,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    let card = container(content).padding(padding).width(width).style(move |_| container::Style {
        background: Some(colors.raised.into()),
        border: Border { color: colors.outline, width: 1.0, radius: radius::LARGE.into() },
        text_color: Some(colors.text),
        ..Default::default()
    });
    let ring = |inner: Element<'a, Message>, out: f32, strength: f32| {
        container(inner)
            .padding(space::XS)
            .width(width)
            .style(move |_| container::Style {
                background: Some(colors.shadow.scale_alpha(strength).into()),
                border: border::rounded(radius::LARGE + out),
                ..Default::default()
            })
            .into()
    };
    ring(ring(card.into(), space::XS, 0.35), space::S, 0.25)
}

/// A line from left to right.
pub fn hairline<'a, Message: 'a>(colors: &Colors) -> Element<'a, Message> {
    pane(colors.line, iced::widget::space().width(Length::Fill).height(1.0)).into()
}

/// A line from top to bottom.
pub fn hairline_vertical<'a, Message: 'a>(colors: &Colors) -> Element<'a, Message> {
    pane(colors.line, iced::widget::space().width(1.0).height(Length::Fill)).into()
}

/// Content in the middle of everything.
pub fn centered<'a, Message: 'a>(content: impl Into<Element<'a, Message>>) -> Element<'a, Message> {
    center(content).padding(space::XL).into()
}

/// What stands where nothing is yet.
pub fn empty<'a, Message: 'a>(
    colors: &'static Colors,
    which: Icon,
    heading: impl Into<&'a str>,
    body: impl Into<&'a str>,
) -> Element<'a, Message> {
    let sign = container(icon(which, measure::ICON * 1.5, colors.muted)).center(measure::AVATAR_LARGE * 0.8).style(
        move |_| container::Style {
            background: Some(colors.hover.into()),
            border: border::rounded(radius::ROUND),
            ..Default::default()
        },
    );
    centered(
        column![
            sign,
            title(colors, heading.into()).align_x(Alignment::Center),
            secondary(colors, body.into()).align_x(Alignment::Center)
        ]
        .spacing(space::M)
        .max_width(measure::SHEET * 0.75)
        .align_x(Alignment::Center),
    )
}

/// A person's picture or initials in a circle, with the presence at its foot.
pub fn avatar<'a, Message: 'a>(
    colors: &'static Colors,
    key: &str,
    name: &str,
    picture: Option<image::Handle>,
    diameter: f32,
    mark: Option<(Show, Color)>,
) -> Element<'a, Message> {
    let face: Element<'a, Message> = match picture {
        Some(handle) => image(handle).width(diameter).height(diameter).into(),
        None => {
            let (ground, letters) = colors.avatar(key);
            container(
                text(super::super::text::initials(name)).size((diameter * 0.38).round()).font(STRONG).color(letters),
            )
            .center(diameter)
            .style(move |_| container::Style {
                background: Some(ground.into()),
                border: border::rounded(diameter / 2.0),
                ..Default::default()
            })
            .into()
        }
    };
    match mark {
        None => face,
        Some((show, ground)) => stack![
            face,
            container(presence(colors, show, ground))
                .width(diameter)
                .height(diameter)
                // On the circle's edge, where a large circle's edge is far from the corner.
                .padding((diameter * 0.146 - measure::MARK / 2.0).max(0.0))
                .align_x(Alignment::End)
                .align_y(Alignment::End)
        ]
        .into(),
    }
}

/// A round picture from square RGBA.
pub fn picture(side: u32, rgba: &[u8]) -> Option<image::Handle> {
    let expected = (side as usize).checked_mul(side as usize)?.checked_mul(4)?;
    if side == 0 || rgba.len() != expected {
        return None;
    }
    let mut round = rgba.to_vec();
    let middle = side as f32 / 2.0;
    for (index, pixel) in round.chunks_exact_mut(4).enumerate() {
        let (x, y) = ((index % side as usize) as f32 + 0.5, (index / side as usize) as f32 + 0.5);
        let distance = (x - middle).hypot(y - middle);
        let cover = (middle - distance + 0.5).clamp(0.0, 1.0);
        if let Some(alpha) = pixel.get_mut(3) {
            *alpha = (f32::from(*alpha) * cover) as u8;
        }
    }
    Some(image::Handle::from_rgba(side, side, round))
}

/// How fields look.
pub fn field_style(colors: &'static Colors) -> impl Fn(&Theme, text_input::Status) -> text_input::Style {
    move |_, status| {
        let (line, width) = match status {
            text_input::Status::Focused { .. } => (colors.focus, 2.0),
            text_input::Status::Hovered => (colors.muted, 1.0),
            _ => (colors.outline, 1.0),
        };
        text_input::Style {
            background: Background::Color(colors.surface),
            border: Border { color: line, width, radius: radius::SMALL.into() },
            icon: colors.muted,
            placeholder: colors.muted,
            value: colors.text,
            selection: colors.selected,
        }
    }
}

/// A field for one line.
pub fn field<'a, 'p, Message: Clone + 'a>(
    colors: &'static Colors,
    placeholder: impl Into<&'p str>,
    value: &str,
    on_input: impl Fn(String) -> Message + 'a,
) -> text_input::TextInput<'a, Message> {
    text_input(placeholder.into(), value)
        .on_input(on_input)
        .font(REGULAR)
        .size(size::BODY)
        .padding(Padding::from([space::S, space::M]))
        .style(field_style(colors))
}

/// A thin bar that shows where one is.
pub fn scrollbar() -> scrollable::Direction {
    scrollable::Direction::Vertical(scrollable::Scrollbar::new().width(8.0).scroller_width(6.0).margin(2.0))
}

/// How scrolled parts look.
pub fn scroll_style(colors: &'static Colors) -> impl Fn(&Theme, scrollable::Status) -> scrollable::Style {
    move |_, status| {
        let strength = match status {
            scrollable::Status::Dragged { .. } => 0.9,
            scrollable::Status::Hovered { is_vertical_scrollbar_hovered: true, .. } => 0.7,
            scrollable::Status::Hovered { .. } => 0.4,
            scrollable::Status::Active { .. } => 0.2,
        };
        let rail = scrollable::Rail {
            background: None,
            border: Border::default(),
            scroller: scrollable::Scroller {
                background: colors.muted.scale_alpha(strength).into(),
                border: border::rounded(radius::ROUND),
            },
        };
        scrollable::Style {
            container: container::Style::default(),
            vertical_rail: rail,
            horizontal_rail: rail,
            gap: None,
            auto_scroll: scrollable::AutoScroll {
                background: colors.raised.into(),
                border: border::rounded(radius::ROUND),
                shadow: Shadow::default(),
                icon: colors.muted,
            },
        }
    }
}
