//! Busy lamps (RFC 4235): whose phones are watched, and what each lamp shows.

use std::sync::Arc;

use super::manager::Manager;
use super::on_events::{Wanted, Watched};
use super::on_history::{LONGEST_ADDRESS, address_of};
use super::{Refusal, RefusalKind, Reply};
use crate::config::Voice;
use crate::model::{AccountId, AddressUri, ConnectionState, Contact, Grade, Lamp, LampView, SipUri};
use crate::phone::Trace;
use crate::sip::subscription::dialog_info::DialogInfo;
use crate::sip::subscription::{EventPackage, Standing};

/// Lamps of one account, those of contacts included. When full: further ones are not watched.
const MOST_LAMPS: usize = 40;
/// Memos with addresses that the user wants a lamp of: `lamp:ACCOUNT:ADDRESS`.
const LAMP_MEMO: &str = "lamp:";

impl Manager {
    /// The lamps that this account is to watch, each with whether somebody listed it.
    pub(super) fn wanted_lamps(&mut self, voice: &Voice) -> Vec<Wanted> {
        let mut lamps: Vec<(Arc<str>, bool)> =
            voice.telephony.lamps.iter().map(|text| (text.as_str().into(), true)).collect();
        lamps.extend(self.lamps_of_user(&voice.id).into_iter().map(|text| (text, true)));
        if self.config.calls.contact_lamps {
            lamps.extend(self.lamps_of_contacts(voice).into_iter().map(|text| (text, false)));
        }
        let mut of_account: Vec<Wanted> = Vec::new();
        for (address, listed) in lamps {
            let Some(resource) = self.lamp_resource(&address, voice) else { continue };
            let known = of_account.iter().any(|one| one.resource.same_address(&resource));
            if known || resource.same_address(&voice.address) || of_account.len() >= MOST_LAMPS {
                continue;
            }
            let package = EventPackage::Dialog;
            of_account.push(Wanted { account: voice.id.clone(), package, resource, address, listed });
        }
        of_account
    }

    fn lamps_of_user(&self, account: &AccountId) -> Vec<Arc<str>> {
        let prefix = format!("{LAMP_MEMO}{}:", account.as_str());
        let memos = self.memos.range(prefix.clone()..).map_while(|(key, _)| key.strip_prefix(&prefix));
        memos.take(MOST_LAMPS).map(Arc::from).collect()
    }

    /// The contacts whose address is of the account's own domain: the same server knows their phones.
    fn lamps_of_contacts(&mut self, voice: &Voice) -> Vec<Arc<str>> {
        let of = |contact: &Arc<Contact>| {
            contact.addresses.iter().find_map(|address| match &address.uri {
                AddressUri::Sip(uri) if uri.host() == voice.address.host() && address.grade != Grade::Refuted => {
                    Some(Arc::from(uri.to_string()))
                }
                AddressUri::Sip(_) | AddressUri::Tel(..) | AddressUri::Jingle(_) => None,
            })
        };
        self.people.shared().iter().filter_map(of).take(MOST_LAMPS).collect()
    }

    /// Where a lamp's address is subscribed to: numbers by the dial plan, through the account's own domain.
    fn lamp_resource(&self, text: &str, voice: &Voice) -> Option<SipUri> {
        let uri = address_of(text, &self.plan_for(voice))?;
        self.request_uri(&uri, voice, &mut Trace(None))
    }

    pub(super) fn watch_lamp(&mut self, to: &str, account: Option<&AccountId>, on: bool) -> Result<Reply, Refusal> {
        let refuse = |kind, text: &str| Err(Refusal::new(kind, text));
        let voice = self.config.voice.iter().find(|voice| account.is_none_or(|wanted| voice.id == *wanted)).cloned();
        let Some(voice) = voice else { return refuse(RefusalKind::NotFound, "There is no such voice account.") };
        let to = to.trim();
        let Some(resource) = self.lamp_resource(to, &voice).filter(|_| to.len() <= LONGEST_ADDRESS) else {
            return refuse(RefusalKind::NoTarget, "This is neither a number nor an address of the phone service.");
        };
        // However it is written: the same phone has one lamp.
        let same = |text: &Arc<str>| self.lamp_resource(text, &voice).is_some_and(|one| one.same_address(&resource));
        let known = self.lamps_of_user(&voice.id);
        let configured = voice.telephony.lamps.iter().any(|text| same(&text.as_str().into()));
        let kept: Vec<String> = known.iter().filter(|text| same(text)).map(|text| text.to_string()).collect();
        if on && !configured && kept.is_empty() {
            if known.len() + voice.telephony.lamps.len() >= MOST_LAMPS {
                return refuse(RefusalKind::NotAllowed, "There are 40 lamps already: take one away first.");
            }
            self.set_memo(&format!("{LAMP_MEMO}{}:{to}", voice.id.as_str()), "on");
        }
        if !on {
            if configured {
                return refuse(RefusalKind::NotAllowed, "This lamp stands in the configuration: take it away there.");
            }
            for text in kept {
                let key = format!("{LAMP_MEMO}{}:{text}", voice.id.as_str());
                self.memos.remove(&key);
                self.store(crate::store::Command::SetMemo { key, value: None });
            }
        }
        self.events.due = true;
        Ok(Reply::Done)
    }

    /// What a screen shows of the lamps.
    pub(super) fn lamp_views(&mut self) -> Vec<LampView> {
        let mut lamps: Vec<LampView> = Vec::new();
        let watched = self.events.watched.values().filter(|watched| watched.package == EventPackage::Dialog);
        for one in watched {
            let uri = address_of(&one.address, self.people.plan());
            let contact = uri.as_ref().and_then(|uri| self.listed(uri));
            let online = self.connections.get(&one.account).map(|found| found.state.state);
            let offline = online != Some(ConnectionState::Online);
            let state = if offline { Lamp::Unknown } else { lamp_of(one) };
            let shown = one.address.split_once(':').map_or(&*one.address, |(_, rest)| rest);
            let name = contact.as_ref().map_or_else(|| super::people::clean(shown), |jid| self.people.name(jid));
            let text = lamp_text(state, offline, &one.standing).into();
            let (account, address, listed) = (one.account.clone(), one.address.clone(), one.listed);
            let removable = self.memos.contains_key(&format!("{LAMP_MEMO}{}:{address}", account.as_str()));
            lamps.push(LampView { account, address, contact, name, state, text, listed, removable });
        }
        lamps.sort_by(|a, b| b.listed.cmp(&a.listed).then_with(|| a.name.cmp(&b.name)));
        lamps
    }
}

/// The busiest of somebody's phones.
pub(super) fn lamp_of(watched: &Watched) -> Lamp {
    match watched.standing {
        Standing::Active | Standing::Asking => watched.phones.values().map(DialogInfo::lamp).max().unwrap_or_default(),
        // Until the owner agrees, and after it broke, nothing is known.
        Standing::Pending | Standing::Lost(_) | Standing::Refused(_) => Lamp::Unknown,
    }
}

fn lamp_text(state: Lamp, offline: bool, standing: &Standing) -> String {
    match state {
        Lamp::Idle => "Not on the phone".to_owned(),
        Lamp::Held => "On the phone, on hold".to_owned(),
        Lamp::Ringing => "The phone rings".to_owned(),
        Lamp::Talking => "On the phone".to_owned(),
        Lamp::Unknown => match standing {
            _ if offline => "Not known: voice is not connected.".to_owned(),
            Standing::Asking | Standing::Active => "Not known yet".to_owned(),
            Standing::Pending => "Not known: they have not agreed yet.".to_owned(),
            Standing::Lost(why) | Standing::Refused(why) => format!("Not known. {why}"),
        },
    }
}
