//! The login: from the first `<stream:stream>` to the features of the authenticated stream (RFC 6120 sections 4 to 6).
//!
//! ```text
//! TCP --- handle_connected ---> PlainFeatures --<proceed/>--> Handshake
//! direct TLS ------------------------------------------------------+--- handle_secured
//!                                                                  v
//!             Done <-- Features <--<success/>-- Authenticating <-- SecuredFeatures
//! ```
//!
//! Every other input ends it with a named error. It never sends anything about the user before TLS, and never goes on
//! without TLS (RFC 7590 section 3.1). Compression is never asked for (XEP-0138 stays unknown to it).

mod error;
#[cfg(test)]
mod tests;

use std::collections::{BTreeSet, VecDeque};

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use minidom::Element;
use rxml::NcName;

pub use self::error::{LoginError, Verdict};
use super::framing::{Frame, NS_STREAM};
use super::sasl::{ChannelBindings, Key, KeyJob, Mechanism, Offer, SaslError, Scram, Step, choose};

const NS_TLS: &str = "urn:ietf:params:xml:ns:xmpp-tls";
const NS_SASL: &str = "urn:ietf:params:xml:ns:xmpp-sasl";
const NS_BINDINGS: &str = "urn:xmpp:sasl-cb:0";
const NS_STREAMS: &str = "urn:ietf:params:xml:ns:xmpp-streams";
/// Mechanisms, or channel binding types, that are looked at.
const MOST_OFFERS: usize = 64;

/// Who signs in, and with what at least.
#[derive(Clone, PartialEq, Eq)]
pub struct Settings {
    /// The local part of the address, prepared (RFC 7622).
    pub user: String,
    /// PLAIN is acceptable.
    pub allow_plain: bool,
    /// The TLS handshake showed a certificate of ours.
    pub external: bool,
    /// The mechanism of the last success; nothing weaker will do.
    pub weakest: Option<Mechanism>,
}

/// What the shell is to do, in this order.
#[derive(Debug)]
pub enum Output {
    /// Begin a stream: a new parser and a new header.
    OpenStream,
    /// Write this.
    Send(Element),
    /// Make the TLS handshake on this connection. Bytes that were read beyond this point are an attack:
    /// [`LoginError::Injection`].
    StartTls,
    /// Run this somewhere else, then [`Login::handle_key`].
    Derive(KeyJob),
    /// Signed in.
    Done {
        /// The features of the authenticated stream.
        features: Element,
        /// What it was done with.
        mechanism: Mechanism,
    },
    /// Over.
    Failed(LoginError),
}

/// One login; see the module's documentation.
pub struct Login {
    settings: Settings,
    nonce: String,
    bindings: ChannelBindings,
    state: State,
    outputs: VecDeque<Output>,
}

enum State {
    /// Nothing happened.
    Idle,
    /// A stream header is out; the header and then the features of this kind of stream come.
    ExpectFeatures(Layer),
    /// `<starttls/>` is out.
    ExpectProceed,
    /// The shell makes the handshake.
    Handshake,
    /// The password is being fetched for PLAIN.
    PlainKey,
    /// `<auth/>` with this mechanism of one message is out.
    ExpectSuccess(Mechanism),
    /// SCRAM is on.
    Scram { scram: Scram, mechanism: Mechanism },
    /// Done or failed.
    Over,
}

#[derive(Clone, Copy)]
enum Layer {
    Plain,
    Secured,
    Authenticated(Mechanism),
}

impl Login {
    /// A login that waits for its connection. `nonce` is printable ASCII without comma, freshly random, 24 characters or
    /// more.
    pub fn new(settings: Settings, nonce: String) -> Self {
        Self { settings, nonce, bindings: ChannelBindings::default(), state: State::Idle, outputs: VecDeque::new() }
    }

    /// A TCP connection without TLS is there.
    pub fn handle_connected(&mut self) {
        match self.state {
            State::Idle => self.open(Layer::Plain),
            _ => self.fail(LoginError::Misuse),
        }
    }

    /// TLS is there, from the first byte or after [`Output::StartTls`].
    pub fn handle_secured(&mut self, bindings: ChannelBindings) {
        match self.state {
            State::Idle | State::Handshake => {
                self.bindings = bindings;
                self.open(Layer::Secured);
            }
            _ => self.fail(LoginError::Misuse),
        }
    }

    /// The result of [`Output::Derive`].
    pub fn handle_key(&mut self, key: &Key) {
        match std::mem::replace(&mut self.state, State::Over) {
            State::PlainKey => {
                // RFC 4616 section 2: no authorization identity, the user, the password.
                let message = [b"\0", self.settings.user.as_bytes(), b"\0", key.expose()].concat();
                self.send(auth(Mechanism::Plain, &message));
                self.state = State::ExpectSuccess(Mechanism::Plain);
            }
            State::Scram { mut scram, mechanism } => match scram.handle_key(key) {
                Ok(response) => {
                    self.send(sasl("response", &response));
                    self.state = State::Scram { scram, mechanism };
                }
                Err(error) => self.fail(error.into()),
            },
            _ => self.fail(LoginError::Misuse),
        }
    }

    /// What the server sent.
    pub fn handle_frame(&mut self, frame: Frame) {
        let element = match frame {
            Frame::Opened => return,
            Frame::Closed => return self.fail(LoginError::Closed),
            Frame::Stanza(element) => element,
        };
        if element.is("error", NS_STREAM) {
            return self.fail(LoginError::Stream(condition(&element, NS_STREAMS)));
        }
        match std::mem::replace(&mut self.state, State::Over) {
            State::ExpectFeatures(layer) if element.is("features", NS_STREAM) => self.features(layer, element),
            State::ExpectProceed if element.is("proceed", NS_TLS) => {
                self.state = State::Handshake;
                self.outputs.push_back(Output::StartTls);
            }
            State::ExpectProceed if element.is("failure", NS_TLS) => self.fail(LoginError::TlsRefused),
            State::ExpectSuccess(mechanism) if element.is("success", NS_SASL) => {
                self.open(Layer::Authenticated(mechanism));
            }
            State::ExpectSuccess(Mechanism::External) if element.is("failure", NS_SASL) => {
                self.fail(LoginError::CertificateRefused);
            }
            State::ExpectSuccess(_) | State::Scram { .. } if element.is("failure", NS_SASL) => {
                self.fail(SaslError::Refused(condition(&element, NS_SASL)).into());
            }
            State::Scram { scram, mechanism } => self.scram(scram, mechanism, &element),
            State::Over => {}
            State::Idle
            | State::ExpectFeatures(_)
            | State::ExpectProceed
            | State::Handshake
            | State::PlainKey
            | State::ExpectSuccess(_) => self.fail(LoginError::OutOfTurn),
        }
    }

    /// What is to be done; drain it after every input.
    #[must_use]
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    fn features(&mut self, layer: Layer, features: Element) {
        match layer {
            // Whatever else it offers in the clear (mechanisms!) is not to be touched.
            Layer::Plain if features.has_child("starttls", NS_TLS) => {
                self.send(Element::bare("starttls", NS_TLS));
                self.state = State::ExpectProceed;
            }
            Layer::Plain => self.fail(LoginError::NoTls),
            Layer::Secured => self.authenticate(&features),
            Layer::Authenticated(mechanism) => {
                self.outputs.push_back(Output::Done { features, mechanism });
            }
        }
    }

    fn authenticate(&mut self, features: &Element) {
        let offered: Vec<String> = features
            .get_child("mechanisms", NS_SASL)
            .map(|list| list.children().filter(|child| child.is("mechanism", NS_SASL)))
            .map(|list| list.take(MOST_OFFERS).map(|child| child.text().trim().to_owned()).collect())
            .unwrap_or_default();
        let listed: Option<BTreeSet<String>> = features.get_child("sasl-channel-binding", NS_BINDINGS).map(|list| {
            let types = list.children().filter(|child| child.is("channel-binding", NS_BINDINGS));
            types.take(MOST_OFFERS).filter_map(|child| child.attr("type")).map(str::to_owned).collect()
        });
        let offer = Offer::new(&offered, listed.as_ref());
        let Settings { allow_plain, weakest, external, .. } = self.settings;
        let choice = match choose(&offered, listed.as_ref(), &self.bindings, allow_plain, external, weakest) {
            Ok(choice) => choice,
            Err(error) => return self.fail(error.into()),
        };
        let mechanism = choice.mechanism;
        match mechanism {
            Mechanism::Plain => {
                self.state = State::PlainKey;
                self.outputs.push_back(Output::Derive(KeyJob::Password));
            }
            Mechanism::External => {
                // RFC 6120 section 6.4.2: `=` is an empty response; the server takes the address from the certificate.
                let mut request = auth(mechanism, &[]);
                request.append_text("=");
                self.send(request);
                self.state = State::ExpectSuccess(mechanism);
            }
            Mechanism::Scram(hash) | Mechanism::ScramPlus(hash) => {
                let (scram, first) = Scram::new(hash, &self.settings.user, &self.nonce, &choice.binding, offer);
                self.send(auth(mechanism, &first));
                self.state = State::Scram { scram, mechanism };
            }
        }
    }

    fn scram(&mut self, mut scram: Scram, mechanism: Mechanism, element: &Element) {
        let Some(data) = decode(element) else {
            return self.fail(SaslError::Misbehaved("a message is not base64").into());
        };
        if element.is("challenge", NS_SASL) {
            match scram.handle_challenge(&data.unwrap_or_default()) {
                Ok(Step::Derive(job)) => self.outputs.push_back(Output::Derive(job)),
                Ok(Step::Respond(response)) => self.send(sasl("response", &response)),
                Err(error) => return self.fail(error.into()),
            }
            self.state = State::Scram { scram, mechanism };
        } else if element.is("success", NS_SASL) {
            match scram.handle_success(data.as_deref()) {
                Ok(()) => self.open(Layer::Authenticated(mechanism)),
                Err(error) => self.fail(error.into()),
            }
        } else {
            self.fail(LoginError::OutOfTurn);
        }
    }

    fn open(&mut self, layer: Layer) {
        self.state = State::ExpectFeatures(layer);
        self.outputs.push_back(Output::OpenStream);
    }

    fn send(&mut self, element: Element) {
        self.outputs.push_back(Output::Send(element));
    }

    fn fail(&mut self, error: LoginError) {
        self.state = State::Over;
        // What was to be sent before is of no use any more.
        self.outputs.clear();
        self.outputs.push_back(Output::Failed(error));
    }
}

fn auth(mechanism: Mechanism, initial: &[u8]) -> Element {
    let mut element = sasl("auth", initial);
    let name = NcName::try_from("mechanism").expect("it is an XML name");
    element.attrs_mut().insert(rxml::Namespace::NONE, name, mechanism.to_string());
    element
}

fn sasl(name: &str, data: &[u8]) -> Element {
    let element = Element::builder(name, NS_SASL);
    if data.is_empty() { element.build() } else { element.append(BASE64.encode(data)).build() }
}

/// The data of a SASL element: `Some(None)` when there is none, `Some(Some([]))` for `=` (RFC 6120 section 6.4.2), `None`
/// when it is not base64.
fn decode(element: &Element) -> Option<Option<Vec<u8>>> {
    let text = element.text();
    match text.trim() {
        "" => Some(None),
        "=" => Some(Some(Vec::new())),
        text => BASE64.decode(text).ok().map(Some),
    }
}

/// The defined condition of an error or a failure: its first child in `namespace` that is not the text.
fn condition(element: &Element, namespace: &str) -> String {
    let found = element.children().find(|child| child.ns() == namespace && child.name() != "text");
    // It becomes part of a sentence for the user: only what a condition can look like.
    found
        .map(Element::name)
        .filter(|name| name.len() <= 64 && name.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-'))
        .unwrap_or("undefined-condition")
        .to_owned()
}
