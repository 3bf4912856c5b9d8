//! Why a session ends (XEP-0166 section 7.4).

use minidom::Element;

use super::super::stanza::ns;

/// The conditions of XEP-0166 section 7.4 that say something of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Condition {
    /// They are in another session already.
    AlternativeSession,
    /// Busy.
    Busy,
    /// The caller gave up.
    Cancel,
    /// The network lets nothing through.
    ConnectivityError,
    /// Declined.
    Decline,
    /// Nobody answered in time, or another attempt took its place.
    Expired,
    /// Their program cannot use what was offered.
    FailedApplication,
    /// Their program could not find a path.
    FailedTransport,
    /// Something broke.
    GeneralError,
    /// They went away.
    Gone,
    /// The two have no sound in common.
    IncompatibleParameters,
    /// The call goes on with another device of the same person (XEP-0353 section 4.2, where it is written as expired).
    Migrated,
    /// Keys or fingerprints do not fit.
    SecurityError,
    /// Hung up after a conversation.
    Success,
    /// It took too long.
    Timeout,
    /// They cannot do calls of this kind.
    UnsupportedApplications,
    /// They cannot do ICE over UDP.
    UnsupportedTransports,
    /// Nobody is there who can be called.
    Unavailable,
}

/// Names beside conditions; [`Condition::Unavailable`] is none of XEP-0166 and comes from stanza errors.
const NAMES: &[(Condition, &str)] = &[
    (Condition::AlternativeSession, "alternative-session"),
    (Condition::Busy, "busy"),
    (Condition::Cancel, "cancel"),
    (Condition::ConnectivityError, "connectivity-error"),
    (Condition::Decline, "decline"),
    (Condition::Expired, "expired"),
    // Read as the one before it.
    (Condition::Migrated, "expired"),
    (Condition::FailedApplication, "failed-application"),
    (Condition::FailedTransport, "failed-transport"),
    (Condition::GeneralError, "general-error"),
    (Condition::Gone, "gone"),
    (Condition::IncompatibleParameters, "incompatible-parameters"),
    (Condition::SecurityError, "security-error"),
    (Condition::Success, "success"),
    (Condition::Timeout, "timeout"),
    (Condition::UnsupportedApplications, "unsupported-applications"),
    (Condition::UnsupportedTransports, "unsupported-transports"),
];

impl Condition {
    /// Reads the `<reason/>` of an element; what is not known is a general error, and nothing at all none.
    pub(super) fn read(parent: &Element) -> Option<Self> {
        let reason = parent.get_child("reason", ns::JINGLE)?;
        let named =
            |child: &Element| NAMES.iter().find(|(_, name)| *name == child.name()).map(|(condition, _)| *condition);
        let known = reason.children().filter(|child| child.has_ns(ns::JINGLE)).find_map(named);
        Some(known.unwrap_or(Self::GeneralError))
    }

    /// The `<reason/>`.
    pub(super) fn write(self) -> Element {
        let name = NAMES.iter().find(|(condition, _)| *condition == self).map_or("gone", |(_, name)| *name);
        Element::builder("reason", ns::JINGLE).append(Element::bare(name, ns::JINGLE)).build()
    }
}
