//! Which connection carries what towards a person, why, and the one click that changes it (C-06, C-07).

use std::sync::Arc;

use iced::Element;
use iced::widget::{column, row};

use super::super::app::App;
use super::super::message::Message;
use super::super::text;
use super::super::theme::space;
use super::super::widget::{Kind, label, secondary};
use super::button;
use crate::account::{FeatureOrigin, FeatureView};
use crate::gui::words::told;
use crate::model::{FeatureScope, Jid};

/// The part of the details; nothing before the answer is there.
pub fn view<'a>(app: &'a App, jid: &'a Jid) -> Option<Element<'a, Message>> {
    let (of, views) = app.features.as_ref()?;
    if of != jid || views.is_empty() {
        return None;
    }
    let c = app.colors();
    let mut parts = column![label(c, text::CARRIES)].spacing(space::M);
    for view in views {
        parts = parts.push(secondary(c, told(&view.text)).color(c.text));
        parts = parts.push(choices(app, jid, view));
    }
    Some(parts.into())
}

fn choices<'a>(app: &App, jid: &Jid, view: &FeatureView) -> Element<'a, Message> {
    let c = app.colors();
    let person = FeatureScope::Contact(jid.clone());
    let domain = jid.sip_address().map_or_else(|| jid.domain().to_owned(), |address| address.host().to_owned());
    let everybody = FeatureScope::Domain(Arc::from(domain.as_str()));
    let offer = |word: &'static str, scope: FeatureScope, on: Option<bool>| {
        button(c, Kind::Secondary, None, word, Some(Message::SetFeature(view.feature, scope, on)))
    };
    let (here, there) = match view.on {
        true => (text::OFF_FOR_PERSON, text::OFF_FOR_DOMAIN),
        false => (text::ON_FOR_PERSON, text::ON_FOR_DOMAIN),
    };
    let buttons = match view.origin {
        // Nothing that a click here could change.
        FeatureOrigin::Administrator | FeatureOrigin::Device => Vec::new(),
        FeatureOrigin::Contact => vec![offer(text::AS_USUAL.text(), person, None)],
        FeatureOrigin::Domain => {
            vec![offer(here.text(), person, Some(!view.on)), offer(text::AS_USUAL.text(), everybody, None)]
        }
        FeatureOrigin::Default => {
            vec![offer(here.text(), person, Some(!view.on)), offer(there.text(), everybody, Some(!view.on))]
        }
    };
    let buttons = buttons.into_iter().map(Element::from);
    row(buttons).spacing(space::S).wrap().into()
}
