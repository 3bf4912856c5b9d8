//! The settings as the program uses them: every value checked, every default filled in.

use std::net::SocketAddr;
use std::path::PathBuf;
use std::time::Duration;

use crate::model::{AccountId, Aspect, Floor, Jid, Language, SipUri};
use crate::phone::{DialPlan, Tariffs};
use crate::platform::Secret;
use crate::sdp::{Codec, KeyAgreement, MediaProtection};
use crate::sip::TransportChoice;
use crate::xmpp::TlsMode;

/// The whole configuration. The default has no account and every default.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Config {
    /// Chat accounts.
    pub chat: Vec<Chat>,
    /// Voice accounts.
    pub voice: Vec<Voice>,
    /// Which of them belong together.
    pub relations: Vec<Relation>,
    /// Names and trust.
    pub network: Network,
    /// Devices, processing, codecs.
    pub audio: Audio,
    /// How calls find a path for their sound.
    pub media: super::Media,
    /// How calls are placed and taken.
    pub calls: Calls,
    /// How numbers are read and dialled, and what they cost.
    pub numbers: Numbers,
    /// How the two connections depend on each other.
    pub connection: super::Connection,
    /// What a connection carries although it is the other's task, where that is not as usual.
    pub features: Vec<crate::model::FeatureRule>,
    /// How the window looks.
    pub appearance: Appearance,
    /// How much protection is demanded.
    pub security: SecurityPolicy,
    /// What is logged.
    pub log: LogLevel,
    /// Whom to believe.
    pub identity: super::Identity,
    /// What others are told of writing and reading.
    pub messages: super::Messages,
    /// How the program lives on the desktop.
    pub desktop: super::Desktop,
    /// What the desktop shows while the window is elsewhere.
    pub notifications: super::Notifications,
    /// How long messages are kept, and how far back they are read from the server.
    pub history: super::History,
    /// Where recordings go and what they are like.
    pub recording: super::Recording,
    /// Whose provisioning document is used.
    pub provisioning: super::Provisioning,
}

impl Config {
    /// There is no account, and nowhere to get one from: the first window asks for one.
    pub fn is_without_accounts(&self) -> bool {
        self.chat.is_empty() && self.voice.is_empty() && self.provisioning.source.is_none()
    }
}

/// How much protection is demanded of every account.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecurityPolicy {
    /// An account below this is not used.
    pub minimum: Floor,
}

/// A chat account.
#[derive(Clone, Debug, PartialEq)]
pub struct Chat {
    /// Its name, unique over both services.
    pub id: AccountId,
    /// The XMPP address.
    pub address: Jid,
    /// Where the password is.
    pub secret: SecretSource,
    /// Connect there instead of asking DNS.
    pub server: Option<String>,
    /// How TLS starts.
    pub tls: TlsMode,
    /// The resource to ask for.
    pub resource: Option<String>,
    /// PLAIN is acceptable inside TLS.
    pub allow_plain: bool,
    /// SHA-256 of the only acceptable certificates.
    pub certificate_pins: Vec<[u8; 32]>,
    /// SHA-256 of certificates accepted although they do not verify.
    pub certificate_exceptions: Vec<[u8; 32]>,
    /// PEM files: our own certificate, and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// In what the user accepts less than the other side has, or than `security.minimum` demands.
    pub accept_weaker: Vec<Aspect>,
}

/// A voice account.
#[derive(Clone, Debug, PartialEq)]
pub struct Voice {
    /// Its name, unique over both services.
    pub id: AccountId,
    /// The address of record.
    pub address: SipUri,
    /// Where the password is.
    pub secret: SecretSource,
    /// The name for authentication; the address's user part where absent.
    pub auth_user: Option<String>,
    /// The name that others see.
    pub display_name: Option<String>,
    /// Send everything there instead of asking DNS.
    pub outbound_proxy: Option<SipUri>,
    /// Which transport.
    pub transport: TransportChoice,
    /// The only realm that the password is shown to.
    pub realm: Option<String>,
    /// MD5 digests are acceptable.
    pub allow_md5: bool,
    /// The registration's lifetime in seconds.
    pub expires: u32,
    /// Whether SRTP is offered and demanded.
    pub media_encryption: MediaProtection,
    /// How the keys for it are agreed on.
    pub media_keys: KeyAgreement,
    /// SHA-256 of the only acceptable certificates.
    pub certificate_pins: Vec<[u8; 32]>,
    /// SHA-256 of certificates accepted although they do not verify.
    pub certificate_exceptions: Vec<[u8; 32]>,
    /// PEM files: our own certificate, and its key.
    pub client_certificate: Option<(PathBuf, PathBuf)>,
    /// In what the user accepts less than the other side has, or than `security.minimum` demands.
    pub accept_weaker: Vec<Aspect>,
    /// Who may ring on this account, and whether its calls hide who calls.
    pub callers: super::AccountCallers,
    /// What it says about numbers in place of `[numbers]`.
    pub plan: crate::phone::AccountPlan,
    /// Voicemail, busy lamps and digits.
    pub telephony: super::Telephony,
}

impl Chat {
    /// An account with every default.
    pub fn new(id: AccountId, address: Jid, secret: SecretSource) -> Self {
        Self {
            id,
            address,
            secret,
            server: None,
            tls: TlsMode::Auto,
            resource: None,
            allow_plain: false,
            certificate_pins: Vec::new(),
            certificate_exceptions: Vec::new(),
            client_certificate: None,
            accept_weaker: Vec::new(),
        }
    }
}

impl Voice {
    /// An account with every default.
    pub fn new(id: AccountId, address: SipUri, secret: SecretSource) -> Self {
        Self {
            id,
            address,
            secret,
            auth_user: None,
            display_name: None,
            outbound_proxy: None,
            transport: TransportChoice::Auto,
            realm: None,
            allow_md5: true,
            expires: 600,
            media_encryption: MediaProtection::Optional,
            media_keys: KeyAgreement::Auto,
            certificate_pins: Vec::new(),
            certificate_exceptions: Vec::new(),
            client_certificate: None,
            accept_weaker: Vec::new(),
            callers: super::AccountCallers::default(),
            plan: crate::phone::AccountPlan::default(),
            telephony: super::Telephony::default(),
        }
    }
}

/// Where a password is: exactly one place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SecretSource {
    /// The desktop's keyring, under the account's address.
    Keyring,
    /// The first line that a command prints.
    Command(String),
    /// The first line of a file.
    File(PathBuf),
    /// In the configuration itself: works, and draws a warning.
    Inline(Secret),
}

/// A chat account and the voice account that belongs to it (RFC 7081 section 3.4).
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Relation {
    /// The chat account's name.
    pub chat: AccountId,
    /// The voice account's name.
    pub voice: AccountId,
}

/// Names and trust.
#[derive(Clone, Debug, PartialEq)]
pub struct Network {
    /// A name server instead of the system's.
    pub resolver: Option<SocketAddr>,
    /// PEM files with more certificate authorities.
    pub ca_files: Vec<PathBuf>,
    /// Whether the system's certificate authorities count.
    pub system_authorities: bool,
}

/// Devices, processing, codecs.
#[derive(Clone, Debug, PartialEq)]
pub struct Audio {
    /// The microphone: a system name, `default`, `null`, `file:PATH.wav`.
    pub input: String,
    /// The loudspeaker.
    pub output: String,
    /// What rings.
    pub ring: String,
    /// What serves while those are away.
    pub instead: super::Instead,
    /// Remove the loudspeaker's echo from the microphone.
    pub echo_cancellation: bool,
    /// Remove steady noise.
    pub noise_suppression: bool,
    /// Even the level out.
    pub gain_control: bool,
    /// Codecs in the order of preference.
    pub codecs: Vec<Codec>,
    /// The length of the packets that we send and ask for.
    pub packet_time: Duration,
    /// Send nothing in pauses, where the peer can follow.
    pub discontinuous: bool,
}

/// To whom our chat address is sent with a call (C-31).
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum CallInfoPolicy {
    /// To addresses of our own domain and to confirmed contacts.
    #[default]
    Known,
    /// To everybody.
    Always,
    /// To nobody.
    Never,
}

/// How calls are placed and taken.
#[derive(Clone, Debug, PartialEq)]
pub struct Calls {
    /// The country that numbers without `+` belong to, as ISO 3166 says: `DE`.
    pub region: Option<String>,
    /// To whom our chat address is sent.
    pub send_chat_address: CallInfoPolicy,
    /// How long an outgoing call rings before it is given up.
    pub ring_timeout: Duration,
    /// Whom "test my setup" calls to hear oneself.
    pub echo_address: Option<String>,
    /// The microphone is open only while a key is held.
    pub push_to_talk: bool,
    /// A call in which nothing arrives for so long is hung up; zero: never.
    pub silence_timeout: Duration,
    /// Who may ring, and what is told of us.
    pub callers: super::Callers,
    /// Contacts with an address of a voice account's own domain have a busy lamp.
    pub contact_lamps: bool,
    /// What happens to calls that come in.
    pub answering: super::Answering,
}

/// How numbers are read and dialled, and what they cost.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Numbers {
    /// How they are read and dialled.
    pub plan: DialPlan,
    /// What they cost.
    pub tariffs: Tariffs,
}

/// How the window looks.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Appearance {
    /// The language of the window; `None`: that of the system.
    pub language: Option<Language>,
    /// Light, dark, or as the system.
    pub theme: Theme,
    /// No fades.
    pub reduce_motion: bool,
    /// The size of everything, in percent, 50 to 300.
    pub scale_percent: u16,
}

/// Light or dark.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Theme {
    /// As the system says.
    #[default]
    System,
    /// Light.
    Light,
    /// Dark.
    Dark,
}

/// What is logged.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum LogLevel {
    /// Failures.
    Error,
    /// And what is odd.
    Warn,
    /// And milestones.
    #[default]
    Info,
    /// And protocol steps, with addresses.
    Debug,
    /// And every packet.
    Trace,
}

impl Default for Appearance {
    fn default() -> Self {
        Self { language: None, theme: Theme::System, reduce_motion: false, scale_percent: 100 }
    }
}

impl Default for Network {
    fn default() -> Self {
        Self { resolver: None, ca_files: Vec::new(), system_authorities: true }
    }
}

impl Default for Audio {
    fn default() -> Self {
        Self {
            input: "default".to_owned(),
            output: "default".to_owned(),
            ring: "default".to_owned(),
            instead: super::Instead::default(),
            echo_cancellation: true,
            noise_suppression: true,
            gain_control: true,
            codecs: vec![Codec::Opus, Codec::G722, Codec::Pcmu, Codec::Pcma],
            packet_time: Duration::from_millis(10),
            discontinuous: false,
        }
    }
}

impl Default for Calls {
    fn default() -> Self {
        Self {
            region: None,
            send_chat_address: CallInfoPolicy::Known,
            ring_timeout: Duration::from_secs(120),
            echo_address: None,
            push_to_talk: false,
            silence_timeout: Duration::from_secs(60),
            callers: super::Callers::default(),
            contact_lamps: false,
            answering: super::Answering::default(),
        }
    }
}
