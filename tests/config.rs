//! The configuration from outside: broken files and what is said about them, the example, round trips, mutations.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use rand::{Rng as _, SeedableRng as _};
use tandem::config::{Accounts, Config, SecretSource, io, keys, parse, write, write_relation};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn example() -> String {
    fs::read_to_string(root().join("config.example.toml")).unwrap()
}

fn parsed(text: &str) -> Config {
    parse(text, "config.toml").unwrap_or_else(|problems| {
        let lines: Vec<String> = problems.iter().map(ToString::to_string).collect();
        panic!("{}\n{text}", lines.join("\n"))
    })
}

/// A key's line of the example, live or commented out.
struct Line {
    number: usize,
    section: String,
    key: String,
    commented: bool,
    /// The comment above it.
    comment: String,
}

fn is_key(text: &str) -> bool {
    !text.is_empty() && text.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '-')
}

fn example_lines(text: &str) -> Vec<Line> {
    let mut section = String::new();
    let mut above = "";
    let mut found = Vec::new();
    for (number, line) in text.lines().enumerate() {
        if line.starts_with('[') {
            section = line.trim_matches(['[', ']']).to_owned();
        }
        if let Some((key, _)) = line.trim_start_matches('#').split_once(" = ").filter(|(key, _)| is_key(key)) {
            found.push(Line {
                number,
                section: section.clone(),
                key: key.to_owned(),
                commented: line.starts_with('#'),
                comment: above.to_owned(),
            });
        }
        above = line;
    }
    found
}

#[test]
fn the_example_lists_every_key_once_with_a_comment_of_its_own() {
    let text = example();
    let lines = example_lines(&text);
    let listed: Vec<String> = lines.iter().map(|line| format!("{}.{}", line.section, line.key)).collect();
    let unique: BTreeSet<String> = listed.iter().cloned().collect();
    assert_eq!(listed.len(), unique.len(), "{listed:?}");
    assert!(keys().len() > 45, "the parser tells its keys: {:?}", keys());
    assert_eq!(unique, keys());
    for line in &lines {
        let number = line.number + 1;
        assert!(line.comment.starts_with("# ") && line.comment.len() > 8, "line {number} has a comment above");
    }
}

#[test]
fn every_commented_line_of_the_example_is_valid_and_states_the_default() {
    let text = example();
    let as_shipped = parsed(&text);
    let mut seen = 0;
    for line in example_lines(&text).iter().filter(|line| line.commented) {
        let mut lines: Vec<&str> = text.lines().collect();
        lines[line.number] = lines[line.number].trim_start_matches('#');
        if line.key.starts_with("password") {
            let keyring = (0..line.number).rev().find(|at| lines[*at] == "password-keyring = true").unwrap();
            lines[keyring] = "";
        }
        if line.key == "client-key" {
            let certificate = (0..line.number).rev().find(|at| lines[*at].starts_with("#client-certificate")).unwrap();
            lines[certificate] = lines[certificate].trim_start_matches('#');
        }
        let config = parsed(&lines.join("\n"));
        let name = format!("{}.{}", line.section, line.key);
        if line.comment.contains("without a default") {
            assert_ne!(config, as_shipped, "{name} says that it has no default");
        } else {
            assert_eq!(config, as_shipped, "{name} shows its default");
        }
        seen += 1;
    }
    assert!(seen > 38, "{seen}");
}

#[test]
fn the_ids_of_the_example_are_the_defaults() {
    let text = example();
    for id in ["id = \"chat\"\n", "id = \"voice\"\n"] {
        assert!(text.contains(id));
        assert_eq!(parsed(&text.replacen(id, "", 1)), parsed(&text));
    }
}

/// Every broken file beside its `.out` with exactly what is said about it. `TANDEM_BLESS=1` writes them anew.
#[test]
fn each_broken_file_gets_exactly_its_lines() {
    let folder = root().join("tests/data/config");
    let mut names: Vec<PathBuf> = fs::read_dir(&folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|ending| ending == "toml"))
        .collect();
    names.sort();
    assert!(names.len() >= 20, "{names:?}");
    let mut wrong = Vec::new();
    for path in names {
        let said = match io::load(&path) {
            io::Loaded::Broken(problems) => problems,
            io::Loaded::Config(_, warnings) => warnings,
            io::Loaded::Missing => panic!("{} exists", path.display()),
        };
        let here = format!("{}/", folder.display());
        let said: String = said
            .iter()
            .map(|problem| problem.to_string().replace(&here, ""))
            // A checkout may make files readable by all; this warning has its own test.
            .filter(|line| !line.contains("chmod 600"))
            .map(|line| line + "\n")
            .collect();
        assert!(!said.is_empty(), "{} is wrong", path.display());
        let expected = path.with_extension("out");
        if std::env::var_os("TANDEM_BLESS").is_some() {
            fs::write(&expected, &said).unwrap();
        }
        let wanted = fs::read_to_string(&expected).unwrap_or_default();
        if said != wanted {
            wrong.push(format!("{}\n-- said:\n{said}-- expected:\n{wanted}", path.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[cfg(unix)]
#[test]
fn a_password_that_others_can_read_is_warned_about_with_its_line() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let (path, file) = (folder.path().join("config.toml"), folder.path().join("pw"));
    fs::write(&file, "secret\n").unwrap();
    let text = "[[chat]]\naddress = \"a@example.com\"\npassword-file = \"pw\"\n\
                [[voice]]\naddress = \"sip:a@example.com\"\npassword = \"x\"\n";
    fs::write(&path, text).unwrap();
    let warnings = || match io::load(&path) {
        io::Loaded::Config(_, warnings) => warnings.iter().map(ToString::to_string).collect::<Vec<_>>(),
        other => panic!("{other:?}"),
    };
    for mode in [0o640, 0o604, 0o600] {
        for private in [&path, &file] {
            fs::set_permissions(private, fs::Permissions::from_mode(mode)).unwrap();
        }
        let (config, file) = (path.display(), file.display());
        let inline = "stands in the file itself: password-keyring keeps it safer";
        let mut expected = vec![format!("{config}:6: the password of \"voice\" {inline}")];
        if mode != 0o600 {
            expected.insert(0, format!("{config}:3: {file} can be read by others: run chmod 600 on it"));
            expected.push(format!("{config}:6: {config} can be read by others: run chmod 600 on it"));
        }
        assert_eq!(warnings(), expected);
    }
}

fn accounts(config: &Config) -> Accounts {
    Accounts {
        chat: config.chat.clone(),
        voice: config.voice.clone(),
        relations: config.relations.clone(),
        network: config.network.clone(),
    }
}

/// A configuration in which every key of accounts and network differs from its default.
const UNUSUAL: &str = include_str!("data/config_unusual.toml");

#[test]
fn what_is_written_reads_back_the_same() {
    for text in [UNUSUAL, &example()] {
        let config = parsed(text);
        let fresh = write("", &accounts(&config)).unwrap();
        assert_eq!(accounts(&parsed(&fresh)), accounts(&config), "{fresh}");
        assert_eq!(write(&fresh, &accounts(&config)).unwrap(), fresh, "writing the same changes nothing");
        assert_eq!(write(text, &accounts(&config)).unwrap(), text, "also in a file that a person wrote");
    }
}

#[test]
fn writing_over_another_file_gives_the_new_accounts_and_keeps_the_rest() {
    let (unusual, example) = (parsed(UNUSUAL), example());
    for (before, after) in [(example.as_str(), &unusual), (UNUSUAL, &parsed(&example))] {
        let text = write(before, &accounts(after)).unwrap();
        assert_eq!(accounts(&parsed(&text)), accounts(after), "{text}");
    }
    let text = write(&example, &accounts(&unusual)).unwrap();
    // What stands inside of an account that went away went with it; everything below the accounts stays.
    let below = example.split_once(" Names and trust").map(|(_, below)| below.lines()).into_iter().flatten();
    let mut comments = 0;
    for comment in example.lines().filter(|line| line.starts_with("# ---")).chain(below).filter(|l| l.starts_with('#'))
    {
        assert!(text.lines().any(|line| line == comment), "{comment}\n{text}");
        comments += 1;
    }
    assert!(comments > 20, "{comments}");
}

#[test]
fn a_new_file_says_only_what_differs_from_the_defaults() {
    let text = write("", &accounts(&parsed(&example()))).unwrap();
    let said: Vec<&str> = text.lines().filter(|line| line.contains(" = ")).collect();
    let account = |id: &str, address: &str| {
        [format!("id = \"{id}\""), format!("address = \"{address}\""), "password-keyring = true".to_owned()]
    };
    let mut expected = account("chat", "alice@example.com").to_vec();
    expected.extend(account("voice", "sip:alice@example.com"));
    expected.extend(["chat = \"chat\"".to_owned(), "voice = \"voice\"".to_owned()]);
    assert_eq!(said, expected);
}

#[test]
fn neither_passwords_nor_addresses_show_in_debug_text() {
    let config = parsed(UNUSUAL);
    assert!(matches!(config.chat[0].secret, SecretSource::Inline(_)));
    let shown = format!("{config:?}");
    assert!(!shown.contains("mlaut") && !shown.contains("alice@"), "{shown}");
}

const PIECES: &[&str] = &[
    "\"",
    "[",
    "]",
    "=",
    "\n",
    "#",
    "[[",
    "{",
    "}",
    ".",
    "\\u",
    "\\UFFFFFFFF",
    "'''",
    "ü",
    "\0",
    "\r",
    "\u{feff}",
    "99999999999999999999999999",
    "[[chat]]\n",
    "[chat]\n",
    "true",
    "[audio]\n",
    "chat.x.y = 1\n",
    "1979-05-27",
];

fn mutate(text: &str, random: &mut rand::rngs::StdRng) -> String {
    let mut text: Vec<char> = text.chars().collect();
    for _ in 0..random.random_range(1..4) {
        let at = random.random_range(0..text.len());
        let end = (at + random.random_range(0..12)).min(text.len());
        match random.random_range(0..4) {
            0 => drop(text.drain(at..end)),
            1 => drop(text.splice(at..at, PIECES[random.random_range(0..PIECES.len())].chars())),
            2 => {
                let copy = text[at..end].to_vec();
                let to = random.random_range(0..text.len());
                drop(text.splice(to..to, copy));
            }
            // A commented line comes alive.
            _ => {
                if let Some(hash) = text[at..].iter().position(|c| *c == '#') {
                    text.remove(at + hash);
                }
            }
        }
    }
    text.into_iter().collect()
}

#[test]
fn twenty_thousand_mutations_never_panic_and_every_problem_has_a_line_of_the_file() {
    let originals = [UNUSUAL.to_owned(), example()];
    let mut random = rand::rngs::StdRng::seed_from_u64(7081);
    let (mut right, mut wrong) = (0, 0);
    for round in 0..20_000 {
        let text = mutate(&originals[round % 2], &mut random);
        match parse(&text, "f") {
            Ok(config) => {
                right += 1;
                if right % 10 == 0 {
                    let again = write(&text, &accounts(&config)).expect("what was read is TOML");
                    assert_eq!(accounts(&parsed(&again)), accounts(&config), "{text}");
                }
            }
            Err(problems) => {
                wrong += 1;
                assert!(!problems.is_empty());
                let lines = text.split('\n').count();
                for problem in problems {
                    assert!((1..=lines).contains(&(problem.line as usize)), "{problem} of {lines}: {text}");
                    assert!(!problem.text.is_empty() && !problem.text.contains('\n'), "{problem}");
                }
            }
        }
    }
    assert!(right > 2_000 && wrong > 2_000, "both happen: {right} right, {wrong} wrong");
}

#[test]
fn c26_a_relation_in_the_file_changes_and_everything_else_stays() {
    let text = "# mine\n[[chat]] # here\naddress = \"a@b.example\"\npassword-keyring = true\n\
                [[voice]]\naddress = \"sip:a@b.example\"\npassword-keyring = true\n\
                [[voice]]\nid = \"home\"\naddress = \"sip:a@c.example\"\npassword-keyring = true\n\
                [[relation]] # why\nchat = \"chat\"\nvoice = \"voice\" # because\n";
    let changed = write_relation(text, "chat", Some("home")).unwrap();
    assert_eq!(changed, text.replace("voice = \"voice\"", "voice = \"home\""));
    assert_eq!(parsed(&changed).relations[0].voice.as_str(), "home");
    let removed = write_relation(&changed, "chat", None).unwrap();
    assert!(parsed(&removed).relations.is_empty() && removed.starts_with("# mine\n[[chat]] # here\n"));
    let added = write_relation(&removed, "chat", Some("voice")).unwrap();
    assert_eq!(parsed(&added).relations[0].voice.as_str(), "voice");
    assert!(added.starts_with(&removed), "{added}");
    assert!(write_relation("no = toml = here", "chat", None).is_err());
}
