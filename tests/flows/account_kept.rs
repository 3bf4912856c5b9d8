//! A manager driven by hand whose store is a real one.

use tandem::account::{Effect, Input};
use tandem::config;
use tandem::store::{self, Store};

use super::world::World;

/// A world with a database in a folder of its own.
pub struct Kept {
    pub world: World,
    pub store: Store,
    /// So many effects were seen to.
    pub done: usize,
    _folder: tempfile::TempDir,
}

impl Kept {
    /// Both services are online; nothing of how that came is left to be done.
    pub fn online(keys: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let (store, _) = store::open(&folder.path().join("db")).unwrap();
        let mut world = World::online_with(parsed(keys));
        world.storing = false;
        world.effects.clear();
        Self { world, store, done: 0, _folder: folder }
    }

    /// The store does what it was asked.
    pub fn settle(&mut self) {
        while let Some(effect) = self.world.effects.get(self.done) {
            self.done += 1;
            if let Effect::Store(command) = effect {
                for event in self.store.execute(std::slice::from_ref(command)).unwrap() {
                    self.world.put(Input::Store(event));
                }
            }
        }
    }
}

/// Two accounts that belong together, and more keys.
fn parsed(keys: &str) -> config::Config {
    let text = format!(
        "[[chat]]\nid = \"chat\"\naddress = \"alice@example.com\"\npassword = \"x\"\n[[voice]]\nid = \"voice\"\n\
         address = \"sip:alice@example.com\"\npassword = \"x\"\n[[relation]]\nchat = \"chat\"\nvoice = \"voice\"\n{keys}"
    );
    config::parse(&text, "config.toml").unwrap_or_else(|problems| panic!("{problems:?}"))
}
