//! The user's own card: read, changed, tested, and offered to list the address by which the user is called.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::card::{CardChange, CardRequest, CardStep, CardTest, CardWork, MyCard};
use super::card_words;
use super::effect::Ticket;
use super::manager::Manager;
use super::publish::plan_of;
use super::{Refusal, RefusalKind, Reply};
use crate::cusax::{self, MOST_ENTRIES};
use crate::model::{
    AccountId, BootTime, CardEdit, ConditionKind, ConnectionState, Now, OwnCard, Reason, Remedy, Service, SipUri,
};
use crate::xmpp::{self, OwnCardEvent};

/// Requests that wait for one card. When full, a further one is refused.
const MOST_WAITING: usize = 16;

/// What is known of one chat account's own card.
#[derive(Debug)]
pub(super) struct Own {
    pub(super) view: MyCard,
    /// Who waits for what is being done.
    waiting: Vec<Ticket>,
    /// The server said that the card is another one now: it is read again after what is being done.
    stale: bool,
    /// The reading on its way was not asked for by the user: it may lead to an offer.
    offering: bool,
    /// A change that waits for a reading: the card was not known yet.
    change: Option<CardChange>,
    pub(super) testing: Option<Testing>,
    /// The user said in this run where to be reached: it is not something that an earlier run left behind.
    pub(super) here: bool,
    /// Who waits for temporary addresses to be published, and the addresses.
    pub(super) publishing: Option<(Option<Ticket>, Vec<crate::model::ReachAddress>)>,
}

/// A test under way.
#[derive(Debug)]
pub(super) struct Testing {
    pub(super) voice: AccountId,
    pub(super) address: SipUri,
    /// What is still to be asked for, and what the card calls it.
    pub(super) left: Vec<(SipUri, Arc<str>)>,
    /// The request on its way.
    pub(super) asked: Option<(u64, Arc<str>, BootTime)>,
}

/// The own cards of all chat accounts.
#[derive(Debug, Default)]
pub(super) struct MyCards {
    pub(super) all: BTreeMap<AccountId, Own>,
    pub(super) next_probe: u64,
    /// How numbers in texts are read; the same as long as nothing changes, so that nothing is looked for anew.
    pub(super) dialling: Arc<super::Dialling>,
}

impl MyCards {
    /// The nickname on the account's card, else the name on it, where the card has been read.
    pub(super) fn nickname(&self, account: &AccountId) -> Option<Arc<str>> {
        let card = self.all.get(account)?.view.card.as_ref()?;
        card.nickname.clone().or_else(|| card.full_name.clone())
    }

    pub(super) fn shown(&self) -> Arc<[MyCard]> {
        self.all.values().map(|own| own.view.clone()).collect()
    }

    pub(super) fn poll_timeout(&self) -> Option<BootTime> {
        let until = |own: &Own| own.testing.as_ref()?.asked.as_ref().map(|(_, _, until)| *until);
        self.all.values().filter_map(until).min()
    }
}

impl Manager {
    /// The user asks about the own card; the answer comes when the server has answered.
    pub(super) fn handle_card_request(
        &mut self,
        ticket: Ticket,
        account: Option<AccountId>,
        request: CardRequest,
        now: Now,
    ) {
        match self.card_request(ticket, account, request, now) {
            Ok(None) => {}
            Ok(Some(reply)) => self.answer(ticket, Ok(reply)),
            Err(refusal) => self.answer(ticket, Err(refusal)),
        }
    }

    fn card_request(
        &mut self,
        ticket: Ticket,
        account: Option<AccountId>,
        request: CardRequest,
        now: Now,
    ) -> Result<Option<Reply>, Refusal> {
        let id = self.card_account(account)?;
        if !matches!(request, CardRequest::Reach) && !self.is_online(&id) {
            return Err(Refusal::new(RefusalKind::Offline, "Chat is not connected, so your card cannot be reached."));
        }
        match request {
            CardRequest::Read => self.card_work(&id, ticket, CardWork::Reading).map(|()| {
                self.chat(&id, xmpp::Command::ReadOwnCard);
            })?,
            CardRequest::Change(change) => self.change_card(&id, ticket, change)?,
            CardRequest::Publish => self.publish_address(&id, ticket)?,
            CardRequest::Test => {
                self.card_work(&id, ticket, CardWork::Testing)?;
                if let Some(own) = self.my_cards.all.get_mut(&id) {
                    let step = CardStep { text: "Reading your card from the server.".into(), ok: None };
                    own.view.test = Some(CardTest { steps: vec![step], ..CardTest::default() });
                }
                self.chat(&id, xmpp::Command::ReadOwnCard);
            }
            CardRequest::Reach => return Ok(self.card_reply(&id)),
            request @ (CardRequest::SetPicture(_) | CardRequest::RemovePicture) => {
                self.change_picture(&id, ticket, request)?;
            }
            CardRequest::SetReach(addresses) => self.set_reach(&id, ticket, addresses, now)?,
        }
        Ok(None)
    }

    /// How numbers in texts are read.
    pub(super) fn dialling(&mut self) -> Arc<super::Dialling> {
        let (plan, tariffs) = (plan_of(&self.config), self.config.numbers.tariffs.clone());
        let messages = self.message_policies().into_iter().map(|(_, policy)| policy).collect();
        let now = super::Dialling::new(plan, super::publish::first_voice(&self.config), tariffs, messages);
        if *self.my_cards.dialling != now {
            self.my_cards.dialling = Arc::new(now);
        }
        self.my_cards.dialling.clone()
    }

    /// The account that is meant: the named one, else the first.
    fn card_account(&mut self, account: Option<AccountId>) -> Result<AccountId, Refusal> {
        let known = |id: &AccountId| self.config.chat.iter().any(|chat| chat.id == *id);
        let id = match account {
            Some(id) if known(&id) => id,
            Some(_) => return Err(Refusal::new(RefusalKind::NotFound, "There is no such chat account.")),
            None => self
                .config
                .chat
                .first()
                .map(|chat| chat.id.clone())
                .ok_or_else(|| Refusal::new(RefusalKind::NotAllowed, "You have no chat account."))?,
        };
        self.my_card(&id);
        Ok(id)
    }

    /// What is known of an account's card, begun where there is nothing yet.
    pub(super) fn my_card(&mut self, id: &AccountId) -> Option<&mut Own> {
        if !self.my_cards.all.contains_key(id) {
            let address = self.chat_address(id)?;
            let view = MyCard {
                account: id.clone(),
                address,
                card: None,
                busy: None,
                problem: None,
                notes: Vec::new(),
                missing: None,
                test: None,
                reach: Vec::new(),
                picture: None,
                picture_busy: false,
            };
            let own = Own {
                view,
                waiting: Vec::new(),
                stale: false,
                offering: false,
                change: None,
                testing: None,
                here: false,
                publishing: None,
            };
            self.my_cards.all.insert(id.clone(), own);
        }
        self.my_cards.all.get_mut(id)
    }

    /// Something begins. A reading joins whatever is going on, and whatever begins takes a reading over that is going on.
    fn card_work(&mut self, id: &AccountId, ticket: Ticket, work: CardWork) -> Result<(), Refusal> {
        let busy = |text: &str| Refusal::new(RefusalKind::NotAllowed, text);
        let own = self.my_card(id).ok_or_else(|| busy("You have no chat account."))?;
        if own.waiting.len() >= MOST_WAITING {
            return Err(busy("Your card is being read already."));
        }
        match (own.view.busy, work) {
            (None | Some(CardWork::Reading), _) => own.view.busy = Some(work),
            (Some(_), CardWork::Reading) => {}
            (Some(_), _) => return Err(busy("Your card is being read or changed. Try again in a moment.")),
        }
        own.view.problem = None;
        own.waiting.push(ticket);
        Ok(())
    }

    fn change_card(&mut self, id: &AccountId, ticket: Ticket, change: CardChange) -> Result<(), Refusal> {
        let known = self.my_cards.all.get(id).and_then(|own| own.view.card.clone());
        // What can be refused without the server is refused before anything begins.
        self.edit_of(&known.clone().unwrap_or_default(), &change)?;
        self.card_work(id, ticket, CardWork::Writing)?;
        match known.filter(|_| change.base.is_some()) {
            Some(card) => {
                let edit = self.edit_of(&card, &change)?;
                self.chat(id, xmpp::Command::WriteOwnCard(Box::new(edit)));
            }
            None => {
                // Nobody looked at it yet: it is read first, and changed as it is then.
                if let Some(own) = self.my_cards.all.get_mut(id) {
                    own.change = Some(change);
                }
                self.chat(id, xmpp::Command::ReadOwnCard);
            }
        }
        Ok(())
    }

    fn publish_address(&mut self, id: &AccountId, ticket: Ticket) -> Result<(), Refusal> {
        if self.voice_of_card(id).is_none() {
            return Err(Refusal::new(
                RefusalKind::NotAllowed,
                "You have no voice account whose address could be published.",
            ));
        }
        self.card_work(id, ticket, CardWork::Writing)?;
        if let Some(own) = self.my_cards.all.get_mut(id) {
            own.change = Some(CardChange::default());
        }
        self.chat(id, xmpp::Command::ReadOwnCard);
        Ok(())
    }

    /// The change as an edit of this card.
    fn edit_of(&self, card: &OwnCard, change: &CardChange) -> Result<CardEdit, Refusal> {
        let text = |change: &Option<Arc<str>>, known: &Option<Arc<str>>| match change {
            None => known.clone(),
            Some(text) => {
                Some(text.trim().chars().take(256).collect::<String>()).filter(|text| !text.is_empty()).map(Arc::from)
            }
        };
        let phones = change.phones.as_ref().unwrap_or(&card.phones);
        if phones.len() > MOST_ENTRIES {
            let text = format!("A card has at most {MOST_ENTRIES} numbers and addresses.");
            return Err(Refusal::new(RefusalKind::Invalid, &text));
        }
        let plan = plan_of(&self.config);
        let entry = |phone| {
            cusax::entry(phone, card, &plan).map_err(|why| {
                let shown = super::people::clean(&phone.value);
                Refusal::new(RefusalKind::Invalid, &format!("\u{201c}{shown}\u{201d} cannot be put on a card: {why}."))
            })
        };
        Ok(CardEdit {
            base: change.base.unwrap_or(card.revision),
            full_name: text(&change.full_name, &card.full_name),
            nickname: text(&change.nickname, &card.nickname),
            organisation: text(&change.organisation, &card.organisation),
            phones: phones.iter().map(entry).collect::<Result<_, _>>()?,
        })
    }

    /// The voice account that belongs to a chat account, else the only one.
    pub(super) fn voice_of_card(&self, id: &AccountId) -> Option<(AccountId, SipUri)> {
        let related = self.related_voice(id);
        let voice = self.config.voice.iter().find(|voice| Some(&voice.id) == related);
        let voice = voice.or(match self.config.voice.as_slice() {
            [only] => Some(only),
            _ => None,
        })?;
        Some((voice.id.clone(), voice.address.clone()))
    }

    /// The chat connection's news about the own card.
    pub(super) fn handle_own_card(&mut self, id: &AccountId, event: OwnCardEvent, now: Now) {
        match event {
            OwnCardEvent::Read(card) => self.card_read(id, card, now),
            OwnCardEvent::Written(written) => {
                let notes = card_words::written(&written);
                self.learn_card(id, written.card);
                if let Some(own) = self.my_cards.all.get_mut(id) {
                    own.view.notes = notes;
                    // What was tested is not what is there now.
                    own.view.test = None;
                }
                self.card_done(id, None);
                self.withdraw_offer(id);
            }
            OwnCardEvent::ChangedMeanwhile(card) => {
                self.learn_card(id, card);
                let text = "Your card was changed somewhere else meanwhile, so nothing was written. Look at it and change it again.";
                self.card_done(id, Some(Refusal::new(RefusalKind::NotAllowed, text)));
            }
            OwnCardEvent::Failed(why) => self.card_failed(id, &why),
            OwnCardEvent::Notified => {
                let Some(own) = self.my_cards.all.get_mut(id) else { return };
                if own.view.busy.is_some() {
                    // Our own change is told as well; it is read back anyway.
                    own.stale = own.view.busy != Some(CardWork::Writing);
                } else if own.view.card.is_some() {
                    own.view.busy = Some(CardWork::Reading);
                    self.chat(id, xmpp::Command::ReadOwnCard);
                }
            }
        }
    }

    fn card_read(&mut self, id: &AccountId, card: OwnCard, now: Now) {
        self.learn_card(id, card.clone());
        let Some(own) = self.my_cards.all.get_mut(id) else { return };
        own.view.notes.clear();
        let offering = std::mem::take(&mut own.offering);
        match own.view.busy {
            // The test goes on with the first reading; another one was asked for before.
            Some(CardWork::Testing) if own.testing.is_some() => return,
            Some(CardWork::Testing) => return self.begin_probes(id, &card, now),
            Some(CardWork::Writing) => match own.change.take() {
                Some(change) => return self.write_after_reading(id, &card, change),
                // A reading from before: the write is on its way.
                None => return,
            },
            Some(CardWork::Reading) | None => {}
        }
        self.card_done(id, None);
        if offering {
            self.offer_address(id);
        }
    }

    fn write_after_reading(&mut self, id: &AccountId, card: &OwnCard, mut change: CardChange) {
        if change == CardChange::default() {
            // The user wants the voice account's address on the card.
            let plan = plan_of(&self.config);
            match self.voice_of_card(id) {
                Some((_, voice)) if !cusax::lists(card, &plan, &voice) => {
                    let mut phones = card.phones.clone();
                    phones.insert(0, cusax::own_entry(&voice));
                    change.phones = Some(phones);
                }
                Some(_) => {
                    self.withdraw_offer(id);
                    return self.card_done(id, None);
                }
                None => return self.card_done(id, None),
            }
        }
        match self.edit_of(card, &change) {
            Ok(edit) => self.chat(id, xmpp::Command::WriteOwnCard(Box::new(edit))),
            Err(refusal) => self.card_done(id, Some(refusal)),
        }
    }

    fn learn_card(&mut self, id: &AccountId, card: OwnCard) {
        let plan = plan_of(&self.config);
        let missing = self
            .voice_of_card(id)
            .filter(|(_, voice)| !cusax::lists(&card, &plan, voice))
            .map(|(_, voice)| Arc::from(voice.address_of_record().to_string()));
        let nick = card.nickname.clone();
        if let Some(own) = self.my_card(id) {
            own.view.missing = missing;
            own.view.card = Some(card);
            self.say_nick(id, nick);
        }
    }

    fn card_failed(&mut self, id: &AccountId, why: &Reason) {
        let kind = if &*why.code == "offline" { RefusalKind::Offline } else { RefusalKind::NotAllowed };
        self.card_done(id, Some(Refusal::new(kind, &why.text)));
    }

    /// What was being done is over: whoever waited is told.
    pub(super) fn card_done(&mut self, id: &AccountId, refusal: Option<Refusal>) {
        let Some(own) = self.my_cards.all.get_mut(id) else { return };
        own.view.busy = None;
        own.view.problem = refusal.as_ref().map(|refusal| refusal.text.clone());
        own.testing = None;
        own.change = None;
        if refusal.is_some() && own.view.test.as_ref().is_some_and(|test| test.text.is_empty()) {
            own.view.test = None;
        }
        let waiting = std::mem::take(&mut own.waiting);
        let stale = std::mem::take(&mut own.stale) && refusal.is_none();
        for ticket in waiting {
            let answer = match &refusal {
                Some(refusal) => Err(refusal.clone()),
                None => self.card_reply(id).ok_or_else(|| Refusal::new(RefusalKind::NotFound, "The account is gone.")),
            };
            self.answer(ticket, answer);
        }
        if stale && self.is_online(id) {
            if let Some(own) = self.my_cards.all.get_mut(id) {
                own.view.busy = Some(CardWork::Reading);
            }
            self.chat(id, xmpp::Command::ReadOwnCard);
        }
    }

    pub(super) fn card_reply(&self, id: &AccountId) -> Option<Reply> {
        self.my_cards.all.get(id).map(|own| Reply::Card(Box::new(own.view.clone())))
    }

    /// A connection came or went.
    pub(super) fn card_follows(&mut self, id: &AccountId, state: ConnectionState) {
        match (self.service(id), state) {
            (Some(Service::Chat), ConnectionState::Online) => {
                self.revoke_left_reach(id);
                self.look_at_card(id);
            }
            (Some(Service::Chat), _) => {
                if self.my_cards.all.get(id).is_some_and(|own| own.view.busy.is_some()) {
                    self.card_done(id, Some(Refusal::new(RefusalKind::Offline, "Chat is not connected any more.")));
                }
                self.reach_interrupted(id);
                self.own_interrupted(id);
            }
            (Some(Service::Voice), ConnectionState::Online) => {
                let chats: Vec<AccountId> = self.config.chat.iter().map(|chat| chat.id.clone()).collect();
                for chat in chats {
                    self.look_at_card(&chat);
                }
            }
            (Some(Service::Voice) | None, _) => {}
        }
    }

    /// The account is taken away.
    pub(super) fn forget_card(&mut self, id: &AccountId) {
        self.card_done(id, Some(Refusal::new(RefusalKind::NotFound, "The account is gone.")));
        self.reach_interrupted(id);
        self.own_interrupted(id);
        self.forget_own(id);
        self.my_cards.all.remove(id);
    }

    /// Once in a run, when both services are there: does the card list the address of the voice account that belongs to it?
    fn look_at_card(&mut self, id: &AccountId) {
        let Some(voice) = self.related_voice(id).cloned() else { return };
        if self.set_up.is_some() || !self.is_online(id) || !self.is_online(&voice) || self.offer_memo(id).is_none() {
            return;
        }
        let Some(own) = self.my_card(id) else { return };
        if own.view.card.is_some() || own.view.busy.is_some() {
            return;
        }
        own.offering = true;
        own.view.busy = Some(CardWork::Reading);
        self.chat(id, xmpp::Command::ReadOwnCard);
    }

    /// The name of the memo that the user was offered to publish this address; `None`: that was done.
    fn offer_memo(&self, id: &AccountId) -> Option<String> {
        let (_, voice) = self.voice_of_card(id)?;
        let name = format!("{}:{}", self.memo_name("card-offer", id), voice.address_of_record());
        (!self.memos.contains_key(&name)).then_some(name)
    }

    /// Asked once, quietly; nothing is published without the user's word.
    fn offer_address(&mut self, id: &AccountId) {
        let missing = self.my_cards.all.get(id).and_then(|own| own.view.missing.clone());
        let (Some(missing), Some(memo)) = (missing, self.offer_memo(id)) else { return };
        self.set_memo(&memo, "offered");
        let text = format!("Your card does not list {missing}, so colleagues who look at it cannot call you.");
        self.add_condition(ConditionKind::Card, &text, Remedy::PublishAddress(id.clone()));
    }

    fn withdraw_offer(&mut self, id: &AccountId) {
        let listed = self.my_cards.all.get(id).is_some_and(|own| own.view.missing.is_none());
        let ours = Remedy::PublishAddress(id.clone());
        self.conditions.retain(|condition| !(listed && condition.remedy == ours));
    }
}
