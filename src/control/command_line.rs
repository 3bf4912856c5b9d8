//! The program's arguments, read and nothing else.

use std::ffi::OsString;
use std::net::{IpAddr, SocketAddr};
use std::path::PathBuf;

use serde_json::{Map, Value};

/// What `tandem --help` prints.
pub const USAGE: &str = "\
Usage: tandem [OPTION…] [COMMAND]

Without a command: opens the window, or raises the one that is open.

Commands:
  URI                        tel:, sip:, sips: or xmpp:, as a desktop hands it over; a call asks first
  call TARGET                calls an address, a URI or a number
  chat JID                   opens a conversation
  check-config [FILE]        prints every problem as FILE:LINE: …
  provision ADDRESS|LINK|FILE [--dry-run]
                             finds, checks and uses a provisioning document, and shows what changes
  explain-number NUMBER      every step of normalisation and matching
  diagnose [--output FILE]   a report without secrets and addresses
  ctl METHOD [KEY=VALUE…]    one request to the running instance, the result as one line of JSON
  ctl watch                  each notice of the running instance as one line of JSON

Options:
  --headless                 the same core without a window
  --minimized                the window begins minimised
  --profile DIR              everything lives in DIR; several profiles run side by side
  --config FILE              another configuration file
  --resolver ADDRESS[:PORT]  a name server, for a start without a configuration
  --ca-file FILE             an authority to trust, for a start without a configuration
  --renderer software|gpu    what draws the window
  -h, --help                 prints this
  -V, --version              prints the version

Exit status: 0 done, 1 failed, 2 wrong usage, 3 no instance of this profile runs.
";

/// Port of a name server that is given without one (RFC 1035 section 4.2).
const DNS_PORT: u16 = 53;

/// What draws the window.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Renderer {
    /// The processor; always there.
    Software,
    /// The graphics card, where it was built in.
    Gpu,
}

/// What goes before or after any command.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Options {
    /// `--profile`: the folder of everything.
    pub profile: Option<PathBuf>,
    /// `--config`: another configuration file.
    pub config: Option<PathBuf>,
    /// `--resolver`: a name server.
    pub resolver: Option<SocketAddr>,
    /// `--ca-file`: a file of authorities to trust.
    pub ca_file: Option<PathBuf>,
    /// `--renderer`.
    pub renderer: Option<Renderer>,
    /// `--minimized`: the window begins put away.
    pub minimized: bool,
}

/// What to do.
#[derive(Clone, Debug, PartialEq)]
pub enum Command {
    /// Open the window, or raise the one that is open.
    Open,
    /// Run without a window.
    Headless,
    /// Call a JID, a URI or a number.
    Call(String),
    /// Open the conversation with a JID.
    Chat(String),
    /// Do what a link says: `tel:`, `sip:`, `sips:` or `xmpp:`.
    Uri(String),
    /// Check this or the profile's configuration file.
    CheckConfig(Option<PathBuf>),
    /// Find and apply a provisioning document.
    Provision {
        /// An address or a URL.
        from: String,
        /// Only show it.
        dry_run: bool,
    },
    /// Explain how a number is read.
    ExplainNumber(String),
    /// Write a report.
    Diagnose {
        /// To this file; else to standard output.
        output: Option<PathBuf>,
    },
    /// Send one request to the running instance.
    Ctl {
        /// The method.
        method: String,
        /// Its parameters, all as text: the method knows their types.
        params: Map<String, Value>,
    },
    /// Print the notices of the running instance.
    Watch,
    /// Print [`USAGE`].
    Help,
    /// Print the version.
    Version,
}

/// The arguments, understood.
#[derive(Clone, Debug, PartialEq)]
pub struct CommandLine {
    /// What goes with any command.
    pub options: Options,
    /// What to do.
    pub command: Command,
}

/// The arguments cannot be understood (exit status 2): a sentence.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0} Try: tandem --help")]
pub struct UsageError(String);

/// Options that belong to one command or stand for one.
#[derive(Debug, Default)]
struct Special {
    headless: bool,
    help: bool,
    version: bool,
    dry_run: bool,
    output: Option<PathBuf>,
}

/// Reads the arguments, without the program's name.
///
/// # Errors
///
/// An unknown command or option, one without its value, or one given twice; the sentence says which.
pub fn parse(arguments: impl IntoIterator<Item = OsString>) -> Result<CommandLine, UsageError> {
    let mut options = Options::default();
    let mut special = Special::default();
    let mut words = Vec::new();
    let mut arguments = arguments.into_iter();
    while let Some(argument) = arguments.next() {
        let Some(text) = argument.to_str() else {
            words.push(argument);
            continue;
        };
        if text == "--" {
            words.extend(arguments.by_ref());
            break;
        }
        if !text.starts_with('-') || text == "-" {
            words.push(argument);
            continue;
        }
        let (name, attached) = match text.split_once('=') {
            Some((name, value)) if name.starts_with("--") => (name, Some(OsString::from(value))),
            _ => (text, None),
        };
        read_option(name, attached, &mut arguments, &mut options, &mut special)?;
    }
    let command = if special.help {
        Command::Help
    } else if special.version {
        Command::Version
    } else {
        read_command(words, special)?
    };
    Ok(CommandLine { options, command })
}

fn read_option(
    name: &str,
    attached: Option<OsString>,
    rest: &mut impl Iterator<Item = OsString>,
    options: &mut Options,
    special: &mut Special,
) -> Result<(), UsageError> {
    let flag = match name {
        "--headless" => Some(&mut special.headless),
        "--minimized" | "--minimised" => Some(&mut options.minimized),
        "--dry-run" => Some(&mut special.dry_run),
        "--help" | "-h" => Some(&mut special.help),
        "--version" | "-V" => Some(&mut special.version),
        _ => None,
    };
    if let Some(flag) = flag {
        if attached.is_some() {
            return Err(UsageError(format!("{name} takes no value.")));
        }
        *flag = true;
        return Ok(());
    }
    let mut value =
        || attached.clone().or_else(|| rest.next()).ok_or_else(|| UsageError(format!("{name} needs a value.")));
    match name {
        "--profile" => once(name, &mut options.profile, value()?.into()),
        "--config" => once(name, &mut options.config, value()?.into()),
        "--ca-file" => once(name, &mut options.ca_file, value()?.into()),
        "--output" => once(name, &mut special.output, value()?.into()),
        "--resolver" => {
            let text = text(value()?)?;
            let address = text.parse().or_else(|_| text.parse().map(|ip: IpAddr| SocketAddr::new(ip, DNS_PORT)));
            let address = address.map_err(|_| UsageError(format!("{name} needs an IP address, not \"{text}\".")))?;
            once(name, &mut options.resolver, address)
        }
        "--renderer" => match text(value()?)?.as_str() {
            "software" => once(name, &mut options.renderer, Renderer::Software),
            "gpu" => once(name, &mut options.renderer, Renderer::Gpu),
            other => Err(UsageError(format!("There is no renderer \"{other}\": it is software or gpu."))),
        },
        unknown => Err(UsageError(format!("There is no option {unknown}."))),
    }
}

fn once<T>(name: &str, place: &mut Option<T>, value: T) -> Result<(), UsageError> {
    match place.replace(value) {
        None => Ok(()),
        Some(_) => Err(UsageError(format!("{name} is given twice."))),
    }
}

fn read_command(words: Vec<OsString>, special: Special) -> Result<Command, UsageError> {
    let mut words = words.into_iter();
    let Some(first) = words.next() else {
        refuse_options_of_others(&special, "")?;
        return Ok(if special.headless { Command::Headless } else { Command::Open });
    };
    let name = text(first)?;
    if special.headless {
        return Err(UsageError(format!("--headless does not go with {name}.")));
    }
    refuse_options_of_others(&special, &name)?;
    let mut needed = |what: &str| words.next().ok_or_else(|| UsageError(format!("{name} needs {what}.")));
    let command = match name.as_str() {
        "call" => Command::Call(text(needed("whom to call")?)?),
        "chat" => Command::Chat(text(needed("an address")?)?),
        "check-config" => Command::CheckConfig(words.next().map(PathBuf::from)),
        "provision" => {
            Command::Provision { from: text(needed("an address, a link or a file")?)?, dry_run: special.dry_run }
        }
        "explain-number" => Command::ExplainNumber(text(needed("a number")?)?),
        "diagnose" => Command::Diagnose { output: special.output },
        "ctl" => match text(needed("a method")?)?.as_str() {
            "watch" => Command::Watch,
            method => Command::Ctl { method: method.to_owned(), params: read_params(&mut words)? },
        },
        uri if is_uri(uri) => Command::Uri(uri.to_owned()),
        unknown => return Err(UsageError(format!("There is no command \"{unknown}\"."))),
    };
    match words.next() {
        None => Ok(command),
        Some(extra) => Err(UsageError(format!("\"{}\" is too much for {name}.", extra.to_string_lossy()))),
    }
}

fn refuse_options_of_others(special: &Special, command: &str) -> Result<(), UsageError> {
    if special.dry_run && command != "provision" {
        return Err(UsageError("--dry-run belongs to provision.".to_owned()));
    }
    if special.output.is_some() && command != "diagnose" {
        return Err(UsageError("--output belongs to diagnose.".to_owned()));
    }
    Ok(())
}

fn read_params(words: &mut impl Iterator<Item = OsString>) -> Result<Map<String, Value>, UsageError> {
    let mut params = Map::new();
    for word in words {
        let word = text(word)?;
        let Some((key, value)) = word.split_once('=').filter(|(key, _)| !key.is_empty()) else {
            return Err(UsageError(format!("\"{word}\" is not KEY=VALUE.")));
        };
        if params.insert(key.to_owned(), Value::from(value)).is_some() {
            return Err(UsageError(format!("{key} is given twice.")));
        }
    }
    Ok(params)
}

/// Schemes compare without case (RFC 3986 section 3.1).
fn is_uri(text: &str) -> bool {
    text.split_once(':').is_some_and(|(scheme, rest)| {
        !rest.is_empty() && ["tel", "sip", "sips", "xmpp"].iter().any(|known| scheme.eq_ignore_ascii_case(known))
    })
}

fn text(argument: OsString) -> Result<String, UsageError> {
    argument
        .into_string()
        .map_err(|argument| UsageError(format!("\"{}\" is not UTF-8 text.", argument.to_string_lossy())))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(line: &str) -> Result<CommandLine, UsageError> {
        parse(line.split_whitespace().map(OsString::from))
    }

    fn command(line: &str) -> Command {
        read(line).expect(line).command
    }

    #[test]
    fn complaint_43_the_window_begins_minimised_where_that_is_asked_for() {
        let line = read("--minimized").expect("an option");
        assert!(line.options.minimized && line.command == Command::Open);
        assert!(read("--minimised").expect("the other spelling").options.minimized);
        assert!(!read("").expect("nothing").options.minimized);
        assert!(USAGE.contains("--minimized"));
    }

    #[test]
    fn every_command_of_the_manual_is_understood() {
        for (line, expected) in [
            ("", Command::Open),
            ("--headless", Command::Headless),
            ("call bob@example.com", Command::Call("bob@example.com".into())),
            ("call +49301234", Command::Call("+49301234".into())),
            ("call -- -1", Command::Call("-1".into())),
            ("chat bob@example.com", Command::Chat("bob@example.com".into())),
            ("tel:+1-202-555-0123", Command::Uri("tel:+1-202-555-0123".into())),
            ("SIPS:bob@example.com", Command::Uri("SIPS:bob@example.com".into())),
            ("sip:bob@example.com;user=phone", Command::Uri("sip:bob@example.com;user=phone".into())),
            ("xmpp:bob@example.com", Command::Uri("xmpp:bob@example.com".into())),
            ("check-config", Command::CheckConfig(None)),
            ("check-config a.toml", Command::CheckConfig(Some("a.toml".into()))),
            ("provision example.com", Command::Provision { from: "example.com".into(), dry_run: false }),
            ("provision --dry-run example.com", Command::Provision { from: "example.com".into(), dry_run: true }),
            ("explain-number 030/123", Command::ExplainNumber("030/123".into())),
            ("diagnose", Command::Diagnose { output: None }),
            ("diagnose --output r.txt", Command::Diagnose { output: Some("r.txt".into()) }),
            ("ctl watch", Command::Watch),
            ("ctl status", Command::Ctl { method: "status".into(), params: Map::new() }),
            ("-h", Command::Help),
            ("call --help", Command::Help),
            ("--version", Command::Version),
        ] {
            assert_eq!(command(line), expected, "{line}");
        }
    }

    #[test]
    fn parameters_stay_text_whatever_they_look_like() {
        let Command::Ctl { method, params } = command("ctl dtmf call=c1 digits=007 note=a=b empty=") else {
            panic!("another command");
        };
        assert_eq!(method, "dtmf");
        assert_eq!(
            Value::Object(params),
            serde_json::json!({ "call": "c1", "digits": "007", "note": "a=b", "empty": "" })
        );
    }

    #[test]
    fn options_go_before_or_after_the_command_and_take_their_value_either_way() {
        for line in [
            "--profile /p --config=c.toml --resolver 127.0.0.1:5353 --ca-file ca.pem --renderer gpu ctl status",
            "ctl status --profile=/p --config c.toml --resolver=127.0.0.1:5353 --ca-file=ca.pem --renderer=gpu",
        ] {
            let read = read(line).expect(line);
            assert_eq!(read.command, Command::Ctl { method: "status".into(), params: Map::new() });
            assert_eq!(
                read.options,
                Options {
                    profile: Some("/p".into()),
                    config: Some("c.toml".into()),
                    resolver: Some("127.0.0.1:5353".parse().expect("an address")),
                    ca_file: Some("ca.pem".into()),
                    renderer: Some(Renderer::Gpu),
                    minimized: false,
                }
            );
        }
        for (text, expected) in [("::1", "[::1]:53"), ("192.0.2.1", "192.0.2.1:53"), ("[::1]:54", "[::1]:54")] {
            let read = read(&format!("--resolver {text}")).expect(text);
            assert_eq!(read.options.resolver, Some(expected.parse().expect("an address")));
        }
    }

    #[test]
    fn wrong_usage_is_named() {
        for (line, offence) in [
            ("dance", "dance"),
            ("--loud", "--loud"),
            ("-x", "-x"),
            ("tel:", "tel:"),
            ("http://example.com", "http://example.com"),
            ("call", "call"),
            ("call a b", "\"b\""),
            ("--headless call a", "--headless"),
            ("--headless=yes", "--headless"),
            ("ctl", "ctl"),
            ("ctl status x", "\"x\""),
            ("ctl send =x", "\"=x\""),
            ("ctl send to=a to=b", "to"),
            ("ctl watch call=1", "call=1"),
            ("--profile", "--profile"),
            ("--profile a --profile b", "--profile"),
            ("--resolver localhost", "localhost"),
            ("--renderer crayons", "crayons"),
            ("--dry-run", "--dry-run"),
            ("call a --output b", "--output"),
        ] {
            let error = read(line).expect_err(line).to_string();
            assert!(error.contains(offence), "{line}: {error}");
        }
    }

    #[cfg(unix)]
    #[test]
    fn paths_need_not_be_text_but_words_must() {
        use std::os::unix::ffi::OsStringExt as _;
        let odd = || OsString::from_vec(b"/p/\xff".to_vec());
        let read = parse(["--profile".into(), odd()]).expect("a path");
        assert_eq!(read.options.profile, Some(odd().into()));
        assert!(parse(["call".into(), odd()]).is_err());
    }
}
