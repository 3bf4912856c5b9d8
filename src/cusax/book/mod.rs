//! Files of people: vCard 2.1, 3 (RFC 2426) and 4 (RFC 6350) read, 3 and 4 written (C-17, C-24).
//!
//! What cannot be used is told with its line and changes nothing else. The text of each card is kept, so that an export
//! writes back also what Tandem has no use for.

mod read;
mod write;

pub(super) use read::clean;
pub use read::{LARGEST_FILE, MOST_PEOPLE, PeopleFile, ReadPerson, read_people};
pub use write::write_people;
