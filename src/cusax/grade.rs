//! How far an address is proven to be a person's, and by what (C-17, C-22, C-23, C-24; requirements 1.8).

use std::sync::Arc;

use super::index::{Authority, Standing};
use crate::model::{AddressSource, Grade, Subscription};

/// What is known when one word about one address is weighed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Word {
    /// Who says it.
    pub source: AddressSource,
    /// Who sees whom: a card counts only of somebody whose server told us that it is theirs.
    pub subscription: Subscription,
    /// For a directory: the configuration names it.
    pub trusted: bool,
    /// For a hint in a call: the card that it names has been read, and is of somebody whom we see.
    pub card_read: bool,
}

impl Word {
    /// What the word is worth for naming callers; `None`: nothing.
    pub fn authority(&self) -> Option<Authority> {
        match self.source {
            AddressSource::AddressBook => Some(Authority::Book),
            AddressSource::Directory => self.trusted.then_some(Authority::Directory),
            AddressSource::VcardTemp | AddressSource::Vcard4 => {
                self.subscription.sees_contact().then_some(Authority::Card)
            }
            AddressSource::Reach | AddressSource::CallInfo => None,
        }
    }

    /// The sentence that says who says it.
    pub fn sentence(&self) -> &'static str {
        match self.source {
            AddressSource::VcardTemp | AddressSource::Vcard4 => "Their own card lists it.",
            AddressSource::Reach => "They announced it for now; that proves nothing about who calls from there.",
            AddressSource::AddressBook => "Your address book lists it.",
            AddressSource::Directory if self.trusted => "The directory lists it.",
            AddressSource::Directory => "An imported directory lists it that your configuration does not name.",
            AddressSource::CallInfo => "A call from there named their chat address.",
        }
    }
}

/// The grade of one word, and what stands against it: the truth table of requirements 1.8 for addresses.
pub fn grade(word: &Word, standing: Standing) -> (Grade, Option<Arc<str>>) {
    let Some(_) = word.authority() else {
        return match word.source {
            AddressSource::VcardTemp | AddressSource::Vcard4 => {
                (Grade::Claimed, Some("You are not subscribed to them, so their card proves nothing.".into()))
            }
            // The card that the hint names does not list the address: otherwise the card's own word stood here.
            AddressSource::CallInfo if word.card_read => {
                (Grade::Refuted, Some("Their own card does not list it: the caller may have lied.".into()))
            }
            AddressSource::CallInfo | AddressSource::Reach | AddressSource::Directory | AddressSource::AddressBook => {
                (Grade::Claimed, None)
            }
        };
    };
    match standing {
        Standing { overruled: Some(Authority::Book), .. } => {
            (Grade::Claimed, Some("Your address book says that it is somebody else's.".into()))
        }
        Standing { overruled: Some(_), .. } => {
            (Grade::Claimed, Some("The directory says that it is somebody else's.".into()))
        }
        Standing { rivals: 0, .. } => (Grade::Confirmed, None),
        Standing { .. } => (Grade::Claimed, Some("It is listed for somebody else too.".into())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use AddressSource::{AddressBook, CallInfo, Directory, Reach, Vcard4, VcardTemp};
    use Grade::{Claimed, Confirmed, Refuted};
    use Subscription::{Both, From, None as Neither, To};

    const ALONE: Standing = Standing { rivals: 0, overruled: None };
    const SHARED: Standing = Standing { rivals: 1, overruled: None };
    const BOOKED: Standing = Standing { rivals: 0, overruled: Some(Authority::Book) };
    const LISTED: Standing = Standing { rivals: 0, overruled: Some(Authority::Directory) };

    /// Each row: the statement of the requirements that it comes from, then who says it and how, then the grade.
    #[test]
    fn c22_c23_c24_every_word_about_an_address_has_the_grade_of_the_truth_table() {
        let rows: &[(&str, AddressSource, Subscription, bool, bool, Standing, Grade)] = &[
            // "exactly one contact with subscription to or both lists that address in its own card"
            ("1.8 (2) to", VcardTemp, To, false, true, ALONE, Confirmed),
            ("1.8 (2) both", VcardTemp, Both, false, true, ALONE, Confirmed),
            ("1.8 (2) both, vCard4", Vcard4, Both, false, true, ALONE, Confirmed),
            ("1.8 (2) from", VcardTemp, From, false, true, ALONE, Claimed),
            ("1.8 (2) none", Vcard4, Neither, false, true, ALONE, Claimed),
            // "If two cards claim the address, both are only claimed"
            ("1.8 two cards", VcardTemp, Both, false, true, SHARED, Claimed),
            ("1.8 two cards, one of them not seen", VcardTemp, From, false, true, SHARED, Claimed),
            // "or the user's address book does"; C-24: it wins over remote claims
            ("1.8 book", AddressBook, Neither, false, false, ALONE, Confirmed),
            ("1.8 book, of a contact", AddressBook, Both, false, true, ALONE, Confirmed),
            ("C-24 the book says somebody else", VcardTemp, Both, false, true, BOOKED, Claimed),
            ("C-24 two entries of the book", AddressBook, Neither, false, false, SHARED, Claimed),
            ("C-24 the book over a directory", Directory, Neither, true, false, BOOKED, Claimed),
            // C-23: "or a trusted directory says so"; C-17: as the configuration says
            ("C-23 trusted directory", Directory, Neither, true, false, ALONE, Confirmed),
            ("C-23 directory that nobody trusts", Directory, Neither, false, false, ALONE, Claimed),
            ("C-23 the directory says somebody else", Vcard4, Both, false, true, LISTED, Claimed),
            ("C-23 two entries of directories", Directory, Neither, true, false, SHARED, Claimed),
            // "claimed: somebody says so without that proof (…, reachability, Call-Info)"
            ("1.8 reachability", Reach, Both, false, true, ALONE, Claimed),
            ("1.8 reachability of a stranger", Reach, Neither, false, false, ALONE, Claimed),
            ("1.8 Call-Info, card not read", CallInfo, Both, false, false, ALONE, Claimed),
            // "refuted: the card that the hint names does not list the address"
            ("1.8 Call-Info, card read", CallInfo, Both, false, true, ALONE, Refuted),
            ("1.8 Call-Info, listed by nobody", CallInfo, To, false, true, SHARED, Refuted),
        ];
        for (name, source, subscription, trusted, card_read, standing, expected) in rows {
            let word = Word { source: *source, subscription: *subscription, trusted: *trusted, card_read: *card_read };
            let (found, against) = grade(&word, *standing);
            assert_eq!(found, *expected, "{name}");
            // Whatever is not proven by a word that could prove it says why.
            let explained = matches!(source, Reach | CallInfo | Directory) || against.is_some();
            assert!(found == Confirmed || explained, "{name}: no reason");
            assert!(found != Confirmed || against.is_none(), "{name}");
        }
    }

    #[test]
    fn only_words_that_prove_something_name_callers() {
        for (source, subscription, trusted, names) in [
            (VcardTemp, Both, false, true),
            (Vcard4, To, false, true),
            (Vcard4, From, false, false),
            (VcardTemp, Neither, true, false),
            (AddressBook, Neither, false, true),
            (Directory, Neither, true, true),
            (Directory, Both, false, false),
            (Reach, Both, true, false),
            (CallInfo, Both, true, false),
        ] {
            let word = Word { source, subscription, trusted, card_read: true };
            assert_eq!(word.authority().is_some(), names, "{source:?} {subscription:?}");
        }
    }
}
