//! Arguments, configuration, logging, runtime, window; nothing else.

use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use tandem::account::io::{Alone, Core, Setup, StartError};
use tandem::account::{CallTo, Handle, Request, Start};
use tandem::config::{self, LogLevel, Network, io::Layered};
use tandem::control::command_line::{self, Command, CommandLine, Options, Renderer};
use tandem::control::{self, ClientError, client, provision as words};
use tandem::model::{ConnectionState, Jid, Service};
use tandem::platform::{Profile, defects, logging};
use tandem::provisioning::{self, Document};
use tandem::store;

/// How long `tandem call` waits for the voice service of an instance that it just started.
const SIGN_IN_PATIENCE: Duration = Duration::from_secs(30);
/// How long the program may take to close everything.
const CLOSING_PATIENCE: Duration = Duration::from_secs(6);

fn main() -> ExitCode {
    // What the program writes (messages, logs, recordings) is for the user's eyes only.
    #[cfg(unix)]
    rustix::process::umask(rustix::fs::Mode::RWXG | rustix::fs::Mode::RWXO);
    // One crypto provider for everything that does TLS; a second installation fails and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let CommandLine { options, command } = match command_line::parse(std::env::args_os().skip(1)) {
        Ok(line) => line,
        Err(error) => {
            let _ = writeln!(io::stderr(), "tandem: {error}\n\n{}", command_line::USAGE);
            return ExitCode::from(client::WRONG_USAGE);
        }
    };
    let mut profile = options.profile.as_deref().map_or_else(Profile::default_folders, Profile::in_folder);
    if let Some(config) = &options.config {
        profile.config = std::path::absolute(config).unwrap_or_else(|_| config.clone());
    }
    ExitCode::from(match command {
        Command::Help => print(command_line::USAGE),
        Command::Version => print(concat!("tandem ", env!("CARGO_PKG_VERSION"), "\n")),
        Command::CheckConfig(file) => check_config(file.as_deref().unwrap_or(&profile.config), &profile),
        Command::Ctl { method, params } => {
            client::run_ctl(&profile, &method, params, &mut io::stdout(), &mut io::stderr())
        }
        Command::Watch => client::run_watch(&profile, &mut io::stdout(), &mut io::stderr()),
        Command::Provision { from, dry_run } => provision(&profile, &options, &from, dry_run),
        Command::ExplainNumber(number) => explain_number(&profile, &number),
        Command::Diagnose { output } => {
            client::run_diagnose(&profile, output.as_deref(), &mut io::stdout(), &mut io::stderr())
        }
        Command::Headless if client::is_running(&profile) => refuse(ClientError::AlreadyRunning),
        Command::Open | Command::Headless | Command::Call(_) | Command::Chat(_) | Command::Uri(_) => {
            // One instance per profile: a second start hands over what it was asked for.
            match client::hand_over(&profile, &command) {
                Some(answer) => client::report(&answer, &mut io::stdout(), &mut io::stderr()),
                None => start(&profile, &options, command),
            }
        }
    })
}

fn print(text: &str) -> u8 {
    match io::stdout().write_all(text.as_bytes()) {
        Ok(()) => client::DONE,
        Err(_) => client::FAILED,
    }
}

/// One line of JSON on standard error, as for every command that a script may give.
fn refuse(error: ClientError) -> u8 {
    client::report(&Err(error), &mut io::stdout(), &mut io::stderr())
}

fn fail(text: &str) -> u8 {
    let _ = writeln!(io::stderr(), "tandem: {text}");
    client::FAILED
}

/// Every problem and every warning, one a line.
fn check_config(path: &Path, profile: &Profile) -> u8 {
    // The profile's own file adds to the profile's document, another one to what lies beside it.
    let kept = match path == profile.config {
        true => profile.data.join(provisioning::KEPT_AS),
        false => path.with_file_name(provisioning::KEPT_AS),
    };
    match provisioning::io::check(path, &kept) {
        Ok(warnings) => {
            let lines: String = warnings.iter().map(|warning| format!("{warning} (a warning)\n")).collect();
            print(&lines)
        }
        Err(problems) if problems.is_empty() => fail(&format!("{} does not exist.", path.display())),
        Err(problems) => {
            let lines: String = problems.iter().map(|problem| format!("{problem}\n")).collect();
            print(&lines);
            client::FAILED
        }
    }
}

/// What the command line says about names and trust.
fn given(options: &Options) -> Network {
    let absolute = |path: &PathBuf| std::path::absolute(path).unwrap_or_else(|_| path.clone());
    let ca_files = options.ca_file.iter().map(absolute).collect();
    Network { resolver: options.resolver, ca_files, ..Network::default() }
}

/// In the running instance, else by itself: the result in words.
fn provision(profile: &Profile, options: &Options, from: &str, dry_run: bool) -> u8 {
    // A file of this folder is another one for an instance that was started elsewhere.
    let from = match provisioning::Source::parse(from) {
        Ok(provisioning::Source::File(path)) => {
            std::path::absolute(&path).map_or(path, |path| path.to_string_lossy().into_owned())
        }
        Ok(_) | Err(_) => from.to_owned(),
    };
    let params =
        [("from", from.clone().into()), ("dry_run", dry_run.into())].map(|(key, value)| (key.to_owned(), value));
    let answer = match client::request(profile, "provision", params.into_iter().collect()) {
        Err(ClientError::NotRunning) => {
            let alone = Alone {
                config_path: profile.config.clone(),
                document_path: profile.data.join(provisioning::KEPT_AS),
                given: given(options),
            };
            alone.provision(&from, dry_run).map(|report| words::report(&report)).map_err(words::refused)
        }
        answered => answered,
    };
    match answer {
        Ok(result) => print(&words::words(&result)),
        Err(error) => refuse(error),
    }
}

/// Every step of a number: by the running instance, which knows the contacts, else by the configuration alone.
fn explain_number(profile: &Profile, number: &str) -> u8 {
    let steps = match client::explain_number(profile, number) {
        Err(ClientError::NotRunning) => {
            let (document, _) = provisioning::io::kept(&profile.data.join(provisioning::KEPT_AS));
            let layer = document.as_ref().and_then(Document::layer);
            match config::io::load_layers(&profile.config, layer.as_ref(), &Network::default()) {
                Layered::Effective(found, _) => {
                    client::table_of(&tandem::account::explain_number(found.config, number))
                }
                Layered::Missing | Layered::Broken(_) => return check_config(&profile.config, profile),
            }
        }
        Err(error) => return refuse(error),
        Ok(steps) => steps,
    };
    print(&steps)
}

/// Runs the program until it ends.
fn start(profile: &Profile, options: &Options, command: Command) -> u8 {
    #[cfg(feature = "gui")]
    // The local time can be read safely only before there are threads.
    let window = tandem::gui::Options {
        minimized: options.minimized,
        at_login: options.profile.is_none() && options.config.is_none(),
        downloads: profile.downloads.clone(),
        ..tandem::gui::Options::default()
    };
    if options.renderer == Some(Renderer::Gpu) {
        return fail("This build draws with the processor only.");
    }
    let (core, runtime) = match run_core(profile, given(options)) {
        Ok(started) => started,
        Err(text) => return fail(&text),
    };
    let Core { handle, done } = core;
    let server = {
        let _inside = runtime.enter();
        control::serve(handle.clone(), profile)
    };
    let server = match server {
        Ok(server) => Some(server),
        Err(error) => {
            tracing::error!(%error, "there is no control socket");
            None
        }
    };
    runtime.spawn(end_on_signal(handle.clone()));
    let headless = command == Command::Headless || cfg!(not(feature = "gui"));
    runtime.spawn(obey(handle.clone(), command));
    let mut status = client::DONE;
    if !headless {
        #[cfg(feature = "gui")]
        if let Err(error) = tandem::gui::run(handle.clone(), window) {
            status = fail(&format!("the window cannot be opened: {error}. Use --headless to run without one."));
            runtime.spawn(async move { handle.request(Request::Quit).await });
        }
    }
    let closed = runtime
        .block_on(async { if headless { Ok(done.await) } else { tokio::time::timeout(CLOSING_PATIENCE, done).await } });
    if closed.is_err() {
        tracing::warn!("not everything was closed in time");
    }
    if let Some(server) = server {
        // The last replies and the notice of the end are delivered.
        runtime.block_on(server.shutdown());
    }
    runtime.shutdown_timeout(Duration::from_millis(500));
    status
}

/// Reads the configuration and starts everything below the window.
fn run_core(profile: &Profile, given: Network) -> Result<(Core, tokio::runtime::Runtime), String> {
    defects::watch(&profile.logs);
    let config_path: Arc<str> = profile.config.display().to_string().into();
    let document_path = profile.data.join(provisioning::KEPT_AS);
    let (document, unread) = provisioning::io::kept(&document_path);
    let layer = document.as_ref().and_then(Document::layer);
    let (config, network, effective) = match config::io::load_layers(&profile.config, layer.as_ref(), &given) {
        Layered::Effective(effective, warnings) => {
            logging::start(level_name(effective.config.log), Some(&profile.logs));
            for warning in warnings {
                tracing::warn!("{warning}");
            }
            (Ok(effective.config.clone()), effective.config.network.clone(), Some(effective))
        }
        Layered::Missing => {
            logging::start(level_name(LogLevel::default()), Some(&profile.logs));
            (Err(Vec::new()), given.clone(), None)
        }
        Layered::Broken(problems) => {
            logging::start(level_name(LogLevel::default()), Some(&profile.logs));
            let lines = problems.iter().map(|problem| problem.to_string().into()).collect();
            (Err(lines), given.clone(), None)
        }
    };
    for problem in unread {
        tracing::warn!("the kept provisioning document cannot be used: {problem}");
    }
    std::fs::create_dir_all(&profile.data)
        .map_err(|error| format!("{} cannot be made: {error}", profile.data.display()))?;
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .thread_name("net")
        .enable_all()
        .build()
        .map_err(|error| format!("the system gives no threads: {error}"))?;
    let setup = Setup {
        downloads: profile.downloads.clone(),
        start: Start {
            config,
            config_path,
            network: network.clone(),
            loaded: store::Loaded::default(),
            store_problem: None,
        },
        database: database(profile),
        config_path: profile.config.clone(),
        network,
        given,
        document,
        document_path,
        effective,
    };
    let core = {
        let _inside = runtime.enter();
        tandem::account::io::start(setup).map_err(|error| match error {
            StartError::Store(error) => format!("the messages cannot be opened: {error}"),
            StartError::Media(error) => error.to_string(),
            StartError::Random(error) => error,
        })?
    };
    Ok((core, runtime))
}

fn database(profile: &Profile) -> PathBuf {
    profile.data.join("tandem.db")
}

fn level_name(level: LogLevel) -> &'static str {
    match level {
        LogLevel::Error => "error",
        LogLevel::Warn => "warn",
        LogLevel::Info => "info",
        LogLevel::Debug => "debug",
        LogLevel::Trace => "trace",
    }
}

/// What the command line asked for, once the program runs.
async fn obey(handle: Handle, command: Command) {
    let request = match command {
        Command::Call(to) => {
            wait_for_voice(&handle).await;
            Request::Call {
                to: CallTo::Text(to.into()),
                account: None,
                via: None,
                confirm: false,
                video: false,
                anonymous: None,
            }
        }
        Command::Chat(jid) => match Jid::parse_dropping_resource(&jid) {
            Ok(jid) => {
                handle.heard().await;
                Request::Raise(Some(jid))
            }
            Err(_) => return,
        },
        Command::Uri(uri) => {
            handle.heard().await;
            Request::OpenUri(uri.into())
        }
        Command::Open
        | Command::Headless
        | Command::CheckConfig(_)
        | Command::Provision { .. }
        | Command::ExplainNumber(_)
        | Command::Diagnose { .. }
        | Command::Ctl { .. }
        | Command::Watch
        | Command::Help
        | Command::Version => return,
    };
    if let Err(refusal) = handle.request(request).await {
        tracing::error!("{refusal}");
    }
}

async fn wait_for_voice(handle: &Handle) {
    let mut snapshots = handle.snapshots();
    let online = snapshots.wait_for(|snapshot| {
        snapshot
            .accounts
            .iter()
            .any(|account| account.service == Service::Voice && account.state == ConnectionState::Online)
    });
    // Too late is not an error here: the call itself says why it cannot be placed.
    let _ = tokio::time::timeout(SIGN_IN_PATIENCE, online).await;
}

/// SIGTERM and SIGINT end the program as its user would.
async fn end_on_signal(handle: Handle) {
    #[cfg(unix)]
    {
        use tokio::signal::unix::{SignalKind, signal};
        let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt()))
        else {
            return;
        };
        tokio::select! {
            _ = term.recv() => {}
            _ = interrupt.recv() => {}
        }
    }
    #[cfg(not(unix))]
    if tokio::signal::ctrl_c().await.is_err() {
        return;
    }
    let _ = handle.request(Request::Quit).await;
}
