//! Arguments, configuration, logging, runtime, window; nothing else.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tandem::account::io::{Core, Setup, StartError};
use tandem::account::{Handle, Request, Start};
use tandem::config::{self, Network, io::Loaded};
use tandem::control;
use tandem::platform::{Profile, logging};
use tandem::store;

fn main() -> ExitCode {
    // One crypto provider for everything that does TLS; a second installation fails and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = args.iter().position(|a| a == "--profile").and_then(|at| args.get(at + 1)).map(PathBuf::from);
    let profile = folder.map_or_else(Profile::default_folders, |folder| Profile::in_folder(&folder));
    #[cfg(unix)]
    if let Some(at) = args.iter().position(|word| word == "ctl") {
        let (mut out, mut err) = (std::io::stdout(), std::io::stderr());
        let rest = args.get(at + 1..).unwrap_or_default();
        return ExitCode::from(control::client::run(&profile.control_path, rest, &mut out, &mut err).status());
    }
    let headless = args.iter().any(|a| a == "--headless");
    match run(&profile, headless, Network::default()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run(profile: &Profile, headless: bool, network: Network) -> Result<(), StartError> {
    let config_path: Arc<str> = profile.config.display().to_string().into();
    let (config, level, network) = match config::io::load(&profile.config) {
        Loaded::Config(config, _) => {
            let network = config.network.clone();
            (Ok(*config), "info", network)
        }
        Loaded::Missing => (Err(Vec::new()), "info", network),
        Loaded::Broken(problems) => (Err(problems.iter().map(|p| p.to_string().into()).collect()), "info", network),
    };
    logging::start(level, Some(&profile.logs));
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().expect("runtime");
    let setup = Setup {
        start: Start {
            config,
            config_path,
            network: network.clone(),
            loaded: store::Loaded::default(),
            store_problem: None,
        },
        database: profile.data.join("tandem.db"),
        config_path: profile.config.clone(),
        network,
    };
    let Core { handle, done } = runtime.block_on(async { tandem::account::io::start(setup) })?;
    #[cfg(unix)]
    {
        let _inside = runtime.enter();
        match control::server::Server::bind(&profile.control_path, &Profile::runtime_folder()) {
            Ok(server) => drop(runtime.spawn(server.serve(handle.clone()))),
            Err(error) => tracing::error!(%error, "there is no control socket"),
        }
        runtime.spawn(end_on_signal(handle.clone()));
    }
    if !headless {
        #[cfg(feature = "gui")]
        if let Err(error) = tandem::gui::run(handle, tandem::gui::Options::default()) {
            tracing::error!("{error}");
        }
    }
    let _ = runtime.block_on(done);
    Ok(())
}

/// SIGTERM and SIGINT end the program as its user would.
#[cfg(unix)]
async fn end_on_signal(handle: Handle) {
    use tokio::signal::unix::{SignalKind, signal};
    let (Ok(mut term), Ok(mut interrupt)) = (signal(SignalKind::terminate()), signal(SignalKind::interrupt())) else {
        return;
    };
    tokio::select! {
        _ = term.recv() => {}
        _ = interrupt.recv() => {}
    }
    let _ = handle.request(Request::Quit).await;
}
