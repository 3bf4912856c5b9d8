//! Arguments, configuration, logging, runtime, window; nothing else.

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use tandem::account::io::{Core, Setup, StartError};
use tandem::account::{Request, Start};
use tandem::config::{self, Network, io::Loaded};
use tandem::platform::{Profile, logging};
use tandem::store;

fn main() -> ExitCode {
    // One crypto provider for everything that does TLS; a second installation fails and changes nothing.
    let _ = rustls::crypto::ring::default_provider().install_default();
    let args: Vec<String> = std::env::args().skip(1).collect();
    let folder = args.iter().position(|a| a == "--profile").and_then(|at| args.get(at + 1)).map(PathBuf::from);
    let profile = folder.map_or_else(Profile::default_folders, |folder| Profile::in_folder(&folder));
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
    if headless {
        let quit = handle.clone();
        runtime.spawn(async move {
            let _ = tokio::signal::ctrl_c().await;
            let _ = quit.request(Request::Quit).await;
        });
    } else {
        #[cfg(feature = "gui")]
        if let Err(error) = tandem::gui::run(handle, tandem::gui::Options::default()) {
            tracing::error!("{error}");
        }
    }
    let _ = runtime.block_on(done);
    Ok(())
}
