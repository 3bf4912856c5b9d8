//! Voice messages that wait (RFC 3842), and the one key that calls the voicemail.

use std::sync::Arc;

use super::manager::Manager;
use super::place::Wish;
use super::{CallTo, NoticeBody, Refusal, RefusalKind, Reply};
use crate::config::{Voice, VoicemailNotice};
use crate::model::{AccountId, Now, VoicemailView};
use crate::sip::subscription::message_summary::{self, MessageSummary};
use crate::sip::subscription::{Document, SubscriptionId};

impl Manager {
    /// What a message server says, asked or not (RFC 3842).
    pub(super) fn handle_messages_waiting(
        &mut self,
        account: &AccountId,
        asked: Option<SubscriptionId>,
        document: &Document,
        _now: Now,
    ) {
        let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *account) else { return };
        let heard = match voice.telephony.voicemail_notice {
            VoicemailNotice::Auto => true,
            VoicemailNotice::Unsolicited => asked.is_none(),
            VoicemailNotice::Off => false,
        };
        let Some(mut summary) = message_summary::read(&document.0).filter(|_| heard) else { return };
        // Nobody makes us dial somewhere else: only a mailbox of the account's own service is called with one key.
        summary.account = summary.account.filter(|uri| uri.host() == voice.address.host());
        if self.events.summaries.get(account) != Some(&summary) {
            self.events.summaries.insert(account.clone(), summary);
            self.notice(NoticeBody::Voicemail(account.clone()));
        }
    }

    pub(super) fn call_voicemail(&mut self, account: Option<&AccountId>, now: Now) -> Result<Reply, Refusal> {
        let views = self.voicemail_views();
        let fits = |view: &&VoicemailView| account.is_none_or(|wanted| view.account == *wanted) && view.call.is_some();
        let view = views.iter().filter(fits).max_by_key(|view| view.waiting);
        let Some((account, to)) = view.and_then(|view| Some((view.account.clone(), view.call.clone()?))) else {
            let text = "Nobody has said what is called for voicemail. Set voicemail for the voice account.";
            return Err(Refusal::new(RefusalKind::NoTarget, text));
        };
        let wish = Wish { wanted: Some(account), ..Wish::to(CallTo::Text(to)) };
        self.place_call(&wish, now).map(Reply::Call)
    }

    pub(super) fn voicemail_views(&self) -> Vec<VoicemailView> {
        self.config.voice.iter().filter_map(|voice| self.voicemail_view(voice)).collect()
    }

    fn voicemail_view(&self, voice: &Voice) -> Option<VoicemailView> {
        let summary = self.events.summaries.get(&voice.id);
        let named = || summary.and_then(|summary| summary.account.as_ref()).map(|uri| uri.to_string());
        let call: Option<Arc<str>> = voice.telephony.voicemail.clone().or_else(named).map(Into::into);
        if summary.is_none() && call.is_none() {
            return None;
        }
        let known = summary.cloned().unwrap_or_default();
        Some(VoicemailView {
            account: voice.id.clone(),
            waiting: known.waiting,
            new: known.new,
            old: known.old,
            urgent: known.urgent,
            text: waiting_text(summary).into(),
            call,
        })
    }
}

/// How many messages wait, in words.
fn waiting_text(summary: Option<&MessageSummary>) -> String {
    let plural = |count: u32| if count == 1 { "" } else { "s" };
    match summary {
        None => "Voicemail".to_owned(),
        Some(MessageSummary { waiting: false, .. }) => "No new voice messages".to_owned(),
        Some(MessageSummary { new: Some(new), urgent, .. }) if *new > 0 => {
            let more = if *new >= message_summary::MOST { "+" } else { "" };
            let urgent = if *urgent > 0 { format!(", {urgent} urgent") } else { String::new() };
            format!("{new}{more} new voice message{}{urgent}", plural(*new))
        }
        Some(MessageSummary { .. }) => "New voice messages".to_owned(),
    }
}
