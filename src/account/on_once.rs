//! Messages that whoever asks for them has named: an answer may be lost on its way where the message was not, and the same
//! request again must not say it twice.

use super::effect::Ticket;
use super::manager::Manager;
use super::talk::may_name;
use super::{Refusal, RefusalKind, Reply};
use crate::model::{Jid, MessageId, Now};
use crate::store::{self, TalkCommand};

impl Manager {
    /// Sends a message under a given name, unless there is one.
    pub(super) fn send_once(
        &mut self,
        ticket: Ticket,
        id: MessageId,
        to: Jid,
        answers: Option<MessageId>,
        body: &str,
        now: Now,
    ) -> Result<(), Refusal> {
        if !may_name(&id.0) {
            let text = "The id of a message has 16 to 64 letters, digits, dots, hyphens or underlines.";
            return Err(Refusal::new(RefusalKind::Invalid, text));
        }
        if self.sends.contains_key(&id) {
            let text = "This message is just being saved: ask again for its answer.";
            return Err(Refusal::new(RefusalKind::NotAllowed, text));
        }
        if to.is_sip() {
            return self.write_sip_message(ticket, id, to, body, now);
        }
        let message = crate::model::Message { id: id.clone(), ..self.outgoing(&to, body, now)? };
        self.sends.insert(id, ticket);
        match answers {
            Some(answers) => self.store_talk(TalkCommand::Answer { message: Box::new(message), answers }),
            None => self.store(store::Command::AppendOutgoing(message)),
        }
        Ok(())
    }

    /// There was a message of this name: it is on its way, or was another one.
    pub(super) fn handle_kept(&mut self, id: MessageId, same: bool) {
        let Some(ticket) = self.sends.remove(&id) else { return };
        let answer = match same {
            true => Ok(Reply::Message(id)),
            false => Err(Refusal::new(RefusalKind::Invalid, "Another message has this id already: give each its own.")),
        };
        self.answer(ticket, answer);
    }
}
