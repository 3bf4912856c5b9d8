//! What goes into the manager, and what it wants done.

use std::path::PathBuf;
use std::sync::Arc;

use super::address_book::{BookEvent, BookFile};
use super::on_discovery::{Purpose, Searched};
use super::{NoticeBody, Refusal, Reply, Request};
use crate::config::{Edit, SecretSource};
use crate::model::{AccountId, Avatar, Jid, TlsVersion};
use crate::platform::Secret;
use crate::{media, sip, store, xmpp};

/// Names a request until it is answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Ticket(pub u64);

/// Everything that can happen to the manager.
#[derive(Debug)]
pub enum Input {
    /// The window or the control interface asks.
    Request(Ticket, Box<Request>),
    /// The chat connection of an account.
    Chat(AccountId, xmpp::Event),
    /// The voice connection of an account.
    Voice(AccountId, sip::Event),
    /// The media thread.
    Media(media::Event),
    /// The store.
    Store(store::Event),
    /// A picture was decoded, or could not be.
    Decoded {
        /// Whose.
        jid: Jid,
        /// The picture.
        avatar: Option<Avatar>,
    },
    /// The user's own picture is ready to be published, or cannot be: a sentence.
    OwnPicture(u64, Result<crate::model::OwnPicture, Arc<str>>),
    /// The password of an account is not to be had: a sentence.
    NoSecret(AccountId, Arc<str>),
    /// The task of an account ended by a defect in the program itself (F30).
    Broke(AccountId),
    /// The configuration file was written, and where the password is now; or why not.
    ConfigWritten(Result<SecretSource, Arc<str>>),
    /// The relation was written, or why not.
    RelationWritten(Result<(), Arc<str>>),
    /// A new password was kept, or why not.
    PasswordKept(AccountId, Result<(), Arc<str>>),
    /// A provisioning document came, and is right in itself.
    Provisioned(Box<crate::provisioning::Document>),
    /// The configuration was composed anew, for this request or for none; or why it could not be, a sentence.
    Reconfigured(Option<Ticket>, Result<Box<super::Reconfigured>, Arc<str>>),
    /// A file that is sent or got came further.
    File(super::FileEvent),
    /// A file of people was read, or written.
    Book(BookEvent),
    /// A part of a conversation's file was written, or not.
    Exported(super::ExportWritten),
    /// A step of the search for a document is over.
    SearchStep(Purpose, crate::provisioning::Step),
    /// The search for a document is over.
    Searched(Purpose, Box<Searched>),
    /// The servers that help to find paths were looked up.
    PathServers(Arc<[crate::media::ice::Server]>),
    /// Addresses or routes of this machine changed, whether or not anything here depends on them.
    NetworkChanged,
    /// The machine slept.
    Woke,
    /// The address that leads to the sound of a call's other side; `None`: no route leads there.
    Way(crate::model::CallId, std::net::SocketAddr, Option<std::net::IpAddr>),
}

/// Where the shell finds a password.
#[derive(Clone, Debug, PartialEq)]
pub enum SecretRef {
    /// Where the configuration says.
    Configured(SecretSource),
    /// The user just typed it.
    Given(Secret),
}

/// Which certificates of a server are acceptable, by SHA-256.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Certificates {
    /// Only these; empty: any that verifies.
    pub pins: Vec<[u8; 32]>,
    /// These although they do not verify: the configured ones, and the one that the user trusted.
    pub exceptions: Vec<[u8; 32]>,
    /// The oldest version of TLS that will do; 1.2 where absent.
    pub minimum: Option<TlsVersion>,
    /// PEM files with our own certificate and its key.
    pub client: Option<(PathBuf, PathBuf)>,
}

/// What the manager wants done. The shell does it in order and asks nothing.
#[derive(Debug)]
pub enum Effect {
    /// Start the task of a chat account, in place of one that runs already.
    StartChat {
        /// Which.
        id: AccountId,
        /// Its settings.
        config: Box<xmpp::Config>,
        /// Its password.
        secret: SecretRef,
        /// Which certificates are acceptable beside those that verify.
        certificates: Certificates,
    },
    /// Start the task of a voice account, in place of one that runs already.
    StartVoice {
        /// Which.
        id: AccountId,
        /// Its settings.
        config: Box<sip::Config>,
        /// Its password.
        secret: SecretRef,
        /// Which certificates are acceptable beside those that verify.
        certificates: Certificates,
    },
    /// End the task of an account.
    Stop(AccountId),
    /// For a chat account's task.
    Chat(AccountId, xmpp::Command),
    /// For a voice account's task.
    Voice(AccountId, sip::Command),
    /// For the media thread.
    Media(media::Command),
    /// For the store.
    Store(store::Command),
    /// The answer to a request.
    Answer(Ticket, Result<Reply, Refusal>),
    /// News for sounds, toasts and `watch`.
    Notice(NoticeBody),
    /// Decode a picture, off every thread that has a deadline; comes back as [`Input::Decoded`].
    Decode {
        /// Whose.
        jid: Jid,
        /// The encoded picture.
        picture: Arc<[u8]>,
    },
    /// Make the user's own picture ready; comes back as [`Input::OwnPicture`] with the number.
    OwnPicture(u64, super::PictureFrom),
    /// Write the configuration file with these accounts; the password goes to the keyring or to a private file
    /// beside it. Comes back as [`Input::ConfigWritten`].
    WriteConfig {
        /// The accounts.
        accounts: super::set_up::FoundAccounts,
        /// The password of both.
        password: Secret,
        /// To the keyring.
        keyring: bool,
    },
    /// Change single keys of accounts in the configuration file. Comes back as [`Input::Reconfigured`].
    EditConfig(Vec<Edit>),
    /// Write into the configuration file which voice account belongs to a chat account, or that none does. Comes back as
    /// [`Input::RelationWritten`].
    WriteRelation {
        /// The chat account.
        chat: AccountId,
        /// The voice account.
        voice: Option<AccountId>,
    },
    /// Keep a new password where the configuration keeps the old one. Comes back as [`Input::PasswordKept`].
    KeepPassword {
        /// Which account.
        id: AccountId,
        /// Where.
        source: SecretSource,
        /// The account's address: the keyring's name for it.
        address: Arc<str>,
        /// The password.
        password: Secret,
    },
    /// Lay a document under the user's file and keep it. Comes back as [`Input::Reconfigured`].
    Provision(Box<crate::provisioning::Document>),
    /// Change a key of the user's file; without a value the line goes. Comes back as [`Input::Reconfigured`].
    ChangeSetting {
        /// Whose answer it is.
        ticket: Ticket,
        /// `table.key`.
        key: Arc<str>,
        /// The value.
        value: Option<crate::config::Given>,
    },
    /// Do something with a file that is sent or got. Comes back as [`Input::File`].
    File(super::FileEffect),
    /// Change accounts, or read a file of another program.
    Accounts(super::AccountsEffect),
    /// Read or write a file of people. Comes back as [`Input::Book`].
    Book(BookFile),
    /// Write a part of a conversation's file. Comes back as [`Input::Exported`].
    Export(super::ExportPart),
    /// Look for a document. Comes back as [`Input::SearchStep`] and [`Input::Searched`].
    Search(Box<super::on_discovery::Search>),
    /// Lay a document under the user's file, which says from now on where it comes from. Comes back as
    /// [`Input::Reconfigured`].
    Adopt(Box<super::FoundDocument>),
    /// Finish a report with what the name servers and the log say, and answer.
    Diagnose {
        /// Whom.
        ticket: Ticket,
        /// The manager's part.
        diagnosis: Box<super::diagnosis::Diagnosis>,
    },
    /// Find the address that leads there now: where the sound of this call goes. Answer with [`Input::Way`].
    FindWay(crate::model::CallId, std::net::SocketAddr),
    /// Look up the servers that help calls to find paths. Comes back as [`Input::PathServers`].
    FindPathServers {
        /// What the configuration names.
        media: Box<crate::config::Media>,
        /// What the chat servers name.
        named: Arc<[crate::model::ExternalService]>,
    },
    /// Everything is closed: end the program.
    Quit,
}
