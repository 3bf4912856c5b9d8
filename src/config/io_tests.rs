//! Set-ups and changed passwords, in folders of their own.

use std::cell::RefCell;

use super::*;
use crate::config::{Chat, Network, Relation, Voice};
use crate::model::{AccountId, Jid, SipUri};

const BEFORE: &str = r#"# Mine.

[[chat]] # work
address = "Alice@Example.com"   # the old spelling
# The password came by letter.
password = "old" # change it
# Do not touch the name.
resource = "desk"
#server = "x.example.com"

[audio]
# Too loud.
gain-control = false
"#;

fn accounts() -> Accounts {
    let chat = Chat::new(AccountId::new("chat"), Jid::parse("alice@example.com").unwrap(), SecretSource::Keyring);
    let voice =
        Voice::new(AccountId::new("voice"), SipUri::parse("sip:alice@example.com").unwrap(), SecretSource::Keyring);
    let relations = vec![Relation { chat: chat.id.clone(), voice: voice.id.clone() }];
    Accounts { chat: vec![chat], voice: vec![voice], relations, network: Network::default() }
}

fn loaded(path: &Path) -> Config {
    match load(path) {
        Loaded::Config(config, _) => *config,
        other => panic!("{other:?}"),
    }
}

#[cfg(unix)]
fn mode(path: &Path) -> u32 {
    use std::os::unix::fs::PermissionsExt as _;
    fs::metadata(path).unwrap().permissions().mode() & 0o777
}

#[test]
fn a_set_up_without_a_keyring_leaves_two_private_files_that_load() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("deep/config.toml");
    write_set_up(&path, &accounts(), &Secret::new("s3cret "), false).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    assert_eq!(
        text,
        "\
# Tandem's configuration: only what differs from the defaults.
# Every key, with its default, is in config.example.toml. To check this file:  tandem check-config FILE

# Chat (XMPP)
[[chat]]
id = \"chat\"
address = \"alice@example.com\"
password-file = \"password\"

# Calls (SIP)
[[voice]]
id = \"voice\"
address = \"sip:alice@example.com\"
password-file = \"password\"

# Which of them belong together
[[relation]]
chat = \"chat\"
voice = \"voice\"
"
    );
    let config = loaded(&path);
    assert_eq!(config.chat[0].secret, SecretSource::File(folder.path().join("deep/password")));
    assert_eq!(secret(&config.voice[0].secret, "sip:alice@example.com"), Ok(Secret::new("s3cret ")));
    #[cfg(unix)]
    {
        assert_eq!(mode(&path), 0o600);
        assert_eq!(mode(&folder.path().join("deep/password")), 0o600);
        assert_eq!(mode(&folder.path().join("deep")), 0o700);
    }
    let names: Vec<_> = fs::read_dir(folder.path().join("deep")).unwrap().map(|e| e.unwrap().file_name()).collect();
    assert_eq!(names.len(), 2, "no draft stays behind: {names:?}");
}

#[test]
fn a_set_up_with_a_keyring_stores_the_password_under_each_address_and_writes_it_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let kept = RefCell::new(Vec::new());
    let keep = |address: &str, password: &Secret| {
        kept.borrow_mut().push((address.to_owned(), password.clone()));
        Ok(())
    };
    write_set_up_with(&path, &accounts(), &Secret::new("s3cret"), Some(&keep)).unwrap();
    let expected = ["alice@example.com", "sip:alice@example.com"].map(|text| (text.to_owned(), Secret::new("s3cret")));
    assert_eq!(*kept.borrow(), expected);
    assert!(!fs::read_to_string(&path).unwrap().contains("s3cret"));
    assert!(!folder.path().join(PASSWORD_FILE).exists());
    assert_eq!(loaded(&path).chat[0].secret, SecretSource::Keyring);
}

#[test]
fn a_set_up_whose_keyring_fails_writes_nothing_and_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    let keep = |_: &str, _: &Secret| Err("No keyring service runs.".to_owned());
    let result = write_set_up_with(&path, &accounts(), &Secret::new("s3cret"), Some(&keep));
    assert_eq!(result, Err("No keyring service runs.".to_owned()));
    assert!(!path.exists());
}

#[test]
fn a_set_up_over_an_existing_file_keeps_comments_and_other_sections() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, BEFORE).unwrap();
    let mut accounts = accounts();
    accounts.chat[0].resource = Some("desk".into());
    accounts.network.ca_files = vec![folder.path().join("ca.pem")];
    fs::write(folder.path().join("ca.pem"), "").unwrap();
    write_set_up(&path, &accounts, &Secret::new("s3cret"), false).unwrap();
    let text = fs::read_to_string(&path).unwrap();
    for kept in [
        "# Mine.\n",
        "[[chat]] # work\naddress = \"alice@example.com\"   # the old spelling\n",
        "# The password came by letter.\n# Do not touch the name.\nresource = \"desk\"\n",
        "#server = \"x.example.com\"\n",
        "[audio]\n# Too loud.\ngain-control = false\n",
        "ca-files = [\"ca.pem\"]\n",
    ] {
        assert!(text.contains(kept), "{kept:?} is in {text}");
    }
    assert!(!text.contains("\"old\""), "{text}");
    let config = loaded(&path);
    assert!(!config.audio.gain_control);
    assert_eq!(config.relations, accounts.relations);
    assert!(!folder.path().join("config.toml.old").exists());
}

#[test]
fn a_set_up_sets_a_file_aside_that_cannot_be_kept() {
    for broken in ["[[chat]\n", "[[chat]]\nadress = 1\n", "[audio]\ninput = 3 # broken\n"] {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, broken).unwrap();
        write_set_up(&path, &accounts(), &Secret::new("s3cret"), false).unwrap();
        assert_eq!(loaded(&path).chat[0].address, accounts().chat[0].address);
        assert_eq!(fs::read_to_string(folder.path().join("config.toml.old")).unwrap(), broken);
    }
}

#[cfg(unix)]
#[test]
fn a_file_behind_a_symbolic_link_is_changed_and_the_link_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (real, link) = (folder.path().join("dotfiles.toml"), folder.path().join("config.toml"));
    fs::write(&real, "# mine\n").unwrap();
    std::os::unix::fs::symlink(&real, &link).unwrap();
    write_set_up(&link, &accounts(), &Secret::new("s3cret"), false).unwrap();
    assert!(fs::symlink_metadata(&link).unwrap().is_symlink());
    assert!(fs::read_to_string(&real).unwrap().starts_with("# mine\n\n# Chat (XMPP)\n[[chat]]\n"));
}

#[test]
fn a_changed_password_goes_where_the_old_one_is() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("config.toml");
    fs::write(&path, BEFORE).unwrap();
    let inline = SecretSource::Inline(Secret::new("old"));
    keep_password(&inline, "alice@example.com", &Secret::new("n\"ew"), &path).unwrap();
    assert_eq!(fs::read_to_string(&path).unwrap(), BEFORE.replace("\"old\"", "'n\"ew'"));
    assert_eq!(loaded(&path).chat[0].secret, SecretSource::Inline(Secret::new("n\"ew")));
    let stranger = keep_password(&inline, "bob@example.com", &Secret::new("x"), &path);
    assert_eq!(stranger, Err(format!("{} holds no password for this account.", path.display())));

    let file = SecretSource::File("pw".into());
    keep_password(&file, "alice@example.com", &Secret::new("fresh"), &path).unwrap();
    assert_eq!(secret(&SecretSource::File(folder.path().join("pw")), ""), Ok(Secret::new("fresh")));
    assert!(keep_password(&file, "alice@example.com", &Secret::new("two\nlines"), &path).is_err());

    let command = SecretSource::Command("pass show x".into());
    let refused = keep_password(&command, "alice@example.com", &Secret::new("fresh"), &path).unwrap_err();
    assert!(refused.contains("comes from a command"), "{refused}");
}
