//! What is said about third parties: who sends a call on, who is to take it over, and by whom it was forwarded
//! (RFC 3515, RFC 3891, RFC 3892, RFC 5806, RFC 7044, RFC 5373).

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use super::boundary::{CallIdentity, NameAddress};
use super::stack::{Headers, NameAddr, Params, Request, split_list};
use crate::model::{CallId, SipUri};

/// Addresses of a redirection or a forwarding that are read; further ones are not looked at.
const MAX_ADDRESSES: usize = 8;
/// The longest display name that is taken over, in characters.
const MAX_DISPLAY: usize = 200;
/// The longest wait that a caller may ask for before an automatic answer, in seconds.
const MAX_ANSWER_AFTER: u64 = 30;

/// The dialog that a call is to take the place of (RFC 3891), as its recipient sees it.
#[derive(Clone, PartialEq, Eq)]
pub struct Replaces {
    /// The Call-ID.
    pub call_id: String,
    /// The recipient's own tag.
    pub to_tag: String,
    /// The other side's tag.
    pub from_tag: String,
    /// Only while it is not answered.
    pub early_only: bool,
}

impl Replaces {
    /// Reads `callid;to-tag=…;from-tag=…[;early-only]` (RFC 3891 section 6.1). `None` where a part is missing.
    pub fn parse(value: &str) -> Option<Self> {
        let (call_id, params) = value.split_at(value.find(';')?);
        let params = Params::parse(params);
        let tag = |name: &str| params.value(name).filter(|tag| !tag.is_empty()).map(str::to_owned);
        let call_id = call_id.trim();
        if call_id.is_empty() || call_id.len() > 255 || call_id.contains(|c: char| c.is_whitespace() || c == ',') {
            return None;
        }
        Some(Self {
            call_id: call_id.to_owned(),
            to_tag: tag("to-tag")?,
            from_tag: tag("from-tag")?,
            early_only: params.has("early-only"),
        })
    }
}

/// As in the header.
impl fmt::Display for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{};to-tag={};from-tag={}", self.call_id, self.to_tag, self.from_tag)?;
        if self.early_only { f.write_str(";early-only") } else { Ok(()) }
    }
}

// Whoever knows it can take the call over.
impl fmt::Debug for Replaces {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Replaces(…)")
    }
}

/// Where a call of ours comes from, when somebody sent us there.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Referral {
    /// The dialog that it takes the place of (RFC 3891).
    pub replaces: Option<Replaces>,
    /// Who sent us (RFC 3892): a SIP address.
    pub referred_by: Option<Arc<str>>,
}

/// Where the other side is to be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReferTo {
    /// To an address: a blind transfer.
    Address(SipUri),
    /// To the other side of this call, in place of us: an attended transfer.
    Call(CallId),
    /// Nowhere: a focus is asked to end somebody's part in its conference (RFC 4579 section 5.11).
    Remove(SipUri),
}

/// The other side asks us to call somebody (RFC 3515).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refer {
    /// Whom: `sip:`, `sips:` or `tel:`, without headers.
    pub target: NameAddress,
    /// The dialog that the call is to take the place of.
    pub replaces: Option<Replaces>,
    /// Who sends us, in the other side's words.
    pub referred_by: Option<NameAddress>,
}

/// How a transfer goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TransferEvent {
    /// The other side asks us to call somebody; to be answered at once with `AnswerRefer`.
    Asked(Box<Refer>),
    /// The other side took our wish, and will say how it goes.
    Accepted,
    /// What the other side hears from the target: a status below 200.
    Progress(u16),
    /// It is decided.
    Over(Outcome),
}

/// How a transfer of ours ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// The other side did not take our wish: a status.
    Refused(u16),
    /// The target's final answer.
    Answered(u16),
    /// It was taken, and how it ended is not said.
    Unsaid,
}

/// Why a call is sent elsewhere (RFC 5806 section 4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DiversionReason {
    /// Always.
    Unconditional,
    /// We are talking.
    Busy,
    /// Nobody answered.
    NoAnswer,
    /// We do not want to be disturbed.
    DoNotDisturb,
}

impl DiversionReason {
    pub(super) fn as_str(self) -> &'static str {
        match self {
            Self::Unconditional => "unconditional",
            Self::Busy => "user-busy",
            Self::NoAnswer => "no-answer",
            Self::DoNotDisturb => "do-not-disturb",
        }
    }
}

/// What an INVITE says about third parties and about how it wants to be answered.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct About {
    /// The call of ours whose place it takes; the user agent has checked the right to (RFC 3891).
    pub replaces: Option<CallId>,
    /// Who forwarded it to us last; nobody vouches for it.
    pub forwarded_by: Option<NameAddress>,
    /// How often it was forwarded, as far as it says.
    pub diversions: u32,
    /// Who sent the caller to us (RFC 3892); nobody vouches for it.
    pub referred_by: Option<NameAddress>,
    /// It wants to be answered by itself after this time (RFC 5373, Alert-Info, Call-Info).
    pub answer_after: Option<Duration>,
}

/// An incoming call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Incoming {
    /// Its new name.
    pub call: CallId,
    /// Who calls.
    pub identity: CallIdentity,
    /// The SDP offer; absent in a delayed offer.
    pub offer: Option<Arc<str>>,
    /// `Alert-Info` or `Call-Info` text that is worth showing; never a thing to fetch.
    pub note: Option<Arc<str>>,
    /// What it says about third parties and about how it wants to be answered.
    pub about: About,
}

impl About {
    /// Reads what an INVITE says. Nothing in it is fetched or obeyed here (S07).
    pub fn read(headers: &Headers) -> Self {
        let diversions: Vec<NameAddr> = headers.addresses("Diversion");
        let counted = |diversion: &NameAddr| {
            diversion.params.value("counter").and_then(|count| count.parse::<u32>().ok()).unwrap_or(1).clamp(1, 255)
        };
        let history = history(headers);
        let forwarded = diversions.first().or_else(|| history.last());
        Self {
            replaces: None,
            forwarded_by: forwarded.and_then(shown),
            diversions: diversions.iter().take(MAX_ADDRESSES).map(counted).sum::<u32>().max(history.len() as u32),
            referred_by: headers.value("Referred-By").and_then(NameAddr::parse).as_ref().and_then(shown),
            answer_after: answer_after(headers),
        }
    }
}

/// The entries of History-Info that were left for another one: those whose URI carries a Reason (RFC 7044 section 5).
fn history(headers: &Headers) -> Vec<NameAddr> {
    let carries_reason = |entry: &NameAddr| {
        entry.uri.split_once('?').is_some_and(|(_, headers)| headers.to_ascii_lowercase().contains("reason="))
    };
    headers.addresses("History-Info").into_iter().take(MAX_ADDRESSES).filter(carries_reason).collect()
}

/// When an INVITE wants to be answered by itself.
fn answer_after(headers: &Headers) -> Option<Duration> {
    // RFC 5373 section 4.1: `Auto` asks, `Manual` does not.
    let mode = headers.value("Answer-Mode").map(|value| value.split(';').next().unwrap_or_default().trim().to_owned());
    if mode.is_some_and(|mode| mode.eq_ignore_ascii_case("Auto")) {
        return Some(Duration::ZERO);
    }
    for name in ["Call-Info", "Alert-Info"] {
        for value in headers.values(name).flat_map(split_list).take(MAX_ADDRESSES) {
            let Some((_, params)) = value.split_once('>') else { continue };
            let params = Params::parse(params);
            if let Some(seconds) = params.value("answer-after").and_then(|text| text.trim().parse::<u64>().ok()) {
                return Some(Duration::from_secs(seconds.min(MAX_ANSWER_AFTER)));
            }
            let info = params.value("info").unwrap_or_default().to_ascii_lowercase();
            if matches!(info.as_str(), "alert-autoanswer" | "auto answer" | "auto-answer" | "intercom" | "ring-answer")
            {
                return Some(Duration::ZERO);
            }
        }
    }
    None
}

/// The addresses of a redirection, the most wanted first (RFC 3261 sections 8.1.3.4 and 20.10). What is no address to call
/// is left out.
pub(super) fn redirection(headers: &Headers) -> Vec<NameAddress> {
    let wanted = |contact: &NameAddr| {
        let q = contact.params.value("q").and_then(|q| q.parse::<f32>().ok()).unwrap_or(1.0);
        (q.clamp(0.0, 1.0) * 1_000.0) as u16
    };
    let mut contacts: Vec<NameAddr> = headers.addresses("Contact").into_iter().take(MAX_ADDRESSES).collect();
    contacts.sort_by_key(|contact| std::cmp::Reverse(wanted(contact)));
    contacts.iter().filter_map(shown).collect()
}

/// Reads a REFER: its target, or the status to refuse it with (RFC 3515 section 2.4.2).
pub(super) fn refer(request: &Request) -> Result<Refer, u16> {
    // Exactly one target: with several nobody could tell what was asked for.
    let mut targets = request.headers.list("Refer-To");
    let target = targets.next().and_then(NameAddr::parse).ok_or(400_u16)?;
    if targets.next().is_some() {
        return Err(400);
    }
    let scheme = target.uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
    // S08: nothing but calls. RFC 3261 section 21.4.14.
    if !matches!(scheme.as_str(), "sip" | "sips" | "tel") {
        return Err(416);
    }
    let (uri, headers) = target.uri.split_once('?').unwrap_or((&target.uri, ""));
    let method = uri.split(';').find_map(|param| param.strip_prefix("method="));
    if method.is_some_and(|method| !method.eq_ignore_ascii_case("INVITE")) {
        return Err(403);
    }
    let replaces = match header_of_uri(headers, "Replaces") {
        // What cannot be read is not left out: the call would then be another one than was asked for.
        Some(value) => Some(Replaces::parse(&value?).ok_or(400_u16)?),
        None => None,
    };
    let referred_by = request.headers.value("Referred-By").and_then(NameAddr::parse).as_ref().and_then(shown);
    Ok(Refer { target: shown(&target).ok_or(400_u16)?, replaces, referred_by })
}

/// The value of a header in a URI (RFC 3261 section 19.1.1); an error where it is not valid.
fn header_of_uri(headers: &str, name: &str) -> Option<Result<String, u16>> {
    headers.split('&').find_map(|header| {
        let (key, value) = header.split_once('=')?;
        key.eq_ignore_ascii_case(name).then(|| super::trust::percent_decode(value).ok_or(400))
    })
}

/// Writes a Refer-To that names an address, and the dialog to be replaced there.
pub(super) fn refer_to(uri: &str, replaces: Option<&Replaces>) -> String {
    let Some(replaces) = replaces else { return format!("<{uri}>") };
    let mut escaped = String::new();
    for byte in replaces.to_string().bytes() {
        // RFC 3261 section 25.1: hnv-unreserved and unreserved.
        if byte.is_ascii_alphanumeric() || b"-_.!~*'()[]/?:+$".contains(&byte) {
            escaped.push(char::from(byte));
        } else {
            escaped.push_str(&format!("%{byte:02X}"));
        }
    }
    format!("<{uri}?Replaces={escaped}>")
}

/// The status that a `message/sipfrag` body starts with (RFC 3420).
pub(super) fn sipfrag_status(request: &Request) -> Option<u16> {
    let kind = request.headers.content_type()?;
    let body = super::stack::multipart_part(&kind, &request.body, "message/sipfrag")?;
    let line = std::str::from_utf8(body.split(|byte| matches!(byte, b'\r' | b'\n')).next()?).ok()?;
    let mut words = line.split_ascii_whitespace();
    let version = words.next()?;
    let code = words.next()?.parse().ok()?;
    (version.eq_ignore_ascii_case("SIP/2.0") && (100..700).contains(&code)).then_some(code)
}

/// An address without its headers and the `method` parameter; `None` for what cannot be called.
fn shown(address: &NameAddr) -> Option<NameAddress> {
    let uri = address.uri.split('?').next().unwrap_or_default();
    let scheme = uri.split(':').next().unwrap_or_default().to_ascii_lowercase();
    let uri: String = match scheme.as_str() {
        "sip" | "sips" => {
            SipUri::parse(uri).ok()?;
            uri.split(';')
                .filter(|part| !part.to_ascii_lowercase().starts_with("method="))
                .collect::<Vec<_>>()
                .join(";")
        }
        "tel" => uri.to_owned(),
        _ => return None,
    };
    let display = address.display.as_ref().map(|name| name.chars().take(MAX_DISPLAY).collect::<String>().into());
    Some(NameAddress { display, uri: uri.into() })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::stack::Method;

    fn headers(fields: &[(&str, &str)]) -> Headers {
        let mut headers = Headers::default();
        for (name, value) in fields {
            headers.push(name, *value);
        }
        headers
    }

    #[test]
    fn replaces_is_read_and_written_in_every_order() {
        for (text, early) in [
            ("abc@host;to-tag=1;from-tag=2", false),
            ("abc@host ; from-tag=2;TO-TAG=1", false),
            ("abc@host;early-only;to-tag=1;from-tag=2", true),
        ] {
            let read = Replaces::parse(text).expect(text);
            assert_eq!((read.call_id.as_str(), read.to_tag.as_str(), read.from_tag.as_str()), ("abc@host", "1", "2"));
            assert_eq!(read.early_only, early);
            assert_eq!(Replaces::parse(&read.to_string()).as_ref(), Some(&read));
        }
        for text in
            ["", "abc", "abc;to-tag=1", ";to-tag=1;from-tag=2", "a b;to-tag=1;from-tag=2", "a;to-tag;from-tag=2"]
        {
            assert!(Replaces::parse(text).is_none(), "{text}");
        }
    }

    #[test]
    fn s08_a_refer_is_read_only_when_it_asks_for_one_call() {
        let read = |value: &str| {
            let request = Request::new(Method::Refer, "sip:me@example.com").with("Refer-To", value);
            refer(&request).map(|refer| (refer.target.uri.to_string(), refer.replaces.is_some()))
        };
        assert_eq!(read("<sip:carol@example.com>"), Ok(("sip:carol@example.com".to_owned(), false)));
        assert_eq!(read("sip:carol@example.com"), Ok(("sip:carol@example.com".to_owned(), false)));
        assert_eq!(
            read("<sip:carol@example.com;method=INVITE?Replaces=a%40b%3Bto-tag%3D1%3Bfrom-tag%3D2&Subject=x>"),
            Ok(("sip:carol@example.com".to_owned(), true))
        );
        assert_eq!(read("<tel:+4930901820>"), Ok(("tel:+4930901820".to_owned(), false)));
        for (value, code) in [
            ("<http://example.com/>", 416),
            ("<urn:service:sos>", 416),
            ("<sip:a@b>, <sip:c@d>", 400),
            ("nonsense", 400),
            ("<sip:carol@example.com;method=BYE>", 403),
            ("<sip:carol@example.com?Replaces=a%zz>", 400),
            ("<sip:carol@example.com?Replaces=a>", 400),
        ] {
            assert_eq!(read(value), Err(code), "{value}");
        }
        assert_eq!(refer(&Request::new(Method::Refer, "sip:me@example.com")).map(|_| ()), Err(400));
    }

    #[test]
    fn what_is_written_as_refer_to_is_read_again() {
        let replaces = Replaces::parse("9f%2+x@10.0.0.1;to-tag=a=b;from-tag=c&d").expect("valid");
        let value = refer_to("sip:carol@example.com", Some(&replaces));
        let request = Request::new(Method::Refer, "sip:me@example.com").with("Refer-To", value);
        let read = refer(&request).expect("valid");
        assert_eq!((&*read.target.uri, read.replaces), ("sip:carol@example.com", Some(replaces)));
    }

    #[test]
    fn who_forwarded_a_call_is_read_from_either_header() {
        let by = |fields: &[(&str, &str)]| {
            let about = About::read(&headers(fields));
            (about.forwarded_by.map(|by| by.uri.to_string()), about.diversions)
        };
        assert_eq!(by(&[]), (None, 0));
        let diversion = ("Diversion", "\"Ana\" <sip:ana@example.com>;reason=user-busy;counter=2, <sip:x@y>");
        assert_eq!(by(&[diversion]), (Some("sip:ana@example.com".to_owned()), 3));
        let history = "<sip:ana@example.com?Reason=SIP%3Bcause%3D302>;index=1, <sip:me@example.com>;index=1.1";
        assert_eq!(by(&[("History-Info", history)]), (Some("sip:ana@example.com".to_owned()), 1));
        assert_eq!(by(&[("Diversion", "<http://x/>")]).0, None);
        assert_eq!(by(&[("Diversion", "<sip:a@b>;counter=99999999999")]).1, 1);
    }

    #[test]
    fn s07_a_wish_to_be_answered_by_itself_is_read_from_every_known_form_and_bounded() {
        for (name, value, seconds) in [
            ("Answer-Mode", "Auto", Some(0)),
            ("Answer-Mode", "auto;require", Some(0)),
            ("Answer-Mode", "Manual", None),
            ("Call-Info", "<sip:x>;answer-after=0", Some(0)),
            ("Call-Info", "<sip:x>; answer-after=5", Some(5)),
            ("Call-Info", "<sip:x>;answer-after=99999", Some(30)),
            ("Call-Info", "<sip:x>;answer-after=-1", None),
            ("Alert-Info", "<http://www.notused.com>;info=alert-autoanswer;delay=0", Some(0)),
            ("Alert-Info", "<file:///etc/passwd>", None),
        ] {
            let found = About::read(&headers(&[(name, value)])).answer_after.map(|after| after.as_secs());
            assert_eq!(found, seconds, "{name}: {value}");
        }
    }

    #[test]
    fn a_redirection_is_ordered_by_preference_and_names_only_what_can_be_called() {
        let contacts = headers(&[
            ("Contact", "<sip:third@example.com>;q=0.1, <http://x/>;q=0.9, <sip:first@example.com?Replaces=x>;q=0.8"),
            ("Contact", "<tel:+4930901820>;q=0.5"),
        ]);
        let uris: Vec<String> = redirection(&contacts).iter().map(|found| found.uri.to_string()).collect();
        assert_eq!(uris, ["sip:first@example.com", "tel:+4930901820", "sip:third@example.com"]);
    }

    #[test]
    fn a_notification_says_a_status_or_nothing() {
        let status = |kind: &str, body: &str| {
            sipfrag_status(&Request::new(Method::Notify, "sip:me@b").with_body(kind, body.as_bytes().to_vec()))
        };
        assert_eq!(status("message/sipfrag;version=2.0", "SIP/2.0 180 Ringing"), Some(180));
        assert_eq!(status("message/sipfrag", "SIP/2.0 200 OK\r\nTo: <sip:a@b>\r\n"), Some(200));
        for (kind, body) in [
            ("message/sipfrag", "INVITE sip:a@b SIP/2.0"),
            ("message/sipfrag", "SIP/2.0 99999999 X"),
            ("message/sipfrag", "SIP/2.0 700 X"),
            ("text/plain", "SIP/2.0 200 OK"),
            ("message/sipfrag", ""),
        ] {
            assert_eq!(status(kind, body), None, "{kind} {body}");
        }
    }
}
