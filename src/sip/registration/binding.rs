//! The binding of our address to one flow: what a REGISTER says, and what its answer means.

use std::fmt::Write as _;
use std::net::{IpAddr, SocketAddr};

use rand::Rng;
use rand::rngs::StdRng;

use super::{Config, FlowState};
use crate::model::{SipScheme, SipUri, Transport};
use crate::sip::stack::{Flow, Method, NameAddr, Request, Response, host_port};

/// How many Service-Route values are followed.
const MAX_SERVICE_ROUTES: usize = 8;
/// How many other devices are looked at (S14).
const MAX_OTHERS: usize = 16;
/// The shortest granted lifetime that is believed, in seconds: less would be a storm of refreshes (S14).
const SHORTEST_GRANT: u32 = 30;
/// The longest one, in seconds (S14).
const LONGEST_GRANT: u32 = 3600;

/// See the module.
pub(super) struct Binding {
    address: NameAddr,
    registrar: String,
    instance: String,
    outbound_proxy: Option<SipUri>,
    secure: bool,
    call_id: String,
    from_tag: String,
    cseq: u32,
    /// The random user part of the Contact (S02).
    token: String,
    /// Where the flow seems to come from, as the other side sees it.
    seen_as: Option<SocketAddr>,
    transport: Transport,
    /// The Contact of an earlier flow, to be removed with the next REGISTER.
    stale: Option<String>,
    registered: bool,
    /// The registrar takes `reg-id`; off after 439.
    pub(super) outbound: bool,
    service_route: Vec<String>,
}

impl Binding {
    pub(super) fn new(config: &Config, random: &mut StdRng) -> Self {
        let mut address = NameAddr::new(&config.aor.address_of_record().to_string());
        address.display.clone_from(&config.display_name);
        let scheme = match config.aor.scheme() {
            SipScheme::Sip => "sip",
            SipScheme::Sips => "sips",
        };
        Self {
            address,
            registrar: format!("{scheme}:{}", config.aor.host()),
            instance: config.instance.clone(),
            outbound_proxy: config.outbound_proxy.clone(),
            secure: config.aor.scheme() == SipScheme::Sips,
            call_id: hex(random),
            from_tag: hex(random),
            cseq: random.random_range(1..1_000),
            token: hex(random),
            seen_as: None,
            transport: Transport::Udp,
            stale: None,
            registered: false,
            outbound: true,
            service_route: Vec::new(),
        }
    }

    /// A fresh flow: a fresh Contact, and the old one goes.
    pub(super) fn move_to(&mut self, flow: &Flow, random: &mut StdRng) {
        if self.registered {
            self.stale = Some(self.contact_uri());
        }
        self.registered = false;
        self.token = hex(random);
        self.seen_as = Some(flow.local);
        self.transport = flow.transport;
        // RFC 3608 with S14: what one flow's registrar said holds for that flow only.
        self.service_route.clear();
    }

    /// Nothing is registered any more.
    pub(super) fn forget(&mut self) {
        self.registered = false;
        self.stale = None;
    }

    /// Our address with the display name.
    pub(super) fn contact(&self) -> NameAddr {
        NameAddr::new(&self.contact_uri())
    }

    pub(super) fn is_token_of(&self, uri: &str) -> bool {
        SipUri::parse(uri).is_ok_and(|uri| uri.user() == Some(&self.token))
    }

    pub(super) fn preloaded_route(&self) -> Vec<String> {
        if !self.service_route.is_empty() {
            return self.service_route.clone();
        }
        let proxy = self.outbound_proxy.clone().map(|proxy| proxy.with_param("lr", None));
        proxy.map(|proxy| format!("<{proxy}>")).into_iter().collect()
    }

    /// A REGISTER for our Contact with this lifetime in seconds.
    pub(super) fn register(&mut self, expires: u32) -> Request {
        let mut contact = format!("<{}>", self.contact_uri());
        if self.outbound {
            // RFC 5626 section 4.2.
            let _ = write!(contact, ";+sip.instance=\"<{}>\";reg-id=1", self.instance);
        }
        let _ = write!(contact, ";expires={expires}");
        let mut request = self.request().with("Contact", contact).with("Expires", expires.to_string());
        if let Some(stale) = self.stale.take() {
            request.headers.push("Contact", format!("<{stale}>;expires=0"));
        }
        request
    }

    /// A REGISTER that removes our Contact.
    pub(super) fn farewell(&mut self) -> Request {
        let contact = format!("<{}>;expires=0", self.contact_uri());
        self.request().with("Contact", contact).with("Expires", "0")
    }

    /// The next CSeq number, for a repeated request.
    pub(super) fn next_cseq(&mut self) -> u32 {
        self.cseq += 1;
        self.cseq
    }

    /// Learns from `received` and `rport` of our own Via how the other side sees us (RFC 3581). Whether it changed.
    pub(super) fn learn_address(&mut self, response: &Response) -> bool {
        let Some(via) = response.headers.top_via() else { return false };
        let ip = via.params.value("received").map(|text| text.trim_matches(['[', ']']).parse::<IpAddr>().ok());
        let port = via.params.value("rport").map(|text| text.parse::<u16>().ok());
        let Some(ours) = self.seen_as else { return false };
        // What cannot be read changes nothing.
        let ip = ip.unwrap_or(Some(ours.ip())).unwrap_or(ours.ip());
        let port = port.unwrap_or(Some(ours.port())).filter(|port| *port != 0).unwrap_or(ours.port());
        let seen = SocketAddr::new(ip, port);
        let changed = seen != ours && !ip.is_unspecified() && !ip.is_multicast();
        if changed {
            if self.registered || response.is_success() {
                self.stale = Some(self.contact_uri());
            }
            self.seen_as = Some(seen);
        }
        changed
    }

    /// A 200: the granted lifetime in seconds, that of our own Contact and of no other (S14).
    pub(super) fn accept(&mut self, response: &Response, asked: u32, flow: &FlowState) -> u32 {
        self.registered = true;
        let routes = response.headers.list("Service-Route").take(MAX_SERVICE_ROUTES).map(str::to_owned);
        // RFC 3608 section 6.1: a route that somebody put in would draw every call to him. Without TLS only such routes count
        // that lead where our requests go anyway.
        let protected = flow.flow.transport == Transport::Tls;
        let routes: Vec<String> = routes.filter(|route| protected || self.leads_home(route, flow)).collect();
        self.service_route = routes;
        let own = response.headers.addresses("Contact").into_iter().find(|contact| self.is_token_of(&contact.uri));
        let granted = own
            .and_then(|contact| contact.params.value("expires").and_then(|text| text.parse().ok()))
            .or_else(|| response.headers.seconds("Expires"))
            .unwrap_or(asked);
        granted.clamp(SHORTEST_GRANT, LONGEST_GRANT)
    }

    /// Whether a route names our registrar, our proxy, or the other end of the flow.
    fn leads_home(&self, route: &str, flow: &FlowState) -> bool {
        let uri = route.trim().trim_start_matches('<').split('>').next().unwrap_or_default();
        let Ok(uri) = SipUri::parse(uri) else { return false };
        let proxy = self.outbound_proxy.as_ref().is_some_and(|proxy| proxy.host() == uri.host());
        let remote = uri.host().trim_matches(['[', ']']).parse() == Ok(flow.flow.remote.ip());
        proxy || remote || self.registrar.split_once(':').is_some_and(|(_, host)| host == uri.host())
    }

    /// Who else is registered under our address, each as a fingerprint; sorted, without repetition.
    pub(super) fn others(&self, response: &Response) -> Vec<String> {
        let contacts = response.headers.addresses("Contact").into_iter().filter(|one| !self.is_token_of(&one.uri));
        let names = contacts.filter_map(|contact| {
            let instance =
                contact.params.value("+sip.instance").map(|text| text.trim_matches(['"', '<', '>']).to_owned());
            // What an earlier run of ours left behind goes by itself.
            if instance.as_deref() == Some(self.instance.as_str()) {
                return None;
            }
            instance.or_else(|| SipUri::parse(&contact.uri).ok().map(|uri| uri.host().to_owned()))
        });
        let mut names: Vec<String> = names.take(MAX_OTHERS).map(|name| fingerprint(&name)).collect();
        names.sort();
        names.dedup();
        names
    }

    fn request(&mut self) -> Request {
        let cseq = self.next_cseq();
        let mut request = Request::new(Method::Register, &self.registrar)
            .with("From", self.address.clone().with_tag(&self.from_tag).to_string())
            .with("To", NameAddr::new(&self.address.uri).to_string())
            .with("Call-ID", self.call_id.clone())
            .with("CSeq", format!("{cseq} REGISTER"))
            .with("Supported", if self.outbound { "path, outbound" } else { "path" });
        if let Some(proxy) = self.outbound_proxy.clone() {
            request.headers.push("Route", format!("<{}>", proxy.with_param("lr", None)));
        }
        request
    }

    fn contact_uri(&self) -> String {
        let host = self.seen_as.map_or_else(|| "invalid.invalid".to_owned(), host_port);
        let scheme = if self.secure { "sips" } else { "sip" };
        let transport = match self.transport {
            Transport::Udp => "",
            Transport::Tcp => ";transport=tcp",
            // RFC 5630 section 3.1.4 deprecates it for `sips`, and every registrar understands it for `sip`.
            Transport::Tls if self.secure => "",
            Transport::Tls => ";transport=tls",
        };
        format!("{scheme}:{}@{host}{transport}", self.token)
    }
}

/// 64 bits of SHA-256: enough to know a name again, too little to learn it.
fn fingerprint(name: &str) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, name.as_bytes());
    digest.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
}

/// 128 random bits.
pub(super) fn hex(random: &mut StdRng) -> String {
    format!("{:032x}", random.random::<u128>())
}
