//! Starting: what was remembered, the sound devices, and each account's connection with what waits for it.

use rand::RngCore as _;

use super::effect::{Effect, SecretRef};
use super::manager::{Connection, Manager};
use super::on_security::Lowering;
use super::questions::Subject;
use super::set_up::FoundAccounts;
use crate::config::{Chat, SecretSource, Voice};
use crate::media::{self, Processing};
use crate::model::{AccountId, AccountState, ConditionKind, ConnectionState, Message, Now, Remedy, Service};
use crate::store::{Loaded, LoadedChat};
use crate::xmpp::RosterUpdate;

impl Manager {
    /// The store's memory becomes ours.
    pub(super) fn take_loaded(&mut self, mut loaded: Loaded) {
        self.conversations.load(std::mem::take(&mut loaded.conversations));
        self.events.missed = loaded.missed;
        if let Some(kept) = &loaded.damaged {
            let text = format!("The message database was damaged. It was kept as {kept}, and a new one was begun.");
            self.add_condition(ConditionKind::Store, &text, Remedy::Dismiss);
        }
        self.people.remember(std::mem::take(&mut loaded.said));
        let book = std::mem::take(&mut loaded.book);
        let last_book = loaded.last_book;
        self.take_loaded_chat(loaded);
        self.load_book(book, last_book);
    }

    /// What waits to be sent, the cards, and each account's roster, which is shown at once; the server's word replaces it
    /// (C-13).
    fn take_loaded_chat(&mut self, mut loaded: Loaded) {
        // What waits to be sent belongs to whichever account wrote it.
        let written = std::mem::take(&mut loaded.outbox);
        let ours = |from: &crate::model::Jid| self.config.chat.iter().any(|chat| chat.address == *from);
        self.outbox = written.into_iter().filter(|message| message.from.is_sip() || ours(&message.from)).collect();
        self.sending = std::mem::take(&mut loaded.sending);
        self.known_cards = loaded.known_cards().into_iter().map(|card| (card.jid.clone(), card)).collect();
        self.people.load_cards(std::mem::take(&mut loaded.cards));
        for chat in &self.config.chat {
            let Some(remembered) = loaded.chats.get(&chat.address) else { continue };
            self.roster_known |= !remembered.roster.is_empty();
            self.people.update(&chat.id, &RosterUpdate::Replace(remembered.roster.clone()));
        }
        self.caches = loaded.chats;
    }

    /// Devices and processing as configured, or as last chosen.
    pub(super) fn start_sound(&mut self) {
        let audio = self.config.audio.clone();
        self.start_devices();
        self.media(media::Command::SetProcessing(Processing {
            echo_cancellation: audio.echo_cancellation,
            noise_suppression: audio.noise_suppression,
            gain_control: audio.gain_control,
        }));
    }

    /// Starts every account of the configuration.
    pub(super) fn start_accounts(&mut self, now: Now) {
        self.start_pairs(now);
        for chat in self.config.chat.clone() {
            self.start_chat(&chat, now);
        }
        for voice in self.config.voice.clone() {
            self.start_voice(&voice, now);
        }
    }

    /// Starts or restarts one account by its name.
    pub(super) fn start_account(&mut self, id: &AccountId, now: Now) {
        self.questions.withdraw(|subject| match subject {
            Subject::Certificate { account, .. } => account == id,
            Subject::Weaker { account, lowering, .. } => account == id && *lowering == Lowering::Remembered,
            Subject::Subscription { .. }
            | Subject::Dial { .. }
            | Subject::Join { .. }
            | Subject::Add(_)
            | Subject::Refer { .. }
            | Subject::Redirect { .. }
            | Subject::Place { .. }
            | Subject::Digits { .. } => false,
        });
        if let Some(chat) = self.config.chat.iter().find(|chat| chat.id == *id).cloned() {
            self.start_chat(&chat, now);
        } else if let Some(voice) = self.config.voice.iter().find(|voice| voice.id == *id).cloned() {
            self.start_voice(&voice, now);
        }
    }

    /// What the user typed in this run, else what the configuration names.
    pub(super) fn secret(&self, id: &AccountId, configured: &SecretSource) -> SecretRef {
        self.given
            .get(id)
            .map_or_else(|| SecretRef::Configured(configured.clone()), |given| SecretRef::Given(given.clone()))
    }

    /// What an account left behind when its connection ends for good: a new connection counts its checkpoints anew, and
    /// must not be told of the old one's.
    pub(super) fn forget_connection(&mut self, id: &AccountId, now: Now) {
        for (_, owner) in &mut self.commits {
            owner.take_if(|owner| owner == id);
        }
        for owner in &mut self.session_owners {
            owner.take_if(|owner| owner == id);
        }
        self.people.clear_presences(id);
        self.forget_sip_messages(id);
        self.events.forget(id);
        self.forget_hosting(id);
        for call in self.calls.of_account(id) {
            let _ = self.calls.with(call, now, |machine| machine.lose(now));
        }
    }

    /// The setup is saved: accounts that did not work are not in the file, and go.
    pub(super) fn keep_accounts(&mut self, kept: FoundAccounts) {
        let gone: Vec<AccountId> = self
            .connections
            .keys()
            .filter(|id| {
                kept.chat.iter().all(|chat| chat.id != **id) && kept.voice.iter().all(|voice| voice.id != **id)
            })
            .cloned()
            .collect();
        for id in gone {
            self.effects.push_back(Effect::Stop(id.clone()));
            self.connections.remove(&id);
            self.questions
                .withdraw(|subject| matches!(subject, Subject::Certificate { account, .. } if *account == id));
        }
        self.config.chat = kept.chat;
        self.config.voice = kept.voice;
        self.config.relations = kept.relations;
        let standing = self.voice_standing();
        self.people.set_voice(standing);
    }

    fn start_chat(&mut self, chat: &Chat, now: Now) {
        let secret = self.secret(&chat.id, &chat.secret);
        self.forget_connection(&chat.id, now);
        // What is remembered is handed over once: afterwards the running session knows better.
        let LoadedChat { roster, roster_version, session } = self.caches.remove(&chat.address).unwrap_or_default();
        let cards = self.known_cards.values().cloned().collect();
        let config = crate::xmpp::Config {
            jid: chat.address.clone(),
            resource: chat.resource.clone(),
            server: chat.server.clone(),
            tls: chat.tls,
            allow_plain: self.allows_plain(chat),
            external: chat.client_certificate.is_some(),
            strongest_mechanism: self.memos.get(&self.memo_name("mechanism", &chat.id)).cloned(),
            roster_version,
            roster,
            cards,
            session,
        };
        self.set_connection(&chat.id, Service::Chat, chat.address.as_str(), now);
        let certificates = self.certificates(
            &chat.id,
            &chat.certificate_pins,
            &chat.certificate_exceptions,
            chat.client_certificate.as_ref(),
        );
        self.effects.push_back(Effect::StartChat {
            id: chat.id.clone(),
            config: Box::new(config),
            secret,
            certificates,
        });
        self.tell_jingle_rules(Some(&chat.id));
        self.forget_published(&chat.id);
        self.publish_from_the_start(&chat.id, now);
        let pending: Vec<Message> =
            self.outbox.iter().filter(|message| message.from == chat.address).cloned().collect();
        for message in pending {
            self.chat_or_room(&chat.id, super::on_talk::sending_of(message));
        }
        self.say_again(&chat.id, &chat.address);
        self.start_rooms(&chat.id);
        self.begin_unless_held(&chat.id, Service::Chat, now);
    }

    fn start_voice(&mut self, voice: &Voice, now: Now) {
        let secret = self.secret(&voice.id, &voice.secret);
        self.forget_connection(&voice.id, now);
        if let Some(why) = self.configured_below_floor(voice) {
            self.effects.push_back(Effect::Stop(voice.id.clone()));
            self.set_connection(&voice.id, Service::Voice, &voice.address.to_string(), now);
            return self.refuse_account(&voice.id, Service::Voice, "below-floor", &why, now);
        }
        let config = crate::sip::Config {
            aor: voice.address.clone(),
            auth_user: voice.auth_user.clone(),
            display_name: voice.display_name.clone(),
            outbound_proxy: voice.outbound_proxy.clone(),
            transport: voice.transport,
            realm: voice.realm.clone().or_else(|| self.memos.get(&self.memo_name("realm", &voice.id)).cloned()),
            allow_md5: self.allows_md5(voice),
            only_tls: self.only_tls(voice),
            expires: voice.expires,
            instance: self.instance(),
            messages: self.message_policy(&voice.id),
        };
        self.set_connection(&voice.id, Service::Voice, &voice.address.to_string(), now);
        let certificates = self.certificates(
            &voice.id,
            &voice.certificate_pins,
            &voice.certificate_exceptions,
            voice.client_certificate.as_ref(),
        );
        self.effects.push_back(Effect::StartVoice {
            id: voice.id.clone(),
            config: Box::new(config),
            secret,
            certificates,
        });
        self.begin_unless_held(&voice.id, Service::Voice, now);
    }

    /// The instance id of this profile (RFC 5626 section 4.1), made once.
    fn instance(&mut self) -> String {
        if let Some(instance) = self.memos.get("instance") {
            return instance.clone();
        }
        let mut bytes = [0u8; 16];
        self.rng.fill_bytes(&mut bytes);
        // RFC 9562: version 4, variant 10.
        bytes[6] = bytes[6] & 0x0f | 0x40;
        bytes[8] = bytes[8] & 0x3f | 0x80;
        let hex: String = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
        let instance =
            format!("urn:uuid:{}-{}-{}-{}-{}", &hex[0..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..32]);
        self.set_memo("instance", &instance);
        instance
    }

    fn set_connection(&mut self, id: &AccountId, service: Service, address: &str, now: Now) {
        let state = AccountState {
            id: id.clone(),
            service,
            address: address.into(),
            state: ConnectionState::Connecting,
            since: now.wall,
            reason: None,
            retry_at: None,
            security: None,
        };
        self.connections.insert(id.clone(), Connection { state, local: None });
        let standing = self.voice_standing();
        self.people.set_voice(standing);
        self.dirty = true;
    }
}
