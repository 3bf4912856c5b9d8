//! The widgets that iced does not have, and small compositions that every screen uses.

mod grip;
mod inert;
mod keys;
mod line;
mod mark;
mod measured;
mod parts;
mod press;
mod spoken;
mod steady;
mod thumb;
mod wrap;

pub use grip::grip;
pub use inert::inert;
pub use keys::key_area;
pub use line::{Shortened, line};
pub use mark::{lamp, level, lit, presence};
pub use measured::{Heights, measured};
pub use parts::{
    avatar, card, centered, empty, field, hairline, hairline_vertical, label, pane, picture, scroll_style, scrollbar,
    secondary, strong, title, wrapped,
};
pub use press::{Kind, Press, press};
pub use spoken::spoken;
pub use steady::steady;
pub use thumb::thumb;
