//! Several calls, and calls that change hands: swap, blind and attended transfer as the one who does it, as the one who is
//! handed over and as the one who takes over, and calls that were sent elsewhere (RFC 5589, RFC 3515, RFC 3891, S08, S10, S13).

use std::collections::BTreeMap;
use std::time::Duration;

use super::manager::Manager;
use super::place::{Accepted, Wish};
use super::questions::{Subject, choice};
use super::{CallTo, ConferenceRequest, NoticeBody, Refusal, RefusalKind, Reply, TransferRequest};
use crate::call::UserCall;
use crate::cusax::{Key, Target};
use crate::model::{
    AccountId, BootTime, Call, CallId, CallState, Now, QuestionId, QuestionKind, SipUri, TransferState, TransferView,
};
use crate::phone::{Trace, Written, read};
use crate::sip::{Command, Event, NameAddress, Refer, ReferTo, Referral, TransferEvent};

/// How long the user may think about a transfer that somebody asks for.
const PATIENCE: Duration = Duration::from_secs(60);
/// How long a call waits until the others are on hold.
const HOLDING: Duration = Duration::from_secs(10);
/// How often a call may be sent on before nobody follows any more (S13).
const MOST_HOPS: usize = 5;

/// What changes hands.
#[derive(Debug, Default)]
pub(super) struct Transfers {
    /// The transfer that somebody asks for and the user decides: one at a time over all calls (S08).
    asked: Option<Asked>,
    /// Calls that were placed because somebody asked for it, and in which call of which account.
    placed: BTreeMap<CallId, (AccountId, CallId)>,
    /// Calls that we hand over, and for an attended transfer the call of the target.
    open: BTreeMap<CallId, Option<CallId>>,
    /// A call that is taken back when these are on hold.
    next: Option<Next>,
    /// Where calls were sent, until they have ended.
    redirected: BTreeMap<CallId, Vec<NameAddress>>,
    /// Where calls have been already, that were sent on.
    trails: BTreeMap<CallId, Vec<String>>,
    /// Who is at the other end of each call, on the phone service's word.
    pub(super) asserted: BTreeMap<CallId, Vec<Key>>,
}

/// A transfer that somebody asks for.
#[derive(Debug)]
struct Asked {
    call: CallId,
    account: AccountId,
    refer: Refer,
    question: Option<QuestionId>,
    until: BootTime,
}

/// A call that waits until others are on hold.
#[derive(Debug)]
struct Next {
    call: CallId,
    others: Vec<CallId>,
    until: BootTime,
}

impl Transfers {
    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        self.asked.iter().map(|asked| asked.until).chain(self.next.iter().map(|next| next.until)).min()
    }
}

fn refuse<T>(kind: RefusalKind, text: &str) -> Result<T, Refusal> {
    Err(Refusal::new(kind, text))
}

/// A call for help is neither held nor handed over (RFC 6443 section 8).
fn not_for_help<T>() -> Result<T, Refusal> {
    refuse(RefusalKind::NotAllowed, "This is an emergency call: it is neither held nor transferred.")
}

impl Manager {
    pub(super) fn handle_transfer_request(&mut self, request: TransferRequest, now: Now) -> Result<Reply, Refusal> {
        match request {
            TransferRequest::Swap => self.swap(now),
            TransferRequest::Blind { call, to } => self.transfer_to(call, &to, now),
            TransferRequest::Attended { call, with } => self.transfer_with(call, with, now),
        }
    }

    fn connected(&self, id: CallId) -> Result<&Call, Refusal> {
        match self.calls.view(id) {
            None => refuse(RefusalKind::NotFound, "There is no such call."),
            Some(call) if call.emergency => not_for_help(),
            Some(call) if matches!(call.state, CallState::Active | CallState::Held) => Ok(call),
            Some(_) => refuse(RefusalKind::NotAllowed, "The call does not stand where that could be done."),
        }
    }

    fn transferable(&self, id: CallId) -> Result<&Call, Refusal> {
        let call = self.connected(id)?;
        match call.conference {
            Some(_) => refuse(RefusalKind::NotAllowed, "The call is in a conference: take it out of that first."),
            None if call.via == crate::model::Via::Jingle => refuse(
                RefusalKind::NotAllowed,
                "A call over chat cannot be transferred: other programs know no request for that. Give them the address to \
                     call, or call over the phone service.",
            ),
            None => Ok(call),
        }
    }

    pub(super) fn hold_call(&mut self, id: CallId, now: Now) -> Result<Reply, Refusal> {
        self.connected(id)?;
        let _ = self.calls.with(id, now, |call| call.hold(true));
        Ok(Reply::Done)
    }

    /// Takes a call back; whoever is being talked to is put on hold first, and it waits until they are.
    pub(super) fn resume_call(&mut self, id: CallId, now: Now) -> Result<Reply, Refusal> {
        self.connected(id)?;
        let others = self.others_talking(id);
        if others.iter().any(|other| self.calls.view(*other).is_some_and(|call| call.emergency)) {
            return refuse(RefusalKind::NotAllowed, "An emergency call is going on: it is not put on hold.");
        }
        if others.is_empty() || !self.config.calls.answering.hold_others {
            let _ = self.calls.with(id, now, |call| call.hold(false));
            return Ok(Reply::Done);
        }
        for other in &others {
            self.hold_beside(*other, now);
        }
        self.transfers.next = Some(Next { call: id, others, until: now.boot + HOLDING });
        Ok(Reply::Done)
    }

    /// The conversation goes on hold, and the other one goes on.
    fn swap(&mut self, now: Now) -> Result<Reply, Refusal> {
        let held = self.calls.living_views().filter(|call| call.state == CallState::Held).map(|call| call.id).max();
        match held {
            Some(held) => self.resume_call(held, now),
            None => refuse(RefusalKind::NotAllowed, "No call is on hold."),
        }
    }

    /// The calls beside this one, and beside its conference, through which sound goes.
    fn others_talking(&self, id: CallId) -> Vec<CallId> {
        let joined = self.calls.view(id).and_then(|call| call.conference);
        let beside = |call: &&Call| call.id != id && (joined.is_none() || call.conference != joined);
        let talking = self.calls.living_views().filter(beside).filter(|call| call.state == CallState::Active);
        talking.map(|call| call.id).collect()
    }

    /// Puts a call on hold; one of a conference with all of it, so that they do not hear the other talk.
    fn hold_beside(&mut self, id: CallId, now: Now) {
        match self.calls.view(id).and_then(|call| call.conference) {
            Some(conference) => drop(self.handle_conference(ConferenceRequest::Hold(conference, true), now)),
            None => drop(self.calls.with(id, now, |call| call.hold(true))),
        }
    }

    /// One conversation at a time: whoever is being talked to waits while the user turns to somebody else. A call for help
    /// never does.
    pub(super) fn hold_others(&mut self, id: CallId, now: Now) {
        if !self.config.calls.answering.hold_others {
            return;
        }
        for other in self.others_talking(id) {
            let leave = |call: &Call| call.emergency || call.transfer.as_ref().is_some_and(TransferView::is_open);
            if self.calls.view(other).is_some_and(|call| !leave(call)) {
                self.hold_beside(other, now);
            }
        }
    }

    /// Takes the waiting call back when the others are on hold.
    pub(super) fn settle_transfers(&mut self, now: Now) {
        let Some(next) = &self.transfers.next else { return };
        let talks = |id: &CallId| self.calls.machine(*id).is_some_and(UserCall::is_talking);
        let changes = |id: &CallId| self.calls.machine(*id).is_some_and(UserCall::is_changing);
        let talking: Vec<CallId> = next.others.iter().copied().filter(|id| talks(id)).collect();
        let call = next.call;
        if talking.is_empty() {
            self.transfers.next = None;
            let _ = self.calls.with(call, now, |machine| machine.hold(false));
            self.run_calls(now);
        } else if !talking.iter().any(changes) || next.until <= now.boot {
            self.transfers.next = None;
            self.notice(NoticeBody::Problem("The other call could not be put on hold, so nothing was changed.".into()));
        }
    }

    /// A blind transfer.
    fn transfer_to(&mut self, id: CallId, to: &CallTo, now: Now) -> Result<Reply, Refusal> {
        let account = self.transferable(id)?.account.clone();
        let target = self.target(to)?;
        if self.is_emergency(&target.uri) {
            return refuse(
                RefusalKind::NotAllowed,
                "Nobody is transferred to an emergency number: ask them to call it.",
            );
        }
        let voice = self.voice_account(&account)?;
        let Some(uri) = self.request_uri(&target.uri, &voice, &mut Trace(None)) else {
            return refuse(RefusalKind::NoTarget, "This address cannot be called over the phone service.");
        };
        let shown = self.whom(&target);
        self.begin_transfer(id, ReferTo::Address(uri), &shown, None, now)
    }

    /// An attended transfer: the other sides of two calls are connected with each other.
    fn transfer_with(&mut self, id: CallId, with: CallId, now: Now) -> Result<Reply, Refusal> {
        let account = self.transferable(id)?.account.clone();
        let other = self.transferable(with)?;
        if id == with {
            return refuse(RefusalKind::Invalid, "A call cannot be connected with itself.");
        }
        if other.account != account {
            let text = "The two calls go over different accounts: transfer to the other one's address instead.";
            return refuse(RefusalKind::NotAllowed, text);
        }
        let shown = other.peer.display.to_string();
        self.begin_transfer(id, ReferTo::Call(with), &shown, Some(with), now)
    }

    fn begin_transfer(
        &mut self,
        id: CallId,
        to: ReferTo,
        shown: &str,
        with: Option<CallId>,
        now: Now,
    ) -> Result<Reply, Refusal> {
        match self.calls.with(id, now, |call| call.transfer(to, shown)) {
            Some(Ok(())) => {
                self.transfers.open.insert(id, with);
                Ok(Reply::Done)
            }
            Some(Err(why)) => refuse(RefusalKind::NotAllowed, &why.to_string()),
            None => refuse(RefusalKind::NotFound, "There is no such call."),
        }
    }

    /// A call changed: a transfer of ours may be decided by that.
    pub(super) fn note_transfer(&mut self, call: &Call, now: Now) {
        let Some(view) = call.transfer.as_ref().filter(|view| !view.is_open()) else { return };
        let Some(with) = self.transfers.open.remove(&call.id) else { return };
        match view.state {
            TransferState::Failed => self.notice(NoticeBody::Problem(view.text.clone())),
            _ => {
                if let Some(with) = with {
                    // RFC 5589 section 7: the target ends our call to it; whoever does not gets our BYE.
                    let text = format!("You connected them with {}.", call.peer.display);
                    let _ = self.calls.with(with, now, |machine| machine.note_handed_over(&text, now));
                }
            }
        }
    }

    /// What signalling says about calls that change hands.
    pub(super) fn follow_transfers(&mut self, account: &AccountId, event: &Event, now: Now) {
        match event {
            Event::Transfer { call, news: TransferEvent::Asked(refer) } => {
                self.transfer_asked(account, *call, (**refer).clone(), now);
            }
            Event::Transfer { call, news } => self.focus_answers(*call, news),
            Event::Redirected { call, contacts } => drop(self.transfers.redirected.insert(*call, contacts.clone())),
            Event::Progress { call, code, .. } if *code > 100 => self.report_transfer(*call, *code),
            Event::Answered { call, identity, .. } => {
                self.report_transfer(*call, 200);
                self.meeting_answered(*call);
                self.note_asserted(account, *call, identity);
            }
            Event::Connected { call, identity } => self.handle_connected(account, *call, identity, now),
            Event::Ended { call, end } => {
                // A BYE is no final answer to an INVITE; who hears it had a 200 before.
                self.report_transfer(*call, if end.code >= 300 { end.code } else { 487 });
            }
            _ => {}
        }
    }

    /// Tells the one who asked for a call how it goes.
    fn report_transfer(&mut self, call: CallId, code: u16) {
        let Some((account, asked_in)) = self.transfers.placed.get(&call).cloned() else { return };
        if code >= 200 {
            self.transfers.placed.remove(&call);
        }
        self.voice(&account, Command::ReportRefer { call: asked_in, code });
    }

    /// Somebody wants a call of ours to go on with somebody else. Nothing is dialled without the user (S08).
    fn transfer_asked(&mut self, account: &AccountId, call: CallId, refer: Refer, now: Now) {
        let answer = |manager: &mut Self, code| manager.voice(account, Command::AnswerRefer { call, code });
        let Some(view) = self.calls.view(call).filter(|view| !view.emergency).cloned() else {
            return answer(self, 603);
        };
        if self.transfers.asked.is_some() || self.transfers.placed.values().any(|(_, asked_in)| *asked_in == call) {
            return answer(self, 491);
        }
        let Ok(target) = self.referred_target(&refer) else { return answer(self, 404) };
        if self.is_emergency(&target.uri) {
            let text = format!("{} wanted you to call an emergency number. That was refused.", view.peer.display);
            self.notice(NoticeBody::Problem(text.into()));
            return answer(self, 403);
        }
        let Ok(voice) = self.voice_account(account) else { return answer(self, 603) };
        let toll = self.toll(&target.uri, &voice);
        let spent = self.spending.so_far(self.calls.living_views(), now);
        let reasons = crate::cusax::reasons(&toll, &self.config.numbers.tariffs, |_| false, spent);
        let mut told: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
        let cost = format!("{}.", toll.text);
        if told.is_empty() {
            told.push(&cost);
        }
        let whom = self.whom(&target);
        let named =
            refer.target.display.as_ref().map(|name| format!("\u{2068}{}\u{2069}, ", super::people::clean(name)));
        let text = format!(
            "{} wants you to go on talking to {}{whom}. {} Call there?",
            view.peer.display,
            named.filter(|_| target.contact.is_none()).unwrap_or_default(),
            told.join(" ")
        );
        let choices = vec![choice("decline", "Stay", None), choice("call", "Call", Some(&cost))];
        let question = self.questions.ask(QuestionKind::Transfer, &text, choices, Subject::Refer { call });
        self.transfers.asked =
            Some(Asked { call, account: account.clone(), refer, question, until: now.boot + PATIENCE });
        answer(self, 202);
        self.announce(question);
    }

    /// What a REFER names, read as strictly as a link; a contact only where exactly one card lists the address.
    fn referred_target(&mut self, refer: &Refer) -> Result<Target, Refusal> {
        let target = self.target(&CallTo::Text(refer.target.uri.clone()))?;
        let contact = self.listed(&target.uri);
        Ok(Target { contact, ..target })
    }

    /// The user has decided about a transfer that was asked for.
    pub(super) fn answer_refer(&mut self, call: CallId, accept: bool, now: Now) -> Result<Reply, Refusal> {
        let Some(asked) = self.transfers.asked.take_if(|asked| asked.call == call) else { return Ok(Reply::Done) };
        let Asked { account, refer, .. } = asked;
        if !accept {
            self.voice(&account, Command::ReportRefer { call, code: 603 });
            return Ok(Reply::Done);
        }
        let referred_by =
            self.calls.view(call).map(|view| view.peer.uri.clone()).filter(|uri| SipUri::parse(uri).is_ok());
        let referral = Referral { replaces: refer.replaces.clone(), referred_by };
        let wish = Wish {
            wanted: Some(account.clone()),
            accepted: Accepted::Everything,
            referral: Some(Box::new(referral)),
            ..Wish::to(CallTo::Text(refer.target.uri.clone()))
        };
        match self.place_call(&wish, now) {
            Ok(placed) => {
                self.transfers.placed.insert(placed, (account, call));
                Ok(Reply::Call(placed))
            }
            Err(refusal) => {
                self.voice(&account, Command::ReportRefer { call, code: 503 });
                Err(refusal)
            }
        }
    }

    /// A call is over: what hung on it is too, and where it was sent may be asked about.
    pub(super) fn end_transfers_of(&mut self, call: &Call, now: Now) {
        if let Some(asked) = self.transfers.asked.take_if(|asked| asked.call == call.id) {
            self.questions.withdraw(|subject| matches!(subject, Subject::Refer { call } if *call == asked.call));
        }
        self.report_transfer(call.id, if call.answered.is_some() { 200 } else { 503 });
        self.transfers.placed.retain(|_, (_, asked_in)| *asked_in != call.id);
        self.transfers.open.remove(&call.id);
        self.transfers.asserted.remove(&call.id);
        let trail = self.transfers.trails.remove(&call.id).unwrap_or_default();
        if let Some(contacts) = self.transfers.redirected.remove(&call.id) {
            self.follow_redirection(call, trail, &contacts, now);
        }
    }

    /// A call was sent elsewhere: the user is asked, with the target and what it costs; a call for help goes on by itself.
    fn follow_redirection(&mut self, call: &Call, mut trail: Vec<String>, contacts: &[NameAddress], now: Now) {
        trail.push(address_of(&call.peer.uri));
        if trail.len() > MOST_HOPS {
            let text = format!("The call to {} was sent on too often to be followed.", call.peer.display);
            return self.notice(NoticeBody::Problem(text.into()));
        }
        let fresh = contacts.iter().find(|contact| !trail.contains(&address_of(&contact.uri)));
        let Some(contact) = fresh else {
            let text = format!("The call to {} was sent in a circle.", call.peer.display);
            return self.notice(NoticeBody::Problem(text.into()));
        };
        let uri = contact.uri.clone();
        let Ok(target) = self.target(&CallTo::Text(uri.clone())) else { return };
        let account = call.account.clone();
        if call.emergency {
            let _ = self.place_redirected(&account, &uri, trail, now);
            return;
        }
        let Ok(voice) = self.voice_account(&account) else { return };
        let toll = self.toll(&target.uri, &voice);
        let spent = self.spending.so_far(self.calls.living_views(), now);
        let reasons = crate::cusax::reasons(&toll, &self.config.numbers.tariffs, |_| false, spent);
        let told: Vec<&str> = reasons.iter().map(|reason| reason.text.as_str()).collect();
        let cost = if told.is_empty() { format!("{}.", toll.text) } else { told.join(" ") };
        let text = format!("{} can be reached at {}. {cost} Call there?", call.peer.display, self.whom(&target));
        let choices = vec![choice("cancel", "Do not call", None), choice("call", "Call", Some(&toll.text))];
        self.questions.withdraw(|subject| matches!(subject, Subject::Redirect { .. }));
        let subject = Subject::Redirect { account, to: uri, trail };
        let question = self.questions.ask(QuestionKind::Transfer, &text, choices, subject);
        self.announce(question);
    }

    /// Follows where a call was sent, as the user wants.
    pub(super) fn place_redirected(
        &mut self,
        account: &AccountId,
        to: &std::sync::Arc<str>,
        trail: Vec<String>,
        now: Now,
    ) -> Result<Reply, Refusal> {
        let wish = Wish {
            wanted: Some(account.clone()),
            accepted: Accepted::Everything,
            ..Wish::to(CallTo::Text(to.clone()))
        };
        let placed = self.place_call(&wish, now)?;
        self.transfers.trails.insert(placed, trail);
        Ok(Reply::Call(placed))
    }

    /// The user did not decide in time.
    pub(super) fn transfers_timeout(&mut self, now: Now) {
        let late = self.transfers.asked.as_ref().filter(|asked| asked.until <= now.boot);
        if let Some((call, question)) = late.map(|asked| (asked.call, asked.question)) {
            self.questions.withdraw(|subject| matches!(subject, Subject::Refer { call: asked } if *asked == call));
            let _ = (self.answer_refer(call, false, now), question);
        }
    }

    /// A call that comes in takes the place of one of ours: it is answered at once, as the one it takes over was, and that
    /// one ends (RFC 3891 section 3). Whether it may was decided where the dialogs are known.
    pub(super) fn take_over(&mut self, old: CallId, new: CallId, now: Now) {
        let Some(before) = self.calls.view(old).cloned() else { return };
        let _ = self.calls.with(new, now, |call| {
            call.answer(now);
            call.mute(before.muted);
        });
        let Some(taken) = self.calls.view(new).filter(|call| call.end.is_none()) else { return };
        let text = format!("{} connected you with {}.", before.peer.display, taken.peer.display);
        let _ = self.calls.with(old, now, |call| {
            call.note_handed_over(&text, now);
            // What was still ringing there.
            call.hang_up(now);
        });
    }

    /// How a sentence names somebody whom only a header names.
    pub(super) fn named_by_header(&self, address: &NameAddress) -> String {
        let plan = self.people.plan();
        let bare = match read(&address.uri, plan) {
            Ok(Written::Sip(uri)) => format!("{}@{}", uri.user().unwrap_or_default(), uri.host()),
            Ok(Written::Tel(number, _)) => number.to_string(),
            Ok(Written::Xmpp(_)) | Err(_) => address.uri.to_string(),
        };
        let bare = super::people::clean(bare.trim_start_matches('@'));
        match &address.display {
            Some(name) => format!("\u{2068}{}\u{2069} ({bare})", super::people::clean(name)),
            None => bare.to_string(),
        }
    }
}

/// What two addresses are compared by, so that a circle is seen.
fn address_of(uri: &str) -> String {
    match SipUri::parse(uri) {
        Ok(uri) => uri.address_of_record().to_string().replacen("sips:", "sip:", 1),
        Err(_) => uri.trim().to_ascii_lowercase(),
    }
}
