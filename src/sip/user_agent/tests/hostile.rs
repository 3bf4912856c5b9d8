//! A real call machine behind the real datagram input, and hostile INVITEs (S22).

use super::*;
use crate::model::Transport;
use crate::sip::Session;

/// How many transactions and calls may be left at any time.
pub(super) const MOST_CALLS: usize = super::super::MAX_MACHINES;

/// A registered user agent with real calls.
pub(super) struct Line {
    pub(super) agent: UserAgent<Session>,
    pub(super) now: Now,
    pub(super) flow: FlowId,
    pub(super) sent: VecDeque<Message>,
    pub(super) events: Vec<Event>,
    pub(super) options: u64,
}

impl Line {
    pub(super) fn new() -> Self {
        let agent = UserAgent::new(config(TransportChoice::Udp), "secret", [9; 32], Now::default());
        let mut line =
            Self { agent, now: Now::default(), flow: FlowId(0), sent: VecDeque::new(), events: Vec::new(), options: 0 };
        line.command(Command::Register);
        assert!(line.agent.registration.is_registered());
        line.events.clear();
        line
    }

    pub(super) fn requests(&self) -> Vec<Request> {
        let request = |message: &Message| match message {
            Message::Request(request) => Some(request.clone()),
            Message::Response(_) => None,
        };
        self.sent.iter().filter_map(request).collect()
    }

    pub(super) fn command(&mut self, command: Command) {
        self.agent.handle_command(command, self.now);
        self.drain();
    }

    /// What the UDP socket does with a datagram.
    pub(super) fn datagram(&mut self, bytes: &[u8]) {
        let bytes = &bytes[..bytes.len().min(65_507)];
        let input = if bytes.iter().all(|byte| b"\r\n\0".contains(byte)) {
            FlowInput::Pong
        } else {
            let remote = PROXY.parse().expect("an address");
            FlowInput::Message { remote, message: parse_datagram(Bytes::copy_from_slice(bytes)).map(Box::new) }
        };
        self.agent.handle_flow(self.flow, input, self.now);
        self.drain();
    }

    pub(super) fn drain(&mut self) {
        let mut registers = Vec::new();
        while let Some(output) = self.agent.poll_output() {
            match output {
                Output::Event(event) => {
                    if let Event::Incoming(incoming) = &event {
                        let call = incoming.call;
                        self.agent.handle_command(Command::Ring { call, answer: None }, self.now);
                    }
                    self.events.push(event);
                }
                Output::Lookup(question) => {
                    let answer = match &question {
                        Question::Addresses(_) => Answer::Addresses(vec!["192.0.2.1".parse().expect("an address")]),
                        Question::Naptr(_) => Answer::Naptr(Vec::new()),
                        Question::Srv(_) => Answer::Srv(Vec::new()),
                    };
                    self.agent.handle_answer(&question, answer, self.now);
                }
                Output::Open { flow, target } => {
                    self.flow = flow;
                    let local = "10.0.0.5:40000".parse().expect("an address");
                    let (remote, transport) = (target.address, Transport::Udp);
                    let protection = FlowProtection::NONE;
                    let input = FlowInput::Opened { local, remote, transport, protection };
                    self.agent.handle_flow(flow, input, self.now);
                }
                Output::Close(_) | Output::Route { .. } => {}
                // A keep-alive.
                Output::Transmit { bytes, .. } if bytes.iter().all(|byte| b"\r\n".contains(byte)) => {}
                Output::Transmit { bytes, .. } => {
                    // A refusal repeats what was sent to us, readable or not.
                    let Ok(message) = parse_datagram(bytes) else { continue };
                    match &message {
                        Message::Request(request) if request.method == Method::Register => {
                            registers.push(request.clone());
                        }
                        Message::Request(_) | Message::Response(_) => self.sent.push_back(message),
                    }
                }
            }
        }
        for register in registers {
            let contact = register.headers.contact().expect("a Contact").uri;
            let ok = Response::to(&register, 200, Some("r")).with("Contact", format!("<{contact}>;expires=3600"));
            self.datagram(&ok.to_bytes());
        }
    }

    pub(super) fn pass(&mut self, after: Duration) {
        let end = self.now.boot + after;
        while let Some(at) = self.agent.poll_timeout().filter(|at| *at <= end) {
            self.now.boot = at.max(self.now.boot);
            self.agent.handle_timeout(self.now);
            self.drain();
        }
        self.now.boot = end;
    }

    pub(super) fn contact(&self) -> String {
        self.agent.registration.contact().uri
    }

    /// The next valid OPTIONS is answered, at once: no time passes here.
    pub(super) fn is_alive(&mut self) -> bool {
        self.options += 1;
        let branch = format!("z9hG4bKalive{}", self.options);
        let request = Request::new(Method::Options, &self.contact())
            .with("Via", format!("SIP/2.0/UDP 192.0.2.1;branch={branch}"))
            .with("From", "<sip:bob@example.com>;tag=o")
            .with("To", "<sip:alice@example.com>")
            .with("Call-ID", format!("alive-{}", self.options))
            .with("CSeq", "1 OPTIONS")
            .with("Max-Forwards", "70");
        self.datagram(&request.to_bytes());
        let answered = self.sent.iter().any(|message| match message {
            Message::Response(response) => {
                response.code == 200
                    && response.headers.top_via().and_then(|via| via.branch().map(str::to_owned))
                        == Some(branch.clone())
            }
            Message::Request(_) => false,
        });
        self.sent.clear();
        answered && self.agent.calls.len() <= MOST_CALLS
    }
}

/// An element of the INVITE that is replaced: its name, and what stands there in a good one.
const ELEMENTS: &[(&str, &str)] = &[
    ("method", "INVITE"),
    ("uri-scheme", "sip:"),
    ("uri-user", "USER"),
    ("uri-host", "10.0.0.5"),
    ("uri-port", "40000"),
    ("version", "SIP/2.0"),
    ("via-name", "Via"),
    ("via-protocol", "SIP/2.0/UDP"),
    ("via-host", "192.0.2.1"),
    ("via-port", "5060"),
    ("via-branch", "z9hG4bKBRANCH"),
    ("via-param", "ttl=16"),
    ("from-name", "From"),
    ("from-display", "\"Bob\""),
    ("from-uri", "sip:bob@example.com"),
    ("from-tag", "1928301774"),
    ("to-name", "To"),
    ("to-display", "Alice"),
    ("to-uri", "sip:alice@example.com"),
    ("call-id-name", "Call-ID"),
    ("call-id", "a84b4c76e66710@192.0.2.1"),
    ("cseq-name", "CSeq"),
    ("cseq-number", "1"),
    ("cseq-method", "INVITE"),
    ("max-forwards", "70"),
    ("contact-uri", "<sip:bob@192.0.2.50:5060>"),
    ("contact-param", "expires=60"),
    ("content-type", "application/sdp"),
    ("content-length", "LENGTH"),
    ("expires", "120"),
    ("record-route", "<sip:proxy.example.com;lr>"),
    ("p-asserted", "<sip:bob@example.com>"),
    ("call-info", "<xmpp:bob@example.com>;purpose=impp"),
    ("header-name", "Subject"),
    ("header-value", "Lunch"),
    ("line-end", "\r\n"),
    ("sdp-v", "0"),
    ("sdp-origin", "bob 2890844526 2890844526 IN IP4 192.0.2.50"),
    ("sdp-session", "-"),
    ("sdp-connection", "IN IP4 192.0.2.50"),
    ("sdp-time", "0 0"),
    ("sdp-media", "audio"),
    ("sdp-port", "49172"),
    ("sdp-profile", "RTP/AVP"),
    ("sdp-formats", "0 101"),
    ("sdp-rtpmap", "0 PCMU/8000"),
    ("sdp-fmtp", "101 0-15"),
    ("sdp-end", "\r\n"),
];

/// What is put there, of each class: overflows, format strings, separators, ends of lines, bytes that are no text, numbers,
/// addresses, nothing.
fn anomalies() -> Vec<Vec<u8>> {
    let mut found: Vec<Vec<u8>> = vec![Vec::new(), b" ".to_vec(), b"\0".to_vec(), vec![0; 64], vec![0xff; 64]];
    for length in [17, 128, 257, 1_025, 4_097, 20_000, 60_000] {
        found.push(vec![b'a'; length]);
    }
    for text in ["%s", "%n", "%x", "%.9999d", "${jndi:ldap://x}", "$(id)"] {
        found.extend([text.as_bytes().to_vec(), text.repeat(300).into_bytes()]);
    }
    for sign in b"\t ;:,=<>@/\\\"'?()[]{}&%#*+-~|^`!$." {
        found.extend([vec![*sign], vec![*sign; 16], vec![*sign; 1_000]]);
    }
    for text in ["\r\n", "\r", "\n", "\r\n\r\n", "\r\n ", "\r\n\t\r\n", "\u{b}", "\u{7f}", "\u{feff}", "\u{202e}x", "é"]
    {
        found.extend([text.as_bytes().to_vec(), text.repeat(200).into_bytes()]);
    }
    found.extend([vec![0xc0, 0xaf], vec![0xed, 0xa0, 0x80], vec![0xf8, 0x88, 0x80, 0x80, 0x80], vec![0x80; 300]]);
    for number in [
        "0",
        "-0",
        "-1",
        "+5",
        "007",
        "1e9",
        "0x10",
        "255",
        "256",
        "65535",
        "65536",
        "2147483647",
        "2147483648",
        "4294967295",
        "4294967296",
        "9223372036854775808",
        "18446744073709551616",
        "1.5",
        "NaN",
    ] {
        found.push(number.as_bytes().to_vec());
    }
    found.push("9".repeat(400).into_bytes());
    for address in [
        "999.999.999.999",
        "1.2.3",
        "0.0.0.0",
        "255.255.255.255",
        "[::1]",
        "[::",
        "::1",
        "[::ffff:1.2.3.4]",
        "a..b",
        "-a-",
        "xn--",
        "localhost",
        "%00",
        "%zz",
        "\"",
        "\"\\",
        "</>",
        "<",
        ">",
        "<>",
        "<sip:>",
        "sip:@",
        "*",
        "tel:+1",
        "sip:a@b;maddr=1.1.1.1?Replaces=x",
        "sips:%41@[::1]:0",
        "=?utf-8?q?x?=",
    ] {
        found.extend([address.as_bytes().to_vec(), address.repeat(40).into_bytes()]);
    }
    found
}

/// An INVITE with names of elements in braces: what it describes, and its head up to the Call-ID and from there on.
const BODY: &str = "v={sdp-v}{sdp-end}o={sdp-origin}\r\n\
    s={sdp-session}\r\n\
    c={sdp-connection}\r\n\
    t={sdp-time}\r\n\
    m={sdp-media} {sdp-port} {sdp-profile} {sdp-formats}\r\n\
    a=rtpmap:{sdp-rtpmap}\r\n\
    a=rtpmap:101 telephone-event/8000\r\n\
    a=fmtp:{sdp-fmtp}\r\n";
const TO_CALL_ID: &str = "{method} {uri-scheme}{uri-user}@{uri-host}:{uri-port} {version}{line-end}{via-name}: {via-protocol} {via-host}:{via-port};branch={via-branch};{via-param}\r\n\
    {from-name}: {from-display} <{from-uri}>;tag={from-tag}\r\n\
    {to-name}: {to-display} <{to-uri}>\r\n\
    {call-id-name}: {call-id}";
const FROM_CSEQ: &str = "{cseq-name}: {cseq-number} {cseq-method}\r\n\
    Max-Forwards: {max-forwards}\r\n\
    Contact: {contact-uri};{contact-param}\r\n\
    Expires: {expires}\r\n\
    Record-Route: {record-route}\r\n\
    P-Asserted-Identity: {p-asserted}\r\n\
    Call-Info: {call-info}\r\n\
    {header-name}: {header-value}\r\n\
    Content-Type: {content-type}\r\n\
    Content-Length: ";

/// The INVITE with one element replaced; `None`: a good one.
pub(super) fn invite(case: usize, user: &str, replaced: Option<(&str, &[u8])>) -> Vec<u8> {
    let value = |name: &str| -> Vec<u8> {
        if let Some((_, anomaly)) = replaced.filter(|(element, _)| *element == name) {
            return anomaly.to_vec();
        }
        let good = ELEMENTS.iter().find(|(known, _)| *known == name).map(|(_, good)| *good).expect("an element");
        good.replace("USER", user).replace("BRANCH", &case.to_string()).into_bytes()
    };
    // Every second piece is the name of an element.
    let join = |template: &str| -> Vec<u8> {
        let pieces = template.split(['{', '}']).enumerate();
        pieces.flat_map(|(at, piece)| if at % 2 == 0 { piece.as_bytes().to_vec() } else { value(piece) }).collect()
    };
    let body = join(BODY);
    let length = match replaced.filter(|(element, _)| *element == "content-length") {
        Some((_, anomaly)) => anomaly.to_vec(),
        None => body.len().to_string().into_bytes(),
    };
    let mut bytes = join(TO_CALL_ID);
    bytes.extend_from_slice(format!("{case}\r\n").as_bytes());
    bytes.extend(join(FROM_CSEQ));
    bytes.extend_from_slice(&length);
    bytes.extend_from_slice(b"\r\n\r\n");
    bytes.extend_from_slice(&body);
    bytes
}

/// The class of messages of PROTOS c07-sip, made here: every element of an INVITE replaced by every anomaly, with a CANCEL
/// behind each as its teardown, and a good OPTIONS that has to be answered before anything else happens.
#[test]
fn s22_after_each_of_several_thousand_hostile_invites_the_next_good_request_is_answered() {
    let mut line = Line::new();
    let user = line.token();
    let anomalies = anomalies();
    let (mut cases, mut rang) = (0, 0);
    for (element, _) in ELEMENTS {
        for anomaly in &anomalies {
            cases += 1;
            let hostile = invite(cases, &user, Some((element, anomaly)));
            line.datagram(&hostile);
            // The same again, as UDP would, and its teardown.
            if cases % 7 == 0 {
                line.datagram(&hostile);
            }
            let cancel = invite(cases, &user, Some((element, anomaly)));
            let cancel = String::from_utf8_lossy(&cancel)
                .replacen("INVITE sip", "CANCEL sip", 1)
                .replace("1 INVITE", "1 CANCEL");
            line.datagram(cancel.as_bytes());
            assert!(
                line.is_alive(),
                "dead after {element} = {:?}",
                String::from_utf8_lossy(&anomaly[..anomaly.len().min(60)])
            );
            rang += line.events.iter().filter(|event| matches!(event, Event::Incoming(_))).count();
            line.events.clear();
            if cases % 25 == 0 {
                // What rings is given up, and what lingers goes: nothing piles up.
                line.pass(Duration::from_secs(240));
                line.sent.clear();
                assert!(line.agent.calls.is_empty(), "{} calls are left after {element}", line.agent.calls.len());
            }
        }
    }
    assert!(cases >= 4_500, "{cases} cases");
    assert!(rang > 500, "only {rang} came as far as a call: the generator misses");
    line.datagram(&invite(0, &user, None));
    assert!(line.events.iter().any(|event| matches!(event, Event::Incoming(_))), "a good one rings as ever");
}

impl Line {
    pub(super) fn token(&self) -> String {
        SipUri::parse(&self.contact()).expect("valid").user().expect("a token").to_owned()
    }
}
