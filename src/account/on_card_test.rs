//! "My card reaches me" (S-04, S-05): does the own card list an address that leads to the user, and does a request to it arrive?

use std::sync::Arc;
use std::time::Duration;

use super::card::CardStep;
use super::card_words;
use super::manager::Manager;
use super::on_card::{Own, Testing};
use super::publish::plan_of;
use crate::cusax::{self, Leads};
use crate::model::{AccountId, Now, OwnCard};
use crate::sip::{self, Probed};

/// Numbers of a card that are asked for in one test.
const MOST_PROBES: usize = 3;
/// A test that nobody ends is ended: a probe is over after ten seconds, also where its account is taken away.
const PROBE_PATIENCE: Duration = Duration::from_secs(15);

impl Manager {
    /// The card was read: now it is asked where its entries lead.
    pub(super) fn begin_probes(&mut self, id: &AccountId, card: &OwnCard, now: Now) {
        let plan = plan_of(&self.config);
        let Some((voice, address)) = self.voice_of_card(id) else {
            return self.end_test(id, None, "You have no voice account, so nobody can call you from your card.", None);
        };
        let shown: Arc<str> = address.address_of_record().to_string().into();
        let mut left = Vec::new();
        let mut listed = false;
        for phone in &card.phones {
            match cusax::leads(&phone.value, &plan, &address) {
                Leads::Here => listed = true,
                Leads::Perhaps(uri) if left.len() < MOST_PROBES => left.push((uri, phone.value.clone())),
                Leads::Perhaps(_) | Leads::Elsewhere => {}
            }
        }
        let (text, ok): (String, bool) = match (listed, left.is_empty()) {
            (true, _) => (format!("Your card lists {shown}, the address of your voice account."), true),
            (false, true) => (format!("Your card does not list {shown}, the address of your voice account."), false),
            (false, false) => ("Your card lists numbers; whether they lead to you is being asked.".to_owned(), false),
        };
        let nothing = !listed && left.is_empty();
        if listed {
            left = vec![(address.address_of_record(), shown.clone())];
        }
        self.test_step(id, text, if listed || nothing { Some(ok) } else { None });
        if nothing {
            let text = "Others cannot call you from your card: it does not list your address.";
            return self.end_test(id, Some(false), text, Some(shown));
        }
        if let Some(own) = self.my_cards.all.get_mut(id) {
            own.testing = Some(Testing { voice, address, left, asked: None });
        }
        self.next_probe(id, now);
    }

    fn next_probe(&mut self, id: &AccountId, now: Now) {
        let Some(testing) = self.my_cards.all.get(id).and_then(|own| own.testing.as_ref()) else { return };
        let voice = testing.voice.clone();
        if !self.is_online(&voice) {
            self.test_step(id, "Voice is not connected, so no request could be sent.".to_owned(), Some(false));
            return self.end_test(
                id,
                None,
                "It is not known whether calls from your card arrive: voice is not connected.",
                None,
            );
        }
        let name = self.my_cards.next_probe.wrapping_add(1);
        let Some(own) = self.my_cards.all.get_mut(id) else { return };
        let Some(testing) = &mut own.testing else { return };
        if testing.left.is_empty() {
            let shown: Arc<str> = testing.address.address_of_record().to_string().into();
            let listed = own.view.missing.is_none();
            let text = if listed {
                "Your card lists your address, but a request to it did not come back to you."
            } else {
                "Others cannot call you from your card: none of its numbers led to you."
            };
            return self.end_test(id, Some(false), text, (!listed).then_some(shown));
        }
        let (uri, written) = testing.left.remove(0);
        testing.asked = Some((name, written, now.boot + PROBE_PATIENCE));
        if let Some(test) = &mut own.view.test {
            test.requests += 1;
        }
        self.my_cards.next_probe = name;
        self.voice(&voice, sip::Command::Probe { id: name, to: uri });
    }

    /// A request came back, or did not.
    pub(super) fn handle_probed(&mut self, name: u64, probed: &Probed, now: Now) {
        let asked = |own: &Own| {
            let (asked, written, _) = own.testing.as_ref()?.asked.clone()?;
            (asked == name).then_some(written)
        };
        let found = self.my_cards.all.iter().find_map(|(id, own)| asked(own).map(|written| (id.clone(), written)));
        let Some((id, written)) = found else { return };
        let (text, ok) = card_words::probed(&written, probed);
        self.test_step(&id, text, Some(ok));
        if ok {
            if let Some(test) = self.my_cards.all.get_mut(&id).and_then(|own| own.view.test.as_mut()) {
                test.took_ms = probed.arrived.map(card_words::millis);
            }
            return self.end_test(&id, Some(true), "Your card reaches you: a call from it arrives here.", None);
        }
        self.next_probe(&id, now);
    }

    fn test_step(&mut self, id: &AccountId, text: String, ok: Option<bool>) {
        let Some(test) = self.my_cards.all.get_mut(id).and_then(|own| own.view.test.as_mut()) else { return };
        // The first word was that the card is being read.
        test.steps.retain(|step| step.ok.is_some() || test.requests > 0);
        test.steps.push(CardStep { text: text.into(), ok });
    }

    fn end_test(&mut self, id: &AccountId, ok: Option<bool>, text: &str, publish: Option<Arc<str>>) {
        if let Some(test) = self.my_cards.all.get_mut(id).and_then(|own| own.view.test.as_mut()) {
            test.ok = ok;
            test.text = text.into();
            test.publish = publish;
        }
        self.card_done(id, None);
    }

    /// A probe that nobody answered any more.
    pub(super) fn cards_timeout(&mut self, now: Now) {
        let late = |own: &Own| {
            let (name, _, until) = own.testing.as_ref()?.asked.as_ref()?;
            (*until <= now.boot).then_some(*name)
        };
        let names: Vec<u64> = self.my_cards.all.values().filter_map(late).collect();
        for name in names {
            self.handle_probed(name, &Probed { arrived: None, code: None }, now);
        }
    }
}
