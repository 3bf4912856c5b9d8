//! RFC 7081 as pure functions over `model`: what an entry offers and why not, where a call goes and by which account,
//! who is calling and on whose word, what it may cost, and how the two connections compare.
//!
//! Not a machine: data in, data out. The ids C-nn of the requirements stand beside the code that meets them.

mod actions;
mod addresses;
mod call_info;
mod caller;
mod cost;
mod defaults;
mod downgrade;
mod index;
mod own_presence;
mod parity;
mod reachable;
mod route;
mod target;

pub use actions::{VoiceStanding, actions};
pub use addresses::{AddressRules, addresses};
pub use call_info::call_info;
pub use caller::{Person, identify};
pub use cost::cost;
pub use defaults::{Effective, FeatureOrigin, calls_sentence, effective};
pub use downgrade::{Downgrade, Strongest};
pub use index::{CallerIndex, Key};
pub use own_presence::{Circumstances, Published, published};
pub use parity::{LoginStrength, Side, Sound, SoundPolicy, compare, findings, level, login_strength};
pub use reachable::reachable;
pub use route::{RouteError, VoiceAccount, route};
pub use target::{Target, dial_uri, target_of_contact, target_of_text};
