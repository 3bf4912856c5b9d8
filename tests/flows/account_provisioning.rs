//! Provisioning documents while the program runs: only what changed begins anew, and what is taken back goes.

use tandem::account::{Effect, Input, NoticeBody, Reconfigured, RefusalKind, RelationOrigin, Request};
use tandem::config::{Given, Network, Origin, effective, write_key};
use tandem::model::{AccountId, EndedBy, Subscription};
use tandem::provisioning::{Document, read};
use tandem::store::Loaded;
use tandem::xmpp::RosterUpdate;
use tandem::{sip, xmpp};

use super::world::*;

/// What a document says, beside what each story is about.
fn text(more: &str) -> String {
    format!(
        r#"{{"version": 1, "title": "Example Ltd",
             "chat": [{{"id": "chat", "address": "{{address}}"}}],
             "voice": [{{"id": "voice", "address": "sip:{{user}}@{{domain}}"{more}
        }}"#
    )
}

fn document(text: &str) -> Document {
    read(text, "example.json").unwrap_or_else(|problems| panic!("{problems:#?}"))
}

const RELATED: &str = r#"}], "relation": [{"chat": "chat", "voice": "voice"}]"#;

/// The manager over a file and a document, with a shell that composes them as the real one does.
struct Desk {
    world: World,
    file: String,
    document: Option<Document>,
}

impl Desk {
    /// Signed in on both services with what a document says.
    fn new(text: &str) -> Self {
        Self::with_file(text, "[provisioning]\naddress = \"alice@example.com\"\n")
    }

    fn with_file(text: &str, file: &str) -> Self {
        let document = document(text);
        let composed = effective(file, "config.toml", document.layer().as_ref(), &Network::default())
            .unwrap_or_else(|problems| panic!("{problems:#?}"));
        let world = World::new(composed.config.clone(), Loaded::default());
        let mut desk = Self { world, file: file.to_owned(), document: Some(document) };
        desk.compose(None);
        desk.world.sign_in();
        let checkpoint = desk.world.checkpoint();
        let update = RosterUpdate::Replace(vec![item("bob@example.com", Subscription::Both)]);
        desk.world.chat(xmpp::Event::Roster { update, version: None, checkpoint });
        desk.world.card("bob@example.com", &["sip:bob@example.com"]);
        desk.world.effects.clear();
        desk
    }

    /// What the shell does with the two effects of the manager that ask for it.
    fn compose(&mut self, ticket: Option<tandem::account::Ticket>) {
        let layer = self.document.as_ref().and_then(Document::layer);
        let result = effective(&self.file, "config.toml", layer.as_ref(), &Network::default());
        let document = self.document.clone();
        let result = result
            .map(|effective| Box::new(Reconfigured { effective, document }))
            .map_err(|problems| problems.first().map(ToString::to_string).unwrap_or_default().into());
        self.world.put(Input::Reconfigured(ticket, result));
    }

    /// A new document comes.
    fn provision(&mut self, text: &str) {
        self.world.effects.clear();
        self.world.put(Input::Provisioned(Box::new(document(text))));
        let asked = self.world.effects.iter().find_map(|effect| match effect {
            Effect::Provision(document) => Some((**document).clone()),
            _ => None,
        });
        self.document = Some(asked.expect("the shell is asked to lay it in"));
        self.world.effects.clear();
        self.compose(None);
    }

    /// The user changes a setting.
    fn set(&mut self, key: &str, value: Option<Given>) -> Result<(), tandem::account::Refusal> {
        self.world.effects.clear();
        if let Some(Err(refusal)) = self.world.ask(Request::ChangeSetting { key: key.into(), value }) {
            return Err(refusal);
        }
        let change = self.world.effects.iter().find_map(|effect| match effect {
            Effect::ChangeSetting { ticket, key, value } => Some((*ticket, key.clone(), value.clone())),
            _ => None,
        });
        let (ticket, key, value) = change.expect("the shell is asked to write it");
        self.file = write_key(&self.file, &key, value.as_ref()).expect("a key of a section");
        self.compose(Some(ticket));
        Ok(())
    }

    fn started(&self) -> Vec<String> {
        let id = |effect: &Effect| match effect {
            Effect::StartChat { id, .. } | Effect::StartVoice { id, .. } => Some(id.as_str().to_owned()),
            _ => None,
        };
        self.world.effects.iter().filter_map(id).collect()
    }

    fn stopped(&self) -> Vec<String> {
        let id = |effect: &Effect| match effect {
            Effect::Stop(id) => Some(id.as_str().to_owned()),
            _ => None,
        };
        self.world.effects.iter().filter_map(id).collect()
    }

    fn value(&mut self, key: &str) -> Option<String> {
        self.world.shown().settings.get(key).and_then(|setting| setting.value.as_deref().map(str::to_owned))
    }
}

#[test]
fn c03_one_document_sets_up_both_accounts_and_their_relation() {
    let mut desk = Desk::new(&text(RELATED));
    let shown = desk.world.shown();
    let addresses: Vec<&str> = shown.accounts.iter().map(|account| &*account.address).collect();
    assert_eq!(addresses, ["alice@example.com", "sip:alice@example.com"]);
    let relation = &shown.relations[0];
    assert_eq!((relation.chat.as_str(), relation.voice.as_str()), ("chat", "voice"));
    assert_eq!(relation.origin, RelationOrigin::Provisioned, "s12: the document says so");
    assert_eq!(shown.settings.administrator.as_ref().map(|who| &*who.title), Some("Example Ltd"));
}

#[test]
fn the_same_document_again_changes_nothing() {
    let mut desk = Desk::new(&text(RELATED));
    desk.provision(&text(RELATED));
    assert_eq!((desk.started(), desk.stopped()), (vec![], vec![]));
}

#[test]
fn only_the_account_whose_values_changed_begins_anew() {
    let mut desk = Desk::new(&text(RELATED));
    desk.provision(&text(&format!(r#", "expires": 300{RELATED}"#)));
    assert_eq!((desk.started(), desk.stopped()), (vec!["voice".to_owned()], vec![]));
}

#[test]
fn what_concerns_single_calls_begins_nothing_anew() {
    let mut desk = Desk::new(&text(RELATED));
    desk.provision(&text(&format!(r#", "media-encryption": "required"{RELATED}"#)));
    assert_eq!(desk.started(), Vec::<String>::new());
    desk.world.dial_bob();
    let offer = desk.world.sip().into_iter().find_map(|command| match command {
        sip::Command::Invite { offer, .. } => Some(offer.to_string()),
        _ => None,
    });
    assert!(offer.expect("an INVITE").contains(" RTP/SAVP "), "the next call demands it");
}

#[test]
fn a_change_ends_nobodys_call_and_counts_when_the_call_is_over() {
    let mut desk = Desk::new(&text(RELATED));
    let call = desk.world.talking();
    desk.provision(&text(&format!(r#", "expires": 300{RELATED}"#)));
    assert_eq!(desk.started(), Vec::<String>::new());
    desk.world.ended(call, 200, EndedBy::Remote);
    assert_eq!(desk.started(), ["voice"]);
}

#[test]
fn an_account_that_is_taken_back_goes_and_its_people_with_it() {
    let both = text(RELATED);
    let mut desk = Desk::new(&both);
    assert_eq!(desk.world.shown().contacts.len(), 1);
    desk.provision(
        r#"{"version": 1, "title": "Example Ltd", "voice": [{"id": "voice", "address": "sip:{user}@{domain}"}]}"#,
    );
    // C-08: the other account stands alone from now on, and takes messages.
    assert_eq!((desk.started(), desk.stopped()), (vec!["voice".to_owned()], vec!["chat".to_owned()]));
    let shown = desk.world.shown();
    assert_eq!((shown.accounts.len(), shown.contacts.len(), shown.relations.len()), (1, 0, 0));
    assert!(
        shown
            .conditions
            .iter()
            .any(|condition| condition.text.contains("The account for chat is not in the settings any more"))
    );
    let with = jid("bob@example.com");
    assert!(desk.world.ask(Request::Messages { with, limit: 10, before: None }).is_none(), "the store is asked");
    let touched = desk.world.kept().iter().any(|command| format!("{command:?}").contains("Remove"));
    assert!(!touched, "what was said stays in the store: {:?}", desk.world.kept());
    let read = |command: &tandem::store::Command| matches!(command, tandem::store::Command::Messages { .. });
    assert!(desk.world.kept().iter().any(read), "and can be read");
    desk.provision(&both);
    assert_eq!(desk.started(), ["chat", "voice"], "and comes back when the administrator gives it back");
}

#[test]
fn a_withdrawn_document_takes_everything_back_but_the_users_own() {
    let own = "[provisioning]\naddress = \"alice@example.com\"\n[[chat]]\nid = \"chat\"\nresource = \"desk\"\n\
               [[chat]]\nid = \"home\"\naddress = \"alice@home.example\"\npassword = \"x\"\n";
    let mut desk = Desk::with_file(&text(RELATED), own);
    desk.provision(r#"{"version": 1, "title": "Example Ltd", "withdrawn": true}"#);
    let mut stopped = desk.stopped();
    stopped.sort();
    assert_eq!(stopped, ["chat", "voice"]);
    let shown = desk.world.shown();
    let left: Vec<&str> = shown.accounts.iter().map(|account| account.id.as_str()).collect();
    assert_eq!(left, ["home"]);
    assert!(shown.settings.overruled[0].contains("is not in your administrator's document any more"));
}

#[test]
fn rules_for_numbers_hold_at_once() {
    let mut desk = Desk::new(&text(RELATED));
    desk.world.card("bob@example.com", &["030 1234567"]);
    let kinds = |desk: &mut Desk| -> Vec<String> {
        let contact = desk.world.shown().contacts[0].clone();
        contact.addresses.iter().map(|address| address.uri.to_string()).collect()
    };
    assert!(!kinds(&mut desk).iter().any(|uri| uri.contains("+49")));
    desk.provision(&text(&format!(r#"{RELATED}, "calls": {{"region": "DE"}}"#)));
    assert_eq!(desk.started(), Vec::<String>::new());
    assert!(kinds(&mut desk).iter().any(|uri| uri.contains("+49301234567")), "{:?}", kinds(&mut desk));
}

#[test]
fn c15_a_locked_setting_is_set_by_the_administrator_and_cannot_be_changed() {
    let locked = text(&format!(r#"{RELATED}, "calls": {{"region": "DE"}}, "locked": ["calls.region"]"#));
    let file = "[provisioning]\naddress = \"alice@example.com\"\n[calls]\nregion = \"FR\"\n";
    let mut desk = Desk::with_file(&locked, file);
    assert_eq!(desk.value("calls.region").as_deref(), Some("DE"));
    let standing = desk.world.shown().settings.get("calls.region").expect("a key").standing.clone();
    assert_eq!((standing.origin, standing.locked), (Origin::Provisioned { title: "Example Ltd".into() }, true));
    let refusal = desk.set("calls.region", Some(Given::Text("FR".into()))).expect_err("it is locked");
    assert_eq!(refusal.kind, RefusalKind::NotAllowed);
    assert_eq!(&*refusal.text, "Set by your administrator (Example Ltd).");
    let overruled = desk.world.shown().settings.overruled.clone();
    assert_eq!(
        &*overruled[0],
        "config.toml:4: calls.region does not count: it is set by your administrator (Example Ltd)"
    );
    // Without the lock it counts again: it was not lost.
    desk.provision(&text(&format!(r#"{RELATED}, "calls": {{"region": "DE"}}"#)));
    assert_eq!(desk.value("calls.region").as_deref(), Some("FR"));
}

#[test]
fn a_setting_that_the_user_changes_is_written_and_counts_at_once() {
    let mut desk = Desk::new(&text(RELATED));
    desk.file.push_str("\n# my own\n[audio]\n# too loud\necho-cancellation = true # yes\n");
    desk.set("audio.echo-cancellation", Some(Given::Flag(false))).expect("not locked");
    assert!(desk.file.contains("# too loud\necho-cancellation = false # yes"), "{}", desk.file);
    let processing = desk.world.sound().into_iter().find_map(|command| match command {
        tandem::media::Command::SetProcessing(processing) => Some(processing),
        _ => None,
    });
    assert!(!processing.expect("the sound is told").echo_cancellation);
    desk.set("calls.ring-timeout", Some(Given::Number(30))).expect("not locked");
    assert_eq!(desk.value("calls.ring-timeout").as_deref(), Some("30"));
    desk.set("calls.ring-timeout", None).expect("not locked");
    assert_eq!(desk.value("calls.ring-timeout").as_deref(), Some("120"), "what is built in counts again");
    assert_eq!(desk.started(), Vec::<String>::new());
    assert!(desk.world.ask(Request::ChangeSetting { key: "no.such".into(), value: None }).is_some_and(|a| a.is_err()));
}

#[test]
fn the_keys_of_a_line_are_changed_like_any_other_and_nobody_registers_anew_for_them() {
    let mut desk = Desk::new(&text(&format!(r#"{RELATED}, "locked": ["voice.dtmf"]"#)));
    desk.set("voice[voice].voicemail", Some(Given::Text("*97".into()))).expect("not locked");
    assert_eq!(desk.value("voice[voice].voicemail").as_deref(), Some("*97"));
    assert_eq!(desk.world.shown().events.voicemail[0].call.as_deref(), Some("*97"), "one key calls it at once");
    assert_eq!(desk.started(), Vec::<String>::new());
    let refusal = desk.set("voice[voice].dtmf", Some(Given::Text("info".into()))).expect_err("it is locked");
    assert_eq!(&*refusal.text, "Set by your administrator.");
    desk.set("voice[voice].voicemail", None).expect("not locked");
    assert_eq!(desk.value("voice[voice].voicemail"), None);
}

#[test]
fn a_document_that_does_not_fit_changes_nothing_and_says_where() {
    let mut desk = Desk::new(&text(RELATED));
    desk.world.effects.clear();
    let text = "example.json:3: (/voice/0/expires) expires must be a whole number from 60 to 3600";
    desk.world.put(Input::Reconfigured(None, Err(text.into())));
    assert_eq!((desk.started(), desk.stopped()), (vec![], vec![]));
    assert!(
        desk.world
            .effects
            .iter()
            .any(|effect| { matches!(effect, Effect::Notice(NoticeBody::Problem(said)) if **said == *text) })
    );
    assert_eq!(desk.world.shown().accounts.len(), 2);
}

#[test]
fn an_account_that_only_the_document_has_stands_beside_the_users_own() {
    let own = "[provisioning]\naddress = \"alice@example.com\"\n\
               [[voice]]\nid = \"home\"\naddress = \"sip:alice@home.example\"\npassword = \"x\"\n";
    let mut desk = Desk::with_file(&text(RELATED), own);
    let shown = desk.world.shown();
    let mut ids: Vec<&str> = shown.accounts.iter().map(|account| account.id.as_str()).collect();
    ids.sort_unstable();
    assert_eq!(ids, ["chat", "home", "voice"]);
    let settings = &shown.settings;
    let origin = |key: &str| settings.get(key).map(|setting| setting.standing.origin.as_str());
    assert_eq!(origin("voice[home].address"), Some("user"));
    assert_eq!(origin("voice[voice].address"), Some("provisioned"));
    assert_eq!(origin("voice[voice].expires"), Some("built-in"));
    let password = settings.get("voice[home].password").expect("there is one");
    assert_eq!(password.value.as_deref(), Some("…"), "nobody reads passwords in the settings");
    assert_eq!(AccountId::new("home").as_str(), "home");
}

#[test]
fn s12_a_relation_that_comes_later_turns_messages_over_voice_off() {
    let mut desk = Desk::new(&text("}]"));
    let messages = |desk: &Desk| {
        desk.world.effects.iter().find_map(|effect| match effect {
            Effect::StartVoice { config, .. } => Some(config.messages.clone()),
            _ => None,
        })
    };
    desk.provision(&text(RELATED));
    assert_eq!(desk.started(), ["voice"], "chat has nothing to change");
    let related = messages(&desk);
    desk.provision(&text("}]"));
    let alone = messages(&desk);
    assert!(related.is_some() && alone.is_some() && related != alone, "{related:?} {alone:?}");
}

#[test]
fn c15_a_floor_that_is_locked_holds_whatever_the_user_accepted() {
    let file = "[provisioning]\naddress = \"alice@example.com\"\n[[voice]]\nid = \"voice\"\ntransport = \"udp\"\n\
                accept-weaker = [\"transport\", \"tls\"]\n";
    let floor = |lock: &str| text(&format!(r#"{RELATED}, "security": {{"minimum": "tls1.2"}}{lock}"#));
    let mut desk = Desk::with_file(&text(RELATED), file);
    desk.provision(&floor(""));
    let accepted = desk.started().contains(&"voice".to_owned());
    desk.provision(&floor(r#", "locked": ["security.minimum"]"#));
    assert_eq!(desk.started(), Vec::<String>::new(), "it is not started below the floor (before: {accepted})");
    let voice = desk.world.shown().accounts.iter().find(|account| account.id.as_str() == "voice").cloned();
    let reason = voice.and_then(|voice| voice.reason).expect("it says why");
    assert_eq!(&*reason.code, "below-floor");
}

#[test]
fn c15_a_feature_that_is_locked_cannot_be_switched_in_the_window() {
    let locked = text(&format!(
        r#"{RELATED}, "features": {{"calls-over-chat": "off"}}, "locked": ["features.calls-over-chat"]"#
    ));
    let mut desk = Desk::new(&locked);
    let switch = Request::SetFeature {
        feature: tandem::model::Feature::CallsOverChat,
        scope: tandem::model::FeatureScope::Contact(jid("bob@example.com")),
        on: Some(true),
    };
    match desk.world.ask(switch.clone()) {
        Some(Err(refusal)) => assert_eq!(&*refusal.text, "Set by your administrator (Example Ltd)."),
        other => panic!("{other:?}"),
    }
    desk.provision(&text(RELATED));
    assert!(matches!(desk.world.ask(switch), Some(Ok(_))), "without the lock it can");
}
