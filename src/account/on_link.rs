//! Links that the desktop hands over, or that the user clicked in a message: shown, and acted on after asking.

use std::sync::Arc;

use super::manager::Manager;
use super::questions::{Subject, choice};
use super::{CallTo, EnterRoom, NoticeBody, Refusal, RefusalKind, Reply};
use crate::model::{Jid, Now, QuestionKind, XmppAction, XmppLink};
use crate::phone::{Written, read};

/// What is said of an invitation to make an account.
pub(super) fn invited_to_register(domain: &str) -> String {
    format!(
        "This link invites you to make an account at {domain}, which Tandem cannot do. Open the page that came with the link in \
         a browser, or ask whoever runs {domain}; then add the account here."
    )
}

impl Manager {
    /// A link: to a call, which is asked about; to a conversation; into a room, which is asked about.
    pub(super) fn open_uri(&mut self, uri: &Arc<str>, now: Now) -> Result<Reply, Refusal> {
        if let Some(XmppLink { jid, action }) = XmppLink::read(uri) {
            return self.open_chat_link(jid, action);
        }
        let plan = self.people.plan().clone();
        let written = match read(uri, &plan) {
            Ok(written) => written,
            Err(error) => return self.unusable(&format!("This link cannot be used: {error}.")),
        };
        // What will be dialled, not what the link wrote: the host last, so that it cannot be hidden.
        let shown = match &written {
            Written::Sip(uri) => format!("{} at {}", uri.user().unwrap_or_default(), uri.host()),
            Written::Tel(number, _) => number.to_string(),
            Written::Xmpp(jid) => return self.open_chat_link(jid.clone(), XmppAction::Open),
        };
        let cost = self.cost_of_link(uri, now);
        let text = format!("A link wants to call {}. {cost} Call?", super::people::clean(&shown));
        let choices = vec![choice("cancel", "Do not call", None), choice("call", "Call", None)];
        let subject = Subject::Dial { to: CallTo::Text(uri.clone()) };
        let question = self.questions.ask(QuestionKind::Cost, &text, choices, subject);
        self.announce(question);
        self.notice(NoticeBody::Raise(None));
        Ok(Reply::Done)
    }

    fn open_chat_link(&mut self, jid: Jid, action: XmppAction) -> Result<Reply, Refusal> {
        if jid.is_made_up() {
            return self.unusable("This link cannot be used: it names nobody.");
        }
        match action {
            XmppAction::Add(link) => return self.ask_to_add(*link),
            XmppAction::Open => self.notice(NoticeBody::Raise(Some(jid))),
            XmppAction::Register => return self.unusable(&invited_to_register(jid.domain())),
            // It stands in the field, and only the user sends it.
            XmppAction::Message(text) => self.notice(NoticeBody::Write(jid, text)),
            XmppAction::Join(_) if self.rooms.get(&jid).is_some_and(|room| room.wanted) => {
                self.notice(NoticeBody::Raise(Some(jid)));
            }
            XmppAction::Join(password) => {
                // Who is there sees who comes: nothing happens on the word of a link.
                let room = jid.local().map_or_else(|| jid.to_string(), |local| format!("{local} at {}", jid.domain()));
                let text = format!(
                    "A link wants you to enter the room {}. Those who are in it see that you come, and what you are called. Enter?",
                    super::people::clean(&room)
                );
                let choices = vec![choice("cancel", "Stay outside", None), choice("join", "Enter", None)];
                let subject = Subject::Join { room: jid, password };
                let question = self.questions.ask(QuestionKind::Join, &text, choices, subject);
                self.announce(question);
                self.notice(NoticeBody::Raise(None));
            }
        }
        Ok(Reply::Done)
    }

    /// The user has agreed to enter the room of a link.
    pub(super) fn join_from_link(&mut self, room: Jid, password: Option<Arc<str>>) -> Result<(), Refusal> {
        self.join_room(EnterRoom { password, ..EnterRoom::to(room.clone()) })?;
        self.notice(NoticeBody::Raise(Some(room)));
        Ok(())
    }

    /// Nobody sees what a desktop's programs print: the window says it.
    fn unusable(&mut self, text: &str) -> Result<Reply, Refusal> {
        self.notice(NoticeBody::Raise(None));
        self.notice(NoticeBody::Problem(text.into()));
        Err(Refusal::new(RefusalKind::Invalid, text))
    }
}
