//! Who set up the accounts, and what of the user's own does not count for it.

use iced::Element;
use iced::widget::column;

use super::super::super::app::App;
use super::super::super::message::Message;
use super::super::super::text::settings as text;
use super::super::super::theme::space;
use super::super::super::widget::secondary;
use super::super::connections::frame;

/// Nothing where there is no administrator.
pub fn administrator(app: &App) -> Option<Element<'_, Message>> {
    let c = app.colors();
    let settings = &app.snapshot.settings;
    let administrator = settings.administrator.as_ref()?;
    let said = match administrator.withdrawn {
        true => text::withdrawn_by(&administrator.title),
        false => text::set_up_by(&administrator.title),
    };
    let overruled = settings.overruled.iter().map(|text| secondary(c, crate::gui::words::told(text)).into());
    Some(frame(c, column![secondary(c, said), column(overruled).spacing(space::XS)].spacing(space::S)))
}
