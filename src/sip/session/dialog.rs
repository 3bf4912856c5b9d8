//! Dialogs (RFC 3261 section 12).

use crate::sip::stack::{Headers, Method, NameAddr, Request, Response};

/// The longest route set that is taken (S37).
pub const MAX_ROUTES: usize = 20;

/// One end of a dialog.
#[derive(Clone, PartialEq, Eq)]
pub struct Dialog {
    call_id: String,
    local: NameAddr,
    remote: NameAddr,
    local_cseq: u32,
    remote_cseq: Option<u32>,
    remote_target: String,
    /// Frozen when the dialog is made (RFC 3261 section 12.2): later Record-Routes are not looked at.
    route_set: Vec<NameAddr>,
}

impl Dialog {
    /// The dialog that a response to our INVITE founds; early or confirmed (RFC 3261 section 12.1.2).
    ///
    /// `None` without a To tag, or with more routes than [`MAX_ROUTES`].
    pub fn from_response(invite: &Request, response: &Response) -> Option<Self> {
        let remote = response.headers.to().filter(|to| to.tag().is_some())?;
        let mut route_set = response.headers.addresses("Record-Route");
        route_set.reverse();
        Some(Self {
            call_id: invite.headers.call_id()?.to_owned(),
            local: invite.headers.from()?,
            remote,
            local_cseq: response.headers.cseq()?.number,
            remote_cseq: None,
            // A Contact is owed (section 12.1.1); where it is missing, the request URI is the best that is known.
            remote_target: target(&response.headers).unwrap_or_else(|| invite.uri.clone()),
            route_set,
        })
        .filter(|dialog| dialog.route_set.len() <= MAX_ROUTES)
    }

    /// The dialog that their INVITE founds with our tag (RFC 3261 section 12.1.1). `first_cseq` is ours to choose.
    ///
    /// `None` without From tag, Contact, Call-ID or CSeq, or with more routes than [`MAX_ROUTES`].
    pub fn from_request(invite: &Request, local_tag: &str, first_cseq: u32) -> Option<Self> {
        Some(Self {
            call_id: invite.headers.call_id()?.to_owned(),
            local: invite.headers.to()?.with_tag(local_tag),
            remote: invite.headers.from().filter(|from| from.tag().is_some())?,
            local_cseq: first_cseq,
            remote_cseq: Some(invite.headers.cseq()?.number),
            remote_target: target(&invite.headers)?,
            route_set: invite.headers.addresses("Record-Route"),
        })
        .filter(|dialog| dialog.route_set.len() <= MAX_ROUTES)
    }

    /// The other side's tag.
    pub fn remote_tag(&self) -> &str {
        self.remote.tag().unwrap_or_default()
    }

    /// Our address.
    pub fn local_uri(&self) -> &str {
        &self.local.uri
    }

    /// The other side's address.
    pub fn remote_uri(&self) -> &str {
        &self.remote.uri
    }

    /// Where requests go.
    pub fn remote_target(&self) -> &str {
        &self.remote_target
    }

    /// Our tag.
    pub fn local_tag(&self) -> &str {
        self.local.tag().unwrap_or_default()
    }

    /// Whether a request from the peer belongs to this dialog.
    pub fn owns_request(&self, headers: &Headers) -> bool {
        headers.call_id() == Some(&self.call_id)
            && headers.to_tag().as_deref() == Some(self.local_tag())
            && headers.from_tag().as_deref() == Some(self.remote_tag())
    }

    /// A request of ours was sent again with this number (with credentials, say).
    pub fn note_local_cseq(&mut self, number: u32) {
        self.local_cseq = self.local_cseq.max(number);
    }

    /// Takes a sequence number of the peer; `false` when it is not above the last one (RFC 3261 section 12.2.2: 500).
    #[must_use]
    pub fn accept_remote_cseq(&mut self, number: u32) -> bool {
        let fresh = self.remote_cseq.is_none_or(|last| number > last);
        if fresh {
            self.remote_cseq = Some(number);
        }
        fresh
    }

    /// The Contact of a target refresh (RFC 3261 section 12.2.1.2 and 12.2.2).
    pub fn refresh_target(&mut self, headers: &Headers) {
        if let Some(uri) = target(headers) {
            self.remote_target = uri;
        }
    }

    /// Goes on counting where the early dialog stopped.
    pub fn continue_numbers(&mut self, early: &Self) {
        self.local_cseq = self.local_cseq.max(early.local_cseq);
        self.remote_cseq = early.remote_cseq;
    }

    /// A new request in this dialog with the next sequence number (RFC 3261 section 12.2.1.1).
    pub fn request(&mut self, method: Method) -> Request {
        self.local_cseq = self.local_cseq.saturating_add(1);
        self.build(method, self.local_cseq)
    }

    /// The ACK for a 2xx to the INVITE with this number (RFC 3261 section 13.2.2.4).
    pub fn ack(&self, cseq: u32) -> Request {
        self.build(Method::Ack, cseq)
    }

    fn build(&self, method: Method, cseq: u32) -> Request {
        let mut routes: Vec<String> = self.route_set.iter().map(|route| format!("<{}>", route.uri)).collect();
        let uri = match self.route_set.first() {
            // RFC 3261 section 12.2.1.1: a strict router wants to find itself in the request URI, and our target last.
            Some(first) if !is_loose(&first.uri) => {
                routes.remove(0);
                routes.push(format!("<{}>", self.remote_target));
                first.uri.split('?').next().unwrap_or_default().to_owned()
            }
            Some(_) | None => self.remote_target.clone(),
        };
        let mut request = Request::new(method, &uri);
        for route in routes {
            request.headers.push("Route", route);
        }
        request.headers.push("From", self.local.to_string());
        request.headers.push("To", self.remote.to_string());
        request.headers.push("Call-ID", self.call_id.clone());
        request.set_cseq(cseq);
        request
    }
}

/// The Contact, when a request can be sent to it.
fn target(headers: &Headers) -> Option<String> {
    headers.contact().map(|contact| contact.uri).filter(|uri| {
        let scheme = uri.split(':').next().unwrap_or_default();
        scheme.eq_ignore_ascii_case("sip") || scheme.eq_ignore_ascii_case("sips")
    })
}

/// Whether a route's URI has the `lr` parameter.
fn is_loose(uri: &str) -> bool {
    let params = uri.split('?').next().unwrap_or_default().rsplit('@').next().unwrap_or_default();
    params.split(';').skip(1).any(|param| param.split('=').next().is_some_and(|name| name.eq_ignore_ascii_case("lr")))
}
