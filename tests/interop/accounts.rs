//! Accounts that come, change and go in the real program, and what other programs left, with Prosody and Kamailio.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::real::tandem::PATIENCE;
use crate::real::{DOMAIN, Person, Profile, Tandem, World, eventually, password};

/// The account with this address.
fn account(tandem: &Tandem, address: &str) -> Option<Value> {
    let status = tandem.ask("status", json!({}))?;
    status["accounts"].as_array()?.iter().find(|account| account["address"] == address).cloned()
}

#[track_caller]
fn wait_account(tandem: &Tandem, address: &str, state: &str) -> Value {
    eventually(&format!("{address} to be {state}"), PATIENCE, || {
        account(tandem, address).filter(|account| account["state"] == state)
    })
}

fn file(tandem: &Tandem) -> String {
    fs::read_to_string(tandem.folder.join("config.toml")).unwrap()
}

#[track_caller]
fn wait_phase(tandem: &Tandem, phase: &str) -> Value {
    eventually(phase, PATIENCE, || tandem.ask("set-up", json!({})).filter(|state| state["phase"] == phase))
}

/// Ends the program and starts it again on the same profile.
fn again(tandem: Tandem) -> Tandem {
    let folder = tandem.folder.clone();
    tandem.quit();
    Tandem::run(folder, &["--headless"], &[])
}

/// Files of the profile that hold this text.
fn files_with(folder: &Path, text: &str) -> Vec<PathBuf> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let holds = |path: &PathBuf| fs::read(path).is_ok_and(|bytes| String::from_utf8_lossy(&bytes).contains(text));
    files.filter(|path| path.is_file() && path.extension().is_none_or(|ending| ending != "log")).filter(holds).collect()
}

#[test]
fn an_account_is_added_given_another_password_and_taken_out_while_the_others_stay_connected() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let since = |tandem: &Tandem| account(tandem, &format!("alice@{DOMAIN}")).unwrap()["since"].clone();
    let signed_in = since(&alice);
    let carol = format!("carol@{DOMAIN}");
    let new = [("service", "chat"), ("address", carol.as_str()), ("password", "not hers"), ("keyring", "false")];
    alice.ctl("account-add", &new);
    let failed = wait_account(&alice, &carol, "failed");
    assert_eq!(failed["reason"]["code"], "wrong-password", "{failed}");
    let id = failed["id"].as_str().unwrap().to_owned();
    alice.ctl("account-password", &[("account", &id), ("password", &password("carol"))]);
    wait_account(&alice, &carol, "online");
    assert_eq!(alice.try_ctl("account-add", &new), Err("not-allowed".to_owned()), "once is enough");
    assert_eq!(
        alice.try_ctl("account-password", &[("account", "nobody"), ("password", "x")]),
        Err("not-found".to_owned())
    );
    let kept = eventually("the password in a private file", PATIENCE, || {
        files_with(&alice.folder, &password("carol")).pop().filter(|path| !path.ends_with("config.toml"))
    });
    assert_eq!(since(&alice), signed_in, "nobody else was disturbed");
    // The new password is the one of the next start.
    let alice = again(alice);
    wait_account(&alice, &carol, "online");
    alice.wait_online();
    let signed_in = since(&alice);
    alice.ctl("account-remove", &[("account", &id)]);
    eventually("the account to be gone", PATIENCE, || account(&alice, &carol).is_none().then_some(()));
    assert_eq!(since(&alice), signed_in);
    eventually("its password to be gone", PATIENCE, || (!kept.exists()).then_some(()));
    assert!(!file(&alice).contains(&carol), "{}", file(&alice));
    let alice = again(alice);
    alice.wait_online();
    assert_eq!(account(&alice, &carol), None);
    alice.quit();
}

#[test]
fn after_the_last_account_is_taken_out_the_first_window_is_there_and_nothing_is_lost() {
    let world = World::start();
    let mut bob = Person::sign_in(&world, "bob");
    let alice = Tandem::online(&world, "alice", &Profile::default());
    bob.say(&format!("alice@{DOMAIN}"), "m1", "before");
    alice.wait_message("bob", "before", &["received"]);
    for id in ["voice", "chat"] {
        assert_eq!(wait_phase(&alice, "running"), json!({ "phase": "running" }));
        alice.ctl("account-remove", &[("account", id)]);
    }
    let state = wait_phase(&alice, "set-up");
    assert_eq!((&state["problems"], &state["steps"]), (&json!([]), &json!([])), "{state}");
    assert_eq!(alice.ask("status", json!({})).unwrap()["accounts"], json!([]));
    // The next start neither: the file is as good as one that was never written, and better.
    let alice = again(alice);
    let state = wait_phase(&alice, "set-up");
    assert_eq!(state["problems"], json!([]), "{state}");
    let left = file(&alice);
    assert!(!left.contains("[[") && left.contains("region = \"US\"") && left.contains("ca-files"), "{left}");
    // Signed in again, without a word about names and authorities: everything is as it was.
    alice.ctl("sign-in", &[("address", &format!("alice@{DOMAIN}")), ("password", &password("alice"))]);
    eventually("the sign-in", PATIENCE, || {
        alice.ask("set-up", json!({})).filter(|state| state["ready_to_save"] == true)
    });
    alice.ctl("save-sign-in", &[]);
    wait_phase(&alice, "running");
    alice.wait_online();
    let region = eventually("the settings of the file", PATIENCE, || {
        let settings = alice.ask("settings", json!({}))?;
        settings["settings"].as_array()?.iter().find(|setting| setting["key"] == "calls.region").cloned()
    });
    assert_eq!((&region["value"], &region["origin"]), (&json!("US"), &json!("user")), "{region}");
    alice.wait_message("bob", "before", &["received"]);
    bob.say(&format!("alice@{DOMAIN}"), "m2", "after");
    alice.wait_message("bob", "after", &["received"]);
    let alice = again(alice);
    alice.wait_online();
    assert_eq!(alice.messages("bob").len(), 2);
    alice.quit();
}

#[test]
fn the_settings_can_be_changed_at_once_after_the_first_sign_in() {
    let world = World::start();
    let alice = first_start(&world);
    alice.ctl("sign-in", &[("address", &format!("alice@{DOMAIN}")), ("password", &password("alice"))]);
    eventually("the sign-in", PATIENCE, || {
        alice.ask("set-up", json!({})).filter(|state| state["ready_to_save"] == true)
    });
    alice.ctl("save-sign-in", &[]);
    alice.wait_online();
    let since = |service: &str| alice.account(service)["since"].clone();
    let signed_in = (since("chat"), since("voice"));
    eventually("the settings", PATIENCE, || alice.try_ctl("set", &[("key", "calls.region"), ("value", "DE")]).ok());
    assert!(file(&alice).contains("region = \"DE\""), "{}", file(&alice));
    assert_eq!((since("chat"), since("voice")), signed_in, "nobody signed in twice for that");
    alice.quit();
}

/// A profile in which nothing is known, and what the first start is given.
fn first_start(world: &World) -> Tandem {
    let folder = world.folder().join("alice");
    fs::create_dir_all(folder.join("run")).unwrap();
    start_in(world, folder)
}

fn start_in(world: &World, folder: PathBuf) -> Tandem {
    let (resolver, authority) = (world.names.address.to_string(), world.authority.ca_file.display().to_string());
    let home = folder.display().to_string();
    let (config, data) = (format!("{home}/.config"), format!("{home}/.local/share"));
    let environment = [("XDG_CONFIG_HOME", config.as_str()), ("XDG_DATA_HOME", data.as_str())];
    Tandem::run(folder, &["--headless", "--resolver", &resolver, "--ca-file", &authority], &environment)
}

fn sample(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/data/import").join(name)
}

#[test]
fn what_gajim_and_linphone_wrote_is_found_shown_taken_over_and_works_with_the_users_password() {
    let world = World::start();
    let folder = world.folder().join("alice");
    for (name, place) in [
        ("gajim-settings.sqlite", ".config/gajim/settings.sqlite"),
        ("linphonerc", ".config/linphone/linphonerc"),
        ("linphone-friends.db", ".local/share/linphone/friends.db"),
    ] {
        let place = folder.join(place);
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::copy(sample(name), place).unwrap();
    }
    fs::create_dir_all(folder.join("run")).unwrap();
    let alice = start_in(&world, folder);
    let found = alice.ctl("import-find", &[]);
    let programs: Vec<&str> = found.as_array().unwrap().iter().filter_map(|one| one["program"].as_str()).collect();
    assert_eq!(programs, ["Gajim", "Linphone", "Linphone"], "{found}");
    let path = |number: usize| found[number]["file"].as_str().unwrap();
    // Shown first, and nothing happens by that.
    let gajim = alice.ctl("import", &[("file", path(0)), ("dry_run", "true")]);
    let shown = json!([
        { "service": "chat", "address": "alba@home.example", "server": "xmpp.home.example:5223", "known": false },
        { "service": "chat", "address": format!("alice@{DOMAIN}"), "server": null, "known": false },
    ]);
    assert_eq!(by_address(&gajim["accounts"]), by_address(&shown), "{gajim}");
    assert_eq!(gajim["skipped"].as_array().unwrap().len(), 1, "the account without a name: {gajim}");
    assert!(!alice.folder.join("config.toml").exists());
    // One account of each, and the people of the telephone.
    let chat = format!("alice@{DOMAIN}");
    let taken =
        alice.ctl("import", &[("file", path(0)), ("accounts", &chat), ("mark", gajim["mark"].as_str().unwrap())]);
    let id = taken["accounts"][0].as_str().unwrap().to_owned();
    wait_phase(&alice, "running");
    let waiting = wait_account(&alice, &chat, "failed");
    assert_eq!(waiting["reason"]["code"], "no-password", "{waiting}");
    alice.ctl("account-password", &[("account", &id), ("password", &password("alice"))]);
    wait_account(&alice, &chat, "online");
    let voice = format!("sip:alice@{DOMAIN}");
    let linphone = alice.ctl("import", &[("file", path(1)), ("dry_run", "true")]);
    let second = by_address(&linphone["accounts"]).remove(0);
    assert_eq!(
        (&second["address"], &second["server"]),
        (&json!("sip:1001@home.example"), &json!("sip:pbx.home.example:5071"))
    );
    let taken = alice.ctl("import", &[("file", path(1)), ("accounts", &voice)]);
    let id = taken["accounts"][0].as_str().unwrap().to_owned();
    wait_account(&alice, &voice, "failed");
    alice.ctl("account-password", &[("account", &id), ("password", &password("alice"))]);
    let online = wait_account(&alice, &voice, "online");
    assert_eq!(online["security"]["transport"], "tls", "as it was there: {online}");
    let people = alice.ctl("import", &[("file", path(2))]);
    assert_eq!((&people["people"]["added"], &people["accounts"]), (&json!(2), &json!([])), "{people}");
    let config = file(&alice);
    let secrets = ["ha1", "76a7b6340422103ba7c5159bd8d9db34", "alba", "1001"];
    assert!(secrets.iter().all(|secret| !config.contains(secret)), "nothing that was not chosen: {config}");
    // Once more: everything is here already.
    let again = alice.ctl("import", &[("file", path(2))]);
    assert_eq!((&again["people"]["added"], &again["people"]["unchanged"]), (&json!(0), &json!(2)), "{again}");
    alice.quit();
}

fn by_address(accounts: &Value) -> Vec<Value> {
    let mut all = accounts.as_array().cloned().unwrap_or_default();
    all.sort_by_key(|account| account["address"].as_str().map(str::to_owned));
    all
}

#[test]
fn a_file_of_cards_becomes_people_who_can_be_called_and_found_again_after_a_start() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    let cards = alice.folder.join("people.vcf");
    let card = |name: &str, lines: &str| format!("BEGIN:VCARD\r\nVERSION:3.0\r\nFN:{name}\r\n{lines}\r\nEND:VCARD\r\n");
    let text = card("Bob Baker", &format!("TEL;TYPE=WORK:+1 555 0101\r\nIMPP:sip:bob@{DOMAIN}"))
        + &card("Zoë Žižek", "TEL;TYPE=CELL:+49 30 1234567")
        + "BEGIN:VCARD\r\nVERSION:3.0\r\nTEL:+1 555 0102";
    fs::write(&cards, text).unwrap();
    let path = cards.display().to_string();
    let shown = alice.ctl("import", &[("file", &path), ("dry_run", "true")]);
    assert_eq!((&shown["program"], &shown["people_total"]), (&json!("vCard"), &json!(3)), "{shown}");
    assert_eq!(shown["skipped"][0]["line"], 12, "a file that was cut off is read as far as it goes, and told: {shown}");
    assert_eq!(alice.ask("address-book", json!({})).unwrap(), json!([]), "nothing is taken over by looking");
    let taken = alice.ctl("import", &[("file", &path), ("mark", shown["mark"].as_str().unwrap())]);
    assert_eq!(taken["people"]["added"], 3, "{taken}");
    let alice = again(alice);
    alice.wait_online();
    let book = alice.ask("address-book", json!({})).unwrap();
    let mut names: Vec<&str> = book.as_array().unwrap().iter().filter_map(|entry| entry["name"].as_str()).collect();
    names.sort_unstable();
    assert_eq!(names, ["+1 555 0102", "Bob Baker", "Zoë Žižek"]);
    // Whoever calls from there has that name.
    let explained = alice.ctl("explain-number", &[("number", "+49 30 1234567")]).to_string();
    assert!(explained.contains("Your address book lists it"), "{explained}");
    alice.quit();
}
