//! The shell of the manager: channels in, effects out, snapshots to whoever watches.

mod accounts;
mod alone;
mod book;
mod diagnose;
mod exports;
mod files;
mod layers;
mod message_pictures;
mod others;
mod own_picture;
mod path_servers;
mod pictures;
mod searches;
mod sharing;
mod unsent;

use std::collections::HashMap;
use std::panic::{self, AssertUnwindSafe};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use tokio::sync::{broadcast, mpsc, oneshot, watch};
use tokio::time::{Instant, sleep_until};

use self::accounts::{Accounts, Told};
pub use self::alone::Alone;
use self::layers::Layers;
use self::sharing::Sharing;
use self::unsent::Unsent;
use super::effect::{Effect, Input, Ticket};
use super::{Handle, Manager, NOTICES, Notice, REQUESTS, Reconfigured, Refusal, Reply, Request, Snapshot, Start};
use crate::config::{Effective, Network};
use crate::media::io::CommandSender;
use crate::model::{BootTime, Meters, Now};
use crate::net::monitor::{self, NetworkNotice};
use crate::net::route::local_towards;
use crate::provisioning::Document;
use crate::{media, platform, store};

/// Inputs of all neighbours that wait. When full, each neighbour waits in turn: back-pressure down to TCP.
const INPUTS: usize = 1024;
/// Events of the store that wait. When full, the store waits.
const STORE_EVENTS: usize = 256;
/// Between two snapshots: what changes faster than the screen is drawn is shown together.
const PUBLISH: Duration = Duration::from_millis(15);
/// How soon commands that the store had no room for are offered again when nothing else happens.
const RETRY: Duration = Duration::from_millis(50);
/// Inputs that are handled before a snapshot is due all the same.
const BATCH: usize = 256;

/// What the shell starts with.
pub struct Setup {
    /// What the manager starts with; `loaded` and `store_problem` are filled in here.
    pub start: Start,
    /// The database.
    pub database: PathBuf,
    /// The configuration file.
    pub config_path: PathBuf,
    /// The folder of files that were sent to the user.
    pub downloads: PathBuf,
    /// Names and trust.
    pub network: Network,
    /// What the command line gave of that.
    pub given: Network,
    /// The last good provisioning document, and where it is kept.
    pub document: Option<Document>,
    /// Where the next one is kept.
    pub document_path: PathBuf,
    /// The configuration with its origins, where there is one.
    pub effective: Option<Box<Effective>>,
}

/// Why the program cannot start.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// The media thread.
    #[error(transparent)]
    Media(#[from] media::io::StartError),
    /// Another instance has the database, or it is of a newer version: going on could only do harm.
    #[error(transparent)]
    Store(store::StoreError),
    /// The system's randomness.
    #[error("the system gives no random numbers: {0}")]
    Random(String),
}

/// The running core: end it by `Request::Quit`, then wait for `done`.
pub struct Core {
    /// The way in.
    pub handle: Handle,
    /// Completes when everything is closed.
    pub done: tokio::task::JoinHandle<()>,
}

/// Starts everything below the window. Call it inside the runtime.
pub fn start(mut setup: Setup) -> Result<Core, StartError> {
    let (store_events, from_store) = mpsc::channel(STORE_EVENTS);
    let store = match store::io::spawn(&setup.database, store_events) {
        Ok((store, loaded)) => {
            setup.start.loaded = loaded;
            Some(store)
        }
        // Without a store nothing that is written or received could be kept: better no start than silent loss,
        // except where the disk may recover, which the store itself waits for.
        Err(error) => return Err(StartError::Store(error)),
    };
    let (media, from_media) = media::io::spawn(media::io::Setup {
        input: "null".into(),
        output: "null".into(),
        ring: "null".into(),
        processing: media::Processing::default(),
        ports: media::io::PORTS,
        trust: accounts::trust(&setup.network),
        seed: seed()?,
    })?;
    let (requests, from_requests) = mpsc::channel(REQUESTS);
    let (snapshots, watched) = watch::channel(Arc::new(Snapshot::empty()));
    let (meters, watched_meters) = watch::channel(Meters::default());
    let (notices, _) = broadcast::channel(NOTICES);
    let (inputs, inbox) = mpsc::channel(INPUTS);
    let (told, from_accounts) = mpsc::channel(INPUTS);
    let handle = Handle::new(requests, watched, watched_meters, notices.clone());
    let mut manager = Manager::new(setup.start, seed()?, platform::now());
    manager.set_recordings_folder(setup.database.with_file_name("recordings"));
    if let Some(effective) = setup.effective {
        let start = Reconfigured { effective: *effective, document: setup.document.clone() };
        manager.handle(Input::Reconfigured(None, Ok(Box::new(start))), platform::now());
    }
    // The first snapshot is there before anybody looks.
    if let Some(snapshot) = manager.take_snapshot() {
        let _ = snapshots.send(snapshot);
    }
    let accounts = Accounts::new(told, setup.network.clone());
    let shell = Shell {
        manager,
        sharing: Sharing::new(
            setup.network.clone(),
            accounts.resolver(),
            setup.downloads,
            setup.database.with_file_name("pictures"),
            inputs.clone(),
        ),
        accounts,
        network: setup.network,
        inputs,
        inbox,
        from_accounts,
        from_requests,
        from_store,
        from_media,
        store,
        unsent: Unsent::default(),
        media: Some(media),
        layers: Layers::new(setup.config_path.clone(), setup.document_path, setup.document, setup.given),
        config_path: setup.config_path,
        tickets: HashMap::new(),
        next_ticket: 0,
        snapshots,
        meters,
        notices,
        seq: 0,
        published: Instant::now(),
    };
    Ok(Core { handle, done: tokio::spawn(shell.run()) })
}

/// Fresh, unpredictable bytes.
fn seed() -> Result<[u8; 32], StartError> {
    use rand::TryRngCore as _;
    let mut seed = [0; 32];
    rand::rngs::OsRng.try_fill_bytes(&mut seed).map_err(|error| StartError::Random(error.to_string()))?;
    Ok(seed)
}

struct Shell {
    manager: Manager,
    sharing: Sharing,
    accounts: Accounts,
    /// Names and trust, for documents.
    network: Network,
    inputs: mpsc::Sender<Input>,
    inbox: mpsc::Receiver<Input>,
    from_accounts: mpsc::Receiver<Told>,
    from_requests: mpsc::Receiver<(Request, oneshot::Sender<Result<Reply, Refusal>>)>,
    from_store: mpsc::Receiver<store::Event>,
    from_media: mpsc::Receiver<media::Event>,
    store: Option<store::io::Handle>,
    unsent: Unsent,
    media: Option<CommandSender>,
    config_path: PathBuf,
    layers: Layers,
    tickets: HashMap<Ticket, oneshot::Sender<Result<Reply, Refusal>>>,
    next_ticket: u64,
    snapshots: watch::Sender<Arc<Snapshot>>,
    meters: watch::Sender<Meters>,
    notices: broadcast::Sender<Notice>,
    seq: u64,
    published: Instant,
}

impl Shell {
    /// Handle once, drain, then wait for the earliest timeout or the next input.
    async fn run(mut self) {
        let mut network = monitor::spawn();
        let mut stale = true;
        if self.drain() {
            return;
        }
        loop {
            let timeout = self.manager.poll_timeout().map(instant);
            let publish = self.published + PUBLISH;
            tokio::select! {
                biased;
                // What is due comes first: a flood of inputs must hold up neither timers nor the screen.
                () = sleep_until(publish), if stale => {
                    self.published = Instant::now();
                    stale = false;
                    if let Some(snapshot) = self.manager.take_snapshot() {
                        let _ = self.snapshots.send(snapshot);
                    }
                    continue;
                }
                () = sleep_until(timeout.unwrap_or(publish)), if timeout.is_some() => {
                    self.contained(|manager| manager.handle_timeout(platform::now()));
                }
                // Not every command is answered: the store may have room again without saying so.
                () = sleep_until(Instant::now() + RETRY), if !self.unsent.is_empty() => {
                    self.flush();
                    continue;
                }
                Some((request, reply)) = self.from_requests.recv() => {
                    self.next_ticket += 1;
                    let ticket = Ticket(self.next_ticket);
                    self.tickets.insert(ticket, reply);
                    self.handle(Input::Request(ticket, Box::new(request)), platform::now());
                }
                Some(event) = self.from_media.recv() => match event {
                    media::Event::Meters(meters) => { let _ = self.meters.send(meters); }
                    event => self.handle(Input::Media(event), platform::now()),
                },
                Some(event) = self.from_store.recv() => {
                    self.handle(Input::Store(event), platform::now());
                    self.batch();
                }
                Some(told) = self.from_accounts.recv() => {
                    if let Some(input) = self.accounts.current(told) {
                        self.handle(input, platform::now());
                    }
                    self.batch();
                }
                Some(input) = self.inbox.recv() => self.handle(input, platform::now()),
                Some(notice) = network.recv() => {
                    tracing::debug!(?notice, "the network");
                    let input = match notice {
                        NetworkNotice::Changed => Input::NetworkChanged,
                        NetworkNotice::Woke => Input::Woke,
                    };
                    self.handle(input, platform::now());
                }
            }
            stale = true;
            if self.drain() {
                break;
            }
        }
        if let Some(snapshot) = self.manager.take_snapshot() {
            let _ = self.snapshots.send(snapshot);
        }
        self.finish().await;
    }

    fn handle(&mut self, input: Input, now: Now) {
        self.contained(|manager| manager.handle(input, now));
    }

    /// A defect that one input finds is that input's end: whatever else the program is doing goes on (F30).
    fn contained(&mut self, does: impl FnOnce(&mut Manager)) {
        let manager = &mut self.manager;
        // The report is written where the panic happens.
        let _ = panic::catch_unwind(AssertUnwindSafe(|| does(manager)));
    }

    /// What waits already is handled before the effects of it are run, so that a storm costs little.
    fn batch(&mut self) {
        for _ in 0..BATCH {
            let input = match self.from_store.try_recv() {
                Ok(event) => Input::Store(event),
                Err(_) => match self.from_accounts.try_recv() {
                    Ok(told) => match self.accounts.current(told) {
                        Some(input) => input,
                        None => continue,
                    },
                    Err(_) => return,
                },
            };
            self.handle(input, platform::now());
        }
    }

    /// Runs what the manager wants done. True: the program ends.
    #[allow(clippy::result_large_err)]
    fn drain(&mut self) -> bool {
        self.flush();
        while let Some(effect) = self.manager.poll_output() {
            match effect {
                Effect::StartChat { id, config, secret, certificates } => {
                    self.accounts.start_chat(id, *config, secret, certificates);
                }
                Effect::StartVoice { id, config, secret, certificates } => {
                    self.accounts.start_voice(id, *config, secret, certificates);
                }
                Effect::Stop(id) => self.accounts.stop(&id),
                Effect::Chat(id, command) => self.accounts.chat(&id, command),
                Effect::Voice(id, command) => self.accounts.voice(&id, command),
                Effect::Media(command) => {
                    if let Some(media) = &self.media
                        && media.send(command).is_err()
                    {
                        tracing::error!("the media thread does not take commands");
                    }
                }
                Effect::Store(command) => {
                    if let Some(store) = &self.store {
                        self.unsent.send(command, |command| store.send(command));
                    }
                }
                Effect::Answer(ticket, answer) => {
                    if let Some(reply) = self.tickets.remove(&ticket) {
                        // Whoever asked looks next at what the request did: it has to be there by then.
                        if let Some(snapshot) = self.manager.take_snapshot() {
                            let _ = self.snapshots.send(snapshot);
                        }
                        // Who asked may have gone away meanwhile.
                        let _ = reply.send(answer);
                    }
                }
                Effect::Notice(body) => {
                    self.seq += 1;
                    let _ = self.notices.send(Notice { seq: self.seq, body });
                }
                Effect::Decode { jid, picture } => pictures::decode(jid, picture, self.inputs.clone()),
                Effect::OwnPicture(number, from) => own_picture::prepare(number, from, self.inputs.clone()),
                Effect::WriteConfig { accounts, password, keyring } => {
                    files::write_config(
                        self.config_path.clone(),
                        accounts,
                        password,
                        keyring,
                        self.layers.clone(),
                        self.inputs.clone(),
                    );
                }
                Effect::Search(search) => {
                    let (network, layers) = (self.network.clone(), self.layers.clone());
                    searches::run(*search, network, layers, self.inputs.clone());
                }
                Effect::Adopt(found) => self.layers.adopt(*found, self.inputs.clone()),
                Effect::Provision(document) => self.layers.provision(*document, self.inputs.clone()),
                Effect::ChangeSetting { ticket, key, value } => {
                    self.layers.change_setting(ticket, key, value, self.inputs.clone());
                }
                Effect::EditConfig(edits) => self.layers.edit(edits, self.inputs.clone()),
                Effect::WriteRelation { chat, voice } => {
                    self.layers.relate(chat, voice, self.inputs.clone());
                }
                Effect::KeepPassword { id, source, address, password } => {
                    files::keep_password(self.config_path.clone(), id, source, address, password, self.inputs.clone());
                }
                Effect::File(effect) => self.sharing.run(effect),
                Effect::Export(part) => exports::run(part, self.inputs.clone()),
                Effect::Accounts(effect) => others::run(effect, &self.layers, self.inputs.clone()),
                Effect::Book(file) => book::run(file, self.config_path.clone(), self.inputs.clone()),
                Effect::Diagnose { ticket, diagnosis } => {
                    if let Some(reply) = self.tickets.remove(&ticket) {
                        // Whoever asked looks next at what the request did: it has to be there by then.
                        if let Some(snapshot) = self.manager.take_snapshot() {
                            let _ = self.snapshots.send(snapshot);
                        }
                        diagnose::run(*diagnosis, self.accounts.resolver(), self.config_path.clone(), reply);
                    }
                }
                Effect::FindWay(call, to) => {
                    // Full: the next change of the network asks again.
                    let _ = self.inputs.try_send(Input::Way(call, to, local_towards(to)));
                }
                Effect::FindPathServers { media, named } => {
                    path_servers::find(*media, named, self.accounts.resolver(), self.inputs.clone());
                }
                Effect::Quit => return true,
            }
        }
        false
    }

    /// Offers the store again what it had no room for.
    // What comes back is the command itself.
    #[allow(clippy::result_large_err)]
    fn flush(&mut self) {
        if let Some(store) = &self.store {
            self.unsent.flush(|command| store.send(command));
        }
    }

    /// Lets the connections and the media thread end by themselves, so that recordings are whole.
    async fn finish(mut self) {
        self.flush();
        self.media = None;
        self.store = None;
        self.accounts.stop_all().await;
        let closing = async { while self.from_media.recv().await.is_some() {} };
        if tokio::time::timeout(Duration::from_secs(2), closing).await.is_err() {
            tracing::warn!("the media thread did not end in time");
        }
    }
}

/// The runtime's clock at a boot time.
fn instant(due: BootTime) -> Instant {
    Instant::now() + due.saturating_since(platform::now().boot)
}
