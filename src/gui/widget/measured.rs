//! A wrapper that remembers how high its content became, so that a long list can leave out what is not on the screen.

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;

use iced::Element;
use iced::advanced::layout;

use super::wrap::{Around, wrap};
use crate::model::MessageId;

/// Known heights at one width.
#[derive(Clone, Debug, Default)]
pub struct Heights(Rc<RefCell<Known>>);

#[derive(Debug, Default)]
struct Known {
    width: f32,
    heights: HashMap<MessageId, f32>,
}

/// Heights that are kept; beyond this the memory is dropped and measured again.
const KEPT: usize = 4096;

impl Heights {
    /// The height of a message, where it has been laid out at the present width.
    pub fn of(&self, id: &MessageId) -> Option<f32> {
        self.0.borrow().heights.get(id).copied()
    }

    fn learn(&self, id: &MessageId, width: f32, height: f32) {
        let mut known = self.0.borrow_mut();
        if (known.width - width).abs() > 0.5 || known.heights.len() > KEPT {
            known.heights.clear();
            known.width = width;
        }
        known.heights.insert(id.clone(), height);
    }
}

/// `content`, whose height is remembered under `id`.
pub fn measured<'a, Message: 'a>(
    heights: &Heights,
    id: &MessageId,
    content: impl Into<Element<'a, Message>>,
) -> Element<'a, Message> {
    wrap(content, Measured { heights: heights.clone(), id: id.clone() })
}

struct Measured {
    heights: Heights,
    id: MessageId,
}

/// The heights are kept outside.
struct Outside;

impl<Message> Around<Message> for Measured {
    type State = Outside;

    fn state(&self) -> Outside {
        Outside
    }

    fn layout(&self, limits: &layout::Limits, inner: &mut dyn FnMut(&layout::Limits) -> layout::Node) -> layout::Node {
        let node = inner(limits);
        self.heights.learn(&self.id, limits.max().width, node.size().height);
        node
    }
}
