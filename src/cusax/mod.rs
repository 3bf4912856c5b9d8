//! RFC 7081 as pure functions over `model`: what an entry offers and why not, where a call goes and by which account,
//! who is calling and on whose word, what it may cost, and how the two connections compare.
//!
//! Not a machine: data in, data out. The ids C-nn of the requirements stand beside the code that meets them.

mod actions;
mod addresses;
mod belongs;
mod book;
mod call_info;
mod caller;
mod cost;
mod defaults;
mod downgrade;
mod grade;
mod holders;
mod import;
mod index;
mod meeting;
#[cfg(test)]
mod meeting_tests;
mod own_card;
mod own_presence;
mod parity;
mod reach;
mod reachable;
mod route;
mod screening;
mod target;
mod toll;

pub use actions::{VoiceStanding, actions};
pub use addresses::{AddressRules, Listed, Way, addresses, listed, listed_by_card, merge};
pub use belongs::belongs;
pub use book::{LARGEST_FILE, MOST_PEOPLE, PeopleFile, ReadPerson, read_people, write_people};
pub use call_info::call_info;
pub use caller::{Person, hint_to_keep, identify};
pub use cost::cost;
pub use defaults::{Effective, FeatureOrigin, calls_sentence, effective};
pub use downgrade::{Downgrade, Strongest};
pub use grade::{Word, grade};
pub use import::{Brought, OtherAccount, OtherFile, OtherProgram, SQLITE, UnknownFile, read_other};
pub use index::{Authority, Balance, CallerIndex, Key, Standing};
pub use meeting::{
    Named, RoomClaims, Talker, Writer, callable, is_trusted, participants, room_calls, same_call, talkers,
};
pub use own_card::{Leads, MOST_ENTRIES, entry, leads, lists, own_entry};
pub use own_presence::{Circumstances, Published, published};
pub use parity::{LoginStrength, Side, Sound, SoundPolicy, compare, findings, level, login_strength};
pub use reach::announced;
pub use reachable::reachable;
pub use route::{Remembered, RouteError, RouteQuestion, Routed, Rule, VoiceAccount, route};
pub use screening::{Screening, screen};
pub use target::{Target, dial_uri, target_of_address, target_of_contact, target_of_text};
pub use toll::{Reason, Spare, Toll, gateway_toll, number_of, reasons, toll};
