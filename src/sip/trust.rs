//! Whose word counts: where requests may come from, and what their headers prove (P-7).

use std::sync::Arc;

use super::boundary::{CallIdentity, NameAddress};
use super::stack::{Headers, NameAddr, Params, split_list};
use crate::model::{Jid, SipUri};

/// How many asserted identities are read: RFC 3325 section 9.1 allows two, a `sip:` and a `tel:`.
const MAX_ASSERTED: usize = 2;
/// How many Call-Info values are looked at.
const MAX_CALL_INFO: usize = 16;
/// How long a display name may be, characters; the rest is cut.
const MAX_DISPLAY: usize = 200;

/// Where a message came from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// The flow that we registered over, or another port of the same proxy: the trust domain's edge (RFC 3325).
    Proxy,
    /// Anywhere else. Nothing of it is believed, and over UDP it is not even answered (S01).
    Elsewhere,
}

/// What a request says about its sender, as far as `source` can be believed.
pub fn caller(headers: &Headers, source: Source, aor: &SipUri) -> CallIdentity {
    let from = headers.from();
    let from_uri = from.as_ref().and_then(|from| SipUri::parse(&from.uri).ok());
    let from_own_domain = source == Source::Proxy && from_uri.as_ref().is_some_and(|uri| uri.host() == aor.host());
    let asserted = asserted(headers, source);
    let remote = remote_party(headers, source).filter(|_| asserted.is_empty() && !from_own_domain);
    let hidden = remote.as_ref().is_some_and(|(_, hidden)| *hidden);
    let anonymous = hidden || withholds(headers, from.as_ref(), from_uri.as_ref());
    let claimed = remote.map(|(address, _)| address).or(from);
    CallIdentity {
        from: claimed.as_ref().map_or_else(nobody, name_address),
        asserted,
        from_own_domain,
        anonymous,
        // A caller that withholds its name is not looked for by another one (P-7).
        call_info: if anonymous { None } else { call_info(headers) },
    }
}

/// What a response says about who answers: To, and what our proxy asserts.
pub fn answerer(headers: &Headers, source: Source, aor: &SipUri) -> CallIdentity {
    let to = headers.to();
    let to_uri = to.as_ref().and_then(|to| SipUri::parse(&to.uri).ok());
    let anonymous = hidden_by_privacy(headers);
    CallIdentity {
        from: to.as_ref().map_or_else(nobody, name_address),
        asserted: asserted(headers, source),
        from_own_domain: source == Source::Proxy && to_uri.is_some_and(|uri| uri.host() == aor.host()),
        anonymous,
        call_info: if anonymous { None } else { call_info(headers) },
    }
}

/// P-Asserted-Identity, which only our own proxy may say (RFC 3325 section 5; S05).
fn asserted(headers: &Headers, source: Source) -> Vec<NameAddress> {
    match source {
        Source::Proxy => headers.addresses("P-Asserted-Identity").iter().take(MAX_ASSERTED).map(name_address).collect(),
        Source::Elsewhere => Vec::new(),
    }
}

/// Remote-Party-ID, an expired draft that some telephone systems still write instead of P-Asserted-Identity: who calls, and
/// whether they withhold it. Its `screen` says whether somebody checked it, and nobody says who: it is a claim as a From is, and
/// says more than that of a gateway. It never vouches (S05).
fn remote_party(headers: &Headers, source: Source) -> Option<(NameAddr, bool)> {
    if source != Source::Proxy {
        return None;
    }
    let mut all = headers.addresses("Remote-Party-ID").into_iter().take(MAX_ASSERTED);
    let said =
        |address: &NameAddr, name: &str| address.params.value(name).map(|value| value.trim().to_ascii_lowercase());
    let calling = all.find(|address| said(address, "party").is_none_or(|party| party == "calling"))?;
    let readable = SipUri::parse(&calling.uri).is_ok() || calling.uri.to_ascii_lowercase().starts_with("tel:");
    let hidden = said(&calling, "privacy").is_some_and(|privacy| matches!(&*privacy, "full" | "uri"));
    readable.then_some((calling, hidden))
}

/// Whether the caller wants to be nobody: RFC 3323 section 4.1, RFC 3325 section 7, and the forms that gateways write.
fn withholds(headers: &Headers, from: Option<&NameAddr>, uri: Option<&SipUri>) -> bool {
    let hidden_user = |user: &str| ["anonymous", "unavailable"].iter().any(|word| user.eq_ignore_ascii_case(word));
    hidden_by_privacy(headers)
        || uri.is_some_and(|uri| uri.host() == "anonymous.invalid" || uri.user().is_some_and(hidden_user))
        || (from.is_some_and(|from| from.uri.eq_ignore_ascii_case("anonymous:anonymous")))
}

fn hidden_by_privacy(headers: &Headers) -> bool {
    headers.privacy().iter().any(|word| matches!(word.as_str(), "id" | "user" | "header"))
}

/// The first `Call-Info: <xmpp:…>;purpose=impp` (RFC 6993, P-1): a hint, never proof.
pub fn call_info(headers: &Headers) -> Option<Jid> {
    headers.values("Call-Info").flat_map(split_list).take(MAX_CALL_INFO).find_map(|value| {
        let (uri, params) = value.trim().strip_prefix('<')?.split_once('>')?;
        let purpose = Params::parse(params);
        purpose
            .value("purpose")
            .is_some_and(|token| token.trim().eq_ignore_ascii_case("impp"))
            .then(|| xmpp_uri(uri))?
    })
}

/// The bare JID of an XMPP URI (RFC 5122): without `//authority/`, `?query`, `#fragment` and resource, percent-decoded.
fn xmpp_uri(uri: &str) -> Option<Jid> {
    let (scheme, rest) = uri.trim().split_once(':')?;
    if !scheme.eq_ignore_ascii_case("xmpp") {
        return None;
    }
    let rest = match rest.strip_prefix("//") {
        Some(with_authority) => with_authority.split_once('/')?.1,
        None => rest,
    };
    let path = rest.split(['?', '#']).next()?;
    // The resource goes before decoding: a decoded `%2F` belongs to what stands left of it.
    let bare = path.split('/').next()?;
    Jid::parse_dropping_resource(&percent_decode(bare)?).ok()
}

pub(super) fn percent_decode(text: &str) -> Option<String> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digits = [bytes.next()?, bytes.next()?];
            let digits =
                std::str::from_utf8(&digits).ok().filter(|text| text.bytes().all(|b| b.is_ascii_hexdigit()))?;
            out.push(u8::from_str_radix(digits, 16).ok()?);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn name_address(address: &NameAddr) -> NameAddress {
    let display = address.display.as_ref().map(|name| Arc::from(name.chars().take(MAX_DISPLAY).collect::<String>()));
    NameAddress { display, uri: address.uri.as_str().into() }
}

fn nobody() -> NameAddress {
    NameAddress { display: None, uri: "".into() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn aor() -> SipUri {
        SipUri::parse("sip:me@example.com").expect("valid")
    }

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.push(name, *value);
        }
        headers
    }

    #[test]
    fn s05_an_asserted_identity_counts_only_from_our_own_proxy() {
        let said = headers(&[
            ("From", "\"911\" <sip:boss@example.com>;tag=1"),
            ("P-Asserted-Identity", "\"Bob, B.\" <sip:bob@example.com>, <tel:+15551234>"),
            ("P-Asserted-Identity", "<sip:third@example.com>"),
        ]);
        let from_proxy = caller(&said, Source::Proxy, &aor());
        let uris: Vec<&str> = from_proxy.asserted.iter().map(|one| &*one.uri).collect();
        assert_eq!(uris, ["sip:bob@example.com", "tel:+15551234"]);
        assert_eq!(from_proxy.asserted[0].display.as_deref(), Some("Bob, B."));
        assert!(from_proxy.from_own_domain);
        let forged = caller(&said, Source::Elsewhere, &aor());
        assert!(forged.asserted.is_empty() && !forged.from_own_domain);
    }

    #[test]
    fn s05_a_remote_party_id_is_a_claim_in_place_of_the_from_and_never_vouches() {
        let rpid = "\"Bob\" <sip:+4930123@gw.example>;party=calling;screen=yes;privacy=off";
        let named = |fields: &[(&str, &str)], source| {
            let identity = caller(&headers(fields), source, &aor());
            assert!(!identity.from_own_domain || identity.from.uri.contains("example.com"));
            let asserted = !identity.asserted.is_empty() || identity.from_own_domain;
            (identity.from.uri.to_string(), asserted, identity.anonymous)
        };
        let from = ("From", "<sip:trunk@gw.example>;tag=1");
        /// Headers, where they came from; the address that is shown, whether somebody vouches for it, whether they hide.
        type Row<'a> = (&'a [(&'a str, &'a str)], Source, &'a str, bool, bool);
        let rows: [Row<'_>; 9] = [
            (&[from, ("Remote-Party-ID", rpid)], Source::Proxy, "sip:+4930123@gw.example", false, false),
            (&[from, ("Remote-Party-ID", rpid)], Source::Elsewhere, "sip:trunk@gw.example", false, false),
            // Even one of our own domain: it is the From that a registrar authenticates.
            (
                &[from, ("Remote-Party-ID", "<sip:boss@example.com>;party=calling;screen=yes")],
                Source::Proxy,
                "sip:boss@example.com",
                false,
                false,
            ),
            (
                &[from, ("Remote-Party-ID", "<sip:me@gw.example>;party=called, <sip:bob@gw.example>;party=calling")],
                Source::Proxy,
                "sip:bob@gw.example",
                false,
                false,
            ),
            (
                &[from, ("Remote-Party-ID", "<mailto:x@y>;party=calling")],
                Source::Proxy,
                "sip:trunk@gw.example",
                false,
                false,
            ),
            (
                &[from, ("Remote-Party-ID", "<sip:bob@gw.example>;party=calling;privacy=full")],
                Source::Proxy,
                "sip:bob@gw.example",
                false,
                true,
            ),
            // What is vouched for stands.
            (
                &[from, ("P-Asserted-Identity", "<sip:carol@example.com>"), ("Remote-Party-ID", rpid)],
                Source::Proxy,
                "sip:trunk@gw.example",
                true,
                false,
            ),
            (
                &[("From", "<sip:carol@example.com>;tag=1"), ("Remote-Party-ID", rpid)],
                Source::Proxy,
                "sip:carol@example.com",
                true,
                false,
            ),
            (&[from], Source::Proxy, "sip:trunk@gw.example", false, false),
        ];
        for (fields, source, uri, vouched, anonymous) in rows {
            assert_eq!(named(fields, source), (uri.to_owned(), vouched, anonymous), "{fields:?}");
        }
    }

    #[test]
    fn every_form_of_anonymity_is_seen_and_hides_the_hint() {
        let hint = ("Call-Info", "<xmpp:bob@example.com>;purpose=impp");
        for (from, privacy) in [
            ("\"Anonymous\" <sip:anonymous@anonymous.invalid>;tag=1", "none"),
            ("<sip:Anonymous@gw.example>;tag=1", "none"),
            ("<sip:unavailable@gw.example>;tag=1", "none"),
            ("<sip:bob@anonymous.invalid>;tag=1", "none"),
            ("<sip:bob@example.com>;tag=1", "critical;ID"),
            ("<sip:bob@example.com>;tag=1", "header, session"),
            ("<sip:bob@example.com>;tag=1", "user"),
        ] {
            let identity = caller(&headers(&[("From", from), ("Privacy", privacy), hint]), Source::Proxy, &aor());
            assert!(identity.anonymous && identity.call_info.is_none(), "{from} {privacy}");
        }
        let open = headers(&[("From", "<sip:bob@example.com>;tag=1"), ("Privacy", "session;none"), hint]);
        assert!(!caller(&open, Source::Proxy, &aor()).anonymous);
    }

    #[test]
    fn the_hint_is_found_wherever_and_however_it_is_written() {
        for (value, jid) in [
            ("<xmpp:alice@xmpp.example.com>;purpose=impp", "alice@xmpp.example.com"),
            ("<http://x/icon>;purpose=icon, <XMPP:alice@example.com> ; Purpose = IMPP", "alice@example.com"),
            (
                "<urn:x-cisco-remotecc:callinfo>; security= Unknown; orientation= from, <xmpp:a@b.example>;purpose=\"impp\"",
                "a@b.example",
            ),
            ("<xmpp:Alice%40home@example.com/desk?message>;purpose=impp", ""),
            ("<xmpp:al%69ce@EXAMPLE.com/desk?message;body=hi>;purpose=impp", "alice@example.com"),
            ("<xmpp://guest@example.net/alice@example.com?roster>;purpose=impp", "alice@example.com"),
            ("<xmpp:alice@example.com>;purpose=info", ""),
            ("<im:alice@example.com>;purpose=impp", ""),
            ("<xmpp:%zz@example.com>;purpose=impp", ""),
            ("xmpp:alice@example.com;purpose=impp", ""),
            ("<xmpp:>;purpose=impp", ""),
        ] {
            let found = call_info(&headers(&[("Call-Info", value)]));
            assert_eq!(found.as_ref().map_or("", Jid::as_str), jid, "{value}");
        }
        let repeated =
            headers(&[("Call-Info", "<http://x>;purpose=icon"), ("call-info", "<xmpp:a@b.example>;purpose=impp")]);
        assert_eq!(call_info(&repeated).expect("in the second field").as_str(), "a@b.example");
    }
}
