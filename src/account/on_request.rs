//! What the window and the control interface ask.

use std::sync::Arc;
use std::time::Duration;

use rand::RngCore as _;

use super::effect::{Effect, Ticket};
use super::manager::Manager;
use super::place::{Accepted, Wish};
use super::publish::not_connected;
use super::questions::Subject;
use super::{NoticeBody, Refusal, RefusalKind, Reply, Request};
use crate::call::UserCall;
use crate::model::{
    AccountId, Call, CallId, CallState, ConnectionState, Delivery, Direction, Jid, Message, MessageDirection,
    MessageId, Now, QuestionId, Remedy, Service,
};
use crate::platform::Secret;
use crate::{store, xmpp};

/// How long quitting waits for the store and for polite goodbyes.
const QUIT_PATIENCE: Duration = Duration::from_secs(3);
/// How long a polite goodbye may take.
const GOODBYE_PATIENCE: Duration = Duration::from_millis(1500);
/// The longest message that is accepted, in bytes: what fits into one stanza with room for the rest of it.
pub(super) const LONGEST_MESSAGE: usize = 128 * 1024;
/// Messages that wait for the store at once.
pub(super) const MOST_SENDS: usize = 1024;
/// Rows of one page, at most.
const LONGEST_PAGE: u32 = 1000;

impl Manager {
    pub(super) fn handle_request(&mut self, ticket: Ticket, request: Request, now: Now) {
        let answer = match request {
            Request::Call { to, account, via, confirm, video, anonymous } => {
                let accepted = if confirm { Accepted::Everything } else { Accepted::Nothing };
                let wish = Wish { wanted: account, accepted, anonymous, ..Wish::to(to) };
                self.call_by_means(&wish, via, video, now).map(Reply::Call)
            }
            Request::Numbers(request) => self.handle_numbers(request, now),
            Request::Calls { all: true } => Ok(Reply::Calls(self.calls.all())),
            Request::Calls { all: false } => Ok(Reply::Calls(self.calls.living_views().cloned().collect())),
            Request::Answer(call) => self.answer_call(call, now),
            Request::Decline(call) => self.on_call_that(call, rings_here, now, |call| call.decline(now)),
            Request::Silence(call) => self.on_call(call, now, UserCall::silence),
            Request::Hangup(call) => self.on_call(call, now, |call| call.hang_up(now)),
            Request::Hold(call) => self.hold_call(call, now),
            Request::Resume(call) => self.resume_call(call, now),
            Request::Transfer(request) => self.handle_transfer_request(request, now),
            Request::Mute(call, muted) => self.on_call(call, now, |call| call.mute(muted)),
            Request::Dtmf(call, digits) => self.send_digits(call, &digits, now),
            Request::Write(call, text) => self.write_in_call(call, &text, now),
            Request::Conference(request) => self.handle_conference(request, now),
            Request::Meeting(request) => return self.handle_meeting(ticket, request, now),
            Request::Record(what, request) => return self.handle_record(ticket, what, request, now),
            Request::Stats(call) => {
                self.calls.stats(call).map(|stats| Reply::Stats(Box::new(stats))).ok_or_else(no_call)
            }
            Request::Dismiss(call) => {
                self.calls.dismiss(call);
                Ok(Reply::Done)
            }
            Request::Send { to, body } => match self.send_message(ticket, to, body, now) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            Request::Messages { with, limit, before } => {
                return self.ask_messages(ticket, with, limit.min(LONGEST_PAGE), before, now);
            }
            Request::Talk(request) => return self.handle_talk(ticket, request, now),
            Request::File(request) => return self.handle_file(ticket, request, now),
            Request::Export(request) => return self.handle_export(ticket, request, now),
            Request::Search(search) => {
                let request = self.page(ticket);
                self.store(store::Command::Search { request, search });
                return;
            }
            Request::History { limit, before, filter } => {
                return self.history_page(ticket, limit.min(LONGEST_PAGE), before, filter);
            }
            Request::MarkRead(with) => {
                self.mark_read(&with);
                Ok(Reply::Done)
            }
            Request::Contacts { with, limit, after } => self.contacts_page(with.as_ref(), limit, after.as_ref(), now),
            Request::Visible(jids) => {
                self.fetch_visible(&jids, now);
                Ok(Reply::Done)
            }
            Request::Presence { show, status } => {
                self.choose_presence(show, status);
                Ok(Reply::Done)
            }
            Request::Diagnose { save } => return self.diagnose(ticket, save, now),
            Request::Features(with) => Ok(Reply::Features(self.feature_views(with.as_ref()))),
            Request::FeatureExceptions => Ok(Reply::FeatureExceptions(self.feature_exceptions())),
            Request::SetFeature { feature, scope, on } => self.set_feature(feature, &scope, on, now),
            Request::Own(request) => return self.handle_own_request(ticket, request, now),
            Request::Card(account, request) => return self.handle_card_request(ticket, account, request, now),
            Request::Answered { question, choice } => self.handle_answer(question, &choice, now),
            Request::SetDevice { role, name } => self.set_device(role, name),
            Request::Devices(request) => return self.answer_devices(ticket, request, now),
            Request::Retry(account) => self.retry(&account, now),
            Request::Password { account, password } => self.new_password(&account, password, now),
            Request::SetUp(set_up) => self.start_set_up(&set_up, now),
            Request::SaveSetUp { keyring } => self.save_set_up(keyring),
            Request::Settings => Ok(Reply::Settings(self.layers.settings.clone())),
            Request::ChangeSetting { key, value } => match self.change_setting(ticket, &key, value) {
                Ok(()) => return,
                Err(refusal) => Err(refusal),
            },
            Request::RaiseSecurity { dry_run } => return self.raise_security(ticket, dry_run, now),
            Request::Provision { from, dry_run } => return self.provision(ticket, &from, dry_run),
            Request::WithdrawConsent { account, aspect } => Ok(self.set_consent(&account, aspect, false)),
            Request::DismissCondition(at) => Ok(self.dismiss_condition(at)),
            Request::OpenUri(uri) => self.open_uri(&uri, now),
            Request::Raise(jid) => {
                self.notice(NoticeBody::Raise(jid));
                Ok(Reply::Done)
            }
            Request::Remember(what) => self.remember(what),
            Request::Events(request) => self.handle_events_request(request, now),
            Request::Contact(request) => return self.handle_contact_request(ticket, request),
            Request::Room(request) => return self.handle_room_request(ticket, request),
            Request::Accounts(request) => return self.handle_accounts_request(ticket, request),
            Request::Book(request) => return self.handle_book_request(ticket, request, now),
            Request::Quit => {
                self.quit(now);
                Ok(Reply::Done)
            }
        };
        self.answer(ticket, answer);
    }

    fn answer_call(&mut self, id: CallId, now: Now) -> Result<Reply, Refusal> {
        let answer = self.on_call_that(id, rings_here, now, |call| call.answer(now))?;
        self.hold_others(id, now);
        Ok(answer)
    }

    fn on_call(&mut self, id: CallId, now: Now, act: impl FnOnce(&mut UserCall)) -> Result<Reply, Refusal> {
        self.calls.with(id, now, act).map(|()| Reply::Done).ok_or_else(no_call)
    }

    /// Does something with a call whose state allows it.
    fn on_call_that(
        &mut self,
        id: CallId,
        allowed: fn(&Call) -> bool,
        now: Now,
        act: impl FnOnce(&mut UserCall),
    ) -> Result<Reply, Refusal> {
        match self.calls.view(id) {
            Some(call) if !allowed(call) => {
                Err(Refusal::new(RefusalKind::NotAllowed, "The call does not stand where that could be done."))
            }
            Some(_) | None => self.on_call(id, now, act),
        }
    }

    fn send_message(&mut self, ticket: Ticket, to: Jid, body: Arc<str>, now: Now) -> Result<(), Refusal> {
        if to.is_sip() {
            let id = MessageId(self.random_id().into());
            return self.write_sip_message(ticket, id, to, &body, now);
        }
        let message = self.outgoing(&to, &body, now)?;
        self.sends.insert(message.id.clone(), ticket);
        self.store(store::Command::AppendOutgoing(message));
        Ok(())
    }

    /// A message of the user to somebody, to be stored.
    pub(super) fn outgoing(&mut self, to: &Jid, body: &str, now: Now) -> Result<Message, Refusal> {
        if self.sends.len() >= MOST_SENDS {
            return Err(Refusal::new(RefusalKind::NotAllowed, "Messages cannot be saved at the moment."));
        }
        if !to.is_reachable() {
            return Err(Refusal::new(RefusalKind::NoTarget, "No chat address is known for this person."));
        }
        let (from, details) = match self.room_details(to) {
            Some(found) => found.map(|(account, details)| (self.chat_address(&account), details))?,
            None => (self.account_for(to), Default::default()),
        };
        let Some(from) = from else {
            return Err(Refusal::new(RefusalKind::NotAllowed, "You have no chat account."));
        };
        super::on_talk::checked(body)?;
        Ok(Message {
            id: MessageId(self.random_id().into()),
            with: to.clone(),
            from,
            direction: MessageDirection::Out,
            time: now.wall,
            body: clean_body(body),
            delivery: Delivery::Pending,
            corrected: false,
            encrypted: false,
            details,
        })
    }

    /// Our address towards somebody: of the account whose roster has them, else the first.
    fn account_for(&self, to: &Jid) -> Option<Jid> {
        let id = self.people.account_of(to).or_else(|| self.config.chat.first().map(|chat| &chat.id))?;
        self.chat_address(id)
    }

    /// 128 bits in hexadecimal.
    pub(super) fn random_id(&mut self) -> String {
        format!("{:016x}{:016x}", self.rng.next_u64(), self.rng.next_u64())
    }

    pub(super) fn page(&mut self, ticket: Ticket) -> u64 {
        self.next_page += 1;
        self.pages.insert(self.next_page, ticket);
        self.next_page
    }

    fn contacts_page(
        &mut self,
        with: Option<&Jid>,
        limit: u32,
        after: Option<&Jid>,
        now: Now,
    ) -> Result<Reply, Refusal> {
        if let Some(jid) = with {
            // Who asks about one person looks at them.
            self.fetch_visible(std::slice::from_ref(jid), now);
            return Ok(Reply::Contacts(self.people.contact(jid).into_iter().collect()));
        }
        let all = self.people.shared();
        let from = match after {
            None => 0,
            // Beginning anew would lead a script that pages in a circle.
            Some(after) => match all.iter().position(|contact| contact.jid == *after) {
                Some(at) => at + 1,
                None => return Err(Refusal::new(RefusalKind::NotFound, "There is no such contact to go on after.")),
            },
        };
        Ok(Reply::Contacts(all.iter().skip(from).take(limit as usize).cloned().collect()))
    }

    /// Cards and pictures of what is on the screen come before all others.
    fn fetch_visible(&mut self, jids: &[Jid], now: Now) {
        for jid in jids.iter().take(100) {
            self.ask_last_active(jid, now);
            self.ask_announced_picture(jid);
            if self.people.wants_card(jid)
                && let Some(account) = self.people.account_of(jid).cloned()
            {
                self.chat(&account, xmpp::Command::FetchCard { jid: jid.clone(), urgent: true });
            }
            if self.people.take_wanted_photo(jid) {
                self.store(store::Command::Photo { jid: jid.clone() });
            }
        }
    }

    fn handle_answer(&mut self, id: QuestionId, choice: &str, now: Now) -> Result<Reply, Refusal> {
        let subject = self
            .questions
            .answer(id, choice)
            .ok_or_else(|| Refusal::new(RefusalKind::NotFound, "There is no such question or choice."))?;
        match (subject, choice) {
            (Subject::Certificate { account, fingerprint }, "trust") => {
                let hex: String = fingerprint.iter().map(|byte| format!("{byte:02x}")).collect();
                let name = self.memo_name("exception", &account);
                self.set_memo(&name, &hex);
                if let Some(set_up) = &mut self.set_up {
                    set_up.trust(&account, fingerprint);
                }
                self.start_account(&account, now);
            }
            (Subject::Certificate { account, .. }, _) => self.refuse_certificate(&account),
            (Subject::Subscription { account, from }, answer) => {
                let approve = answer == "approve";
                self.chat(&account, xmpp::Command::AnswerSubscription { jid: from.clone(), approve });
                if answer == "block" {
                    self.block_who_asked(&account, from);
                }
            }
            (Subject::Add(link), "approve") => self.add_from_link(*link)?,
            (Subject::Add(_), _) => {}
            (Subject::Weaker { account, aspect, lowering }, answer) => {
                self.answer_weaker(&account, aspect, lowering, answer == "accept", now);
            }
            // The price stood beside the question.
            (Subject::Dial { to }, "call") => {
                let wish = Wish { accepted: Accepted::Shown, ..Wish::to(to) };
                return self.place_call(&wish, now).map(Reply::Call);
            }
            (Subject::Place { wish, rule, number }, answer) => {
                return self.answer_placement(wish, rule, number, answer, now);
            }
            (Subject::Digits { call }, answer) => return self.answer_digits(call, answer == "send", now),
            (Subject::Refer { call }, answer) => return self.answer_refer(call, answer == "call", now),
            (Subject::Redirect { account, to, trail }, "call") => {
                return self.place_redirected(&account, &to, trail, now);
            }
            (Subject::Join { room, password }, "join") => self.join_from_link(room, password)?,
            (Subject::Dial { .. } | Subject::Redirect { .. } | Subject::Join { .. }, _) => {}
        }
        Ok(Reply::Done)
    }

    /// The user does not trust the server: the account stays away, and says how to try again.
    fn refuse_certificate(&mut self, account: &AccountId) {
        let Some(service) = self.service(account).filter(|_| self.set_up.is_none()) else { return };
        let text = format!("{} The server's certificate was not accepted.", not_connected(service));
        let kind = crate::model::ConditionKind::Connection(service);
        self.add_condition(kind, &text, Remedy::Retry(account.clone()));
    }

    fn retry(&mut self, account: &AccountId, now: Now) -> Result<Reply, Refusal> {
        let connection = self.connections.get(account).ok_or_else(no_account)?;
        let (service, state) = (connection.state.service, connection.state.state);
        if state == ConnectionState::Online {
            return Ok(Reply::Done);
        }
        if let Some(answer) = self.retry_held(account, now) {
            return answer;
        }
        let kind = crate::model::ConditionKind::Connection(service);
        self.conditions.retain(|condition| condition.kind != kind);
        // A restart ends what the account carries: its calls outlive a lost registration, so they go on.
        if service == Service::Voice && state != ConnectionState::Failed && !self.calls.of_account(account).is_empty() {
            self.voice(account, crate::sip::Command::NetworkChanged);
        } else {
            self.start_account(account, now);
        }
        Ok(Reply::Done)
    }

    fn new_password(&mut self, account: &AccountId, password: Secret, now: Now) -> Result<Reply, Refusal> {
        let service = self.service(account).ok_or_else(no_account)?;
        let kept = match service {
            Service::Chat => self
                .config
                .chat
                .iter_mut()
                .find(|chat| chat.id == *account)
                .map(|chat| (&mut chat.secret, chat.address.to_string())),
            Service::Voice => self
                .config
                .voice
                .iter_mut()
                .find(|voice| voice.id == *account)
                .map(|voice| (&mut voice.secret, voice.address.to_string())),
        };
        if let Some((source, address)) = kept {
            self.effects.push_back(Effect::KeepPassword {
                id: account.clone(),
                source: source.clone(),
                address: address.into(),
                password: password.clone(),
            });
        }
        let kind = crate::model::ConditionKind::Connection(service);
        self.conditions.retain(|condition| condition.kind != kind);
        self.given.insert(account.clone(), password);
        self.start_account(account, now);
        Ok(Reply::Done)
    }

    fn save_set_up(&mut self, keyring: bool) -> Result<Reply, Refusal> {
        let found =
            self.set_up.as_ref().filter(|set_up| set_up.state().ready_to_save).and_then(|set_up| set_up.found());
        let Some((accounts, password)) = found else {
            return Err(Refusal::new(RefusalKind::NotAllowed, "There is nothing to save yet."));
        };
        self.effects.push_back(Effect::WriteConfig { accounts, password, keyring });
        Ok(Reply::Done)
    }

    /// A link from the desktop. A call always asks before it dials.
    fn quit(&mut self, now: Now) {
        if self.quitting.is_some() {
            return;
        }
        self.quitting = Some(now.boot + QUIT_PATIENCE);
        self.goodbye = Some(now.boot + GOODBYE_PATIENCE);
        let calls: Vec<CallId> = self.calls.living_views().map(|call| call.id).collect();
        for call in calls {
            let _ = self.calls.with(call, now, |machine| machine.hang_up(now));
        }
        self.revoke_reach();
        let chats: Vec<AccountId> = self.config.chat.iter().map(|chat| chat.id.clone()).collect();
        for id in chats {
            self.chat(&id, xmpp::Command::Disconnect);
        }
        let voices: Vec<AccountId> = self.config.voice.iter().map(|voice| voice.id.clone()).collect();
        for id in voices {
            self.voice(&id, crate::sip::Command::Unregister);
        }
        self.notice(NoticeBody::Quit);
        self.leaving = true;
    }
}

fn rings_here(call: &Call) -> bool {
    call.direction == Direction::Incoming && call.state == CallState::Ringing
}

fn no_call() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "There is no such call.")
}

fn no_account() -> Refusal {
    Refusal::new(RefusalKind::NotFound, "There is no such account.")
}

/// A text without what XML cannot carry (XML 1.0 section 2.2).
pub(super) fn clean_body(body: &str) -> Arc<str> {
    body.chars().filter(|c| !c.is_control() || matches!(c, '\n' | '\t')).collect::<String>().into()
}
