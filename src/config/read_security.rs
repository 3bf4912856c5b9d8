//! Reads `[security]`, and what an account says about its own protection.

use std::path::PathBuf;

use super::settings::SecurityPolicy;
use super::table::{PlaceOf, Problems, Table};
use crate::model::{Aspect, Floor};

/// `[security]`.
pub(super) fn security(table: &mut Table<'_>, problems: &mut Problems<'_>) -> SecurityPolicy {
    SecurityPolicy { minimum: table.parsed("minimum", Floor::WORDS, problems, Floor::parse).unwrap_or_default() }
}

/// `client-certificate` and `client-key` of an account; without the latter the key is in the certificate's file.
pub(super) fn client_certificate(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Option<(PathBuf, PathBuf)> {
    let certificate = table.text("client-certificate", problems);
    let key = table.text("client-key", problems);
    match (certificate, key) {
        (Some(certificate), Some(key)) => {
            let (certificate, key) = (PathBuf::from(certificate), PathBuf::from(key));
            problems.note(table.span_of("client-certificate"), PlaceOf::CaFile(certificate.clone()));
            problems.note(table.span_of("client-key"), PlaceOf::KeyFile(key.clone()));
            Some((certificate, key))
        }
        (Some(both), None) => {
            let both = PathBuf::from(both);
            problems.note(table.span_of("client-certificate"), PlaceOf::KeyFile(both.clone()));
            Some((both.clone(), both))
        }
        (None, Some(_)) => {
            problems.report(table.span_of("client-key"), "client-key needs client-certificate beside it");
            None
        }
        (None, None) => None,
    }
}

/// `accept-weaker` of an account.
pub(super) fn accept_weaker(table: &mut Table<'_>, problems: &mut Problems<'_>) -> Vec<Aspect> {
    let mut accepted = Vec::new();
    for (text, span) in table.texts("accept-weaker", problems).unwrap_or_default() {
        match Aspect::parse(&text) {
            Some(aspect) if accepted.contains(&aspect) => {
                problems.report(span, format_args!("accept-weaker: {text:?} is there twice"));
            }
            Some(aspect) => accepted.push(aspect),
            None => {
                let words = Aspect::ALL.map(Aspect::word).join(", ");
                problems.report(span, format_args!("accept-weaker: {text:?} is not one of {words}"));
            }
        }
    }
    accepted
}
