//! The methods: what each takes and what it gives.

use serde_json::{Map, Value, json};

use super::card;
use super::json as shapes;
use super::params::Params;
use super::wire::Fault;
use crate::account::{CallTo, Reply, Request, Snapshot};
use crate::model::{AccountId, CallId, Now, QuestionId, Show, Via};

/// Contacts on a page where the request does not say.
const CONTACTS: u32 = 500;

/// What a request leads to.
#[derive(Debug)]
pub(super) enum Todo {
    /// To be asked of the program.
    Ask(Request),
    /// To be read from the snapshot.
    Read(View),
    /// The connection becomes a stream of notices.
    Watch,
}

/// What is read from the snapshot.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum View {
    Status,
    Questions,
    Devices,
    SetUp,
    Lamps,
    Occupants,
    Invitations,
}

/// Reads a request.
pub(super) fn read(method: &str, params: Map<String, Value>) -> Result<Todo, Fault> {
    let mut params = Params::new(params);
    let todo = match method {
        "status" => Todo::Read(View::Status),
        "questions" => Todo::Read(View::Questions),
        "devices" => Todo::Read(View::Devices),
        "set-up" => Todo::Read(View::SetUp),
        "lamps" => Todo::Read(View::Lamps),
        "occupants" => Todo::Read(View::Occupants),
        "invitations" => Todo::Read(View::Invitations),
        "watch" => Todo::Watch,
        _ => Todo::Ask(match on_call(method) {
            Some(request) => request(Params::needed(params.call("call")?, "call")?),
            None => match super::book::read(method, &mut params)? {
                Some(request) => request,
                None => match super::conference::read(method, &mut params)?
                    .map_or_else(|| super::rooms::read(method, &mut params), |request| Ok(Some(request)))?
                    .map_or_else(|| super::meeting::read(method, &mut params), |request| Ok(Some(request)))?
                    .map_or_else(|| super::contacts::read(method, &mut params), |request| Ok(Some(request)))?
                    .map_or_else(|| super::accounts::read(method, &mut params), |request| Ok(Some(request)))?
                    .map_or_else(|| super::devices::read(method, &mut params), |request| Ok(Some(request)))?
                {
                    Some(request) => request,
                    None => request(method, &mut params)?,
                },
            },
        }),
    };
    params.finish()?;
    Ok(todo)
}

/// Methods whose only parameter is a call.
fn on_call(method: &str) -> Option<fn(CallId) -> Request> {
    Some(match method {
        "answer" => Request::Answer,
        "decline" => Request::Decline,
        "hangup" => Request::Hangup,
        "hold" => Request::Hold,
        "resume" => Request::Resume,
        "mute" => |call| Request::Mute(call, true),
        "unmute" => |call| Request::Mute(call, false),
        "stats" => Request::Stats,
        _ => return None,
    })
}

fn request(method: &str, params: &mut Params) -> Result<Request, Fault> {
    Ok(match method {
        "call" => call(params)?,
        "calls" => Request::Calls { all: params.flag("all")? },
        "dtmf" => Request::Dtmf(
            Params::needed(params.call("call")?, "call")?,
            Params::needed(params.text("digits")?, "digits")?,
        ),
        "call-text" => super::call_text::request(params)?,
        "reply" => Request::Answered {
            question: Params::needed(
                params.parsed("question", "a question's id, as in \"q1\"", QuestionId::parse)?,
                "question",
            )?,
            choice: Params::needed(params.text("choice")?, "choice")?,
        },
        "contacts" => Request::Contacts {
            with: params.jid("with")?,
            limit: params.count("limit")?.unwrap_or(CONTACTS),
            after: params.jid("after")?,
        },
        "send" | "messages" | "correct" | "react" | "retract" | "send-again" | "mark-read" | "typing" | "export" => {
            super::talk::request(method, params)?
        }
        "send-file" | "send-file-again" | "show-picture" | "voice-message" | "download" | "cancel-file"
        | "forget-file" | "files" => super::files::request(method, params)?,
        "search" => super::search::read(params)?,
        "history" | "lamp" | "voicemail" | "redial" | "seen-calls" | "delete-call" => {
            super::events::request(method, params)?
        }
        "presence" => Request::Presence {
            show: Params::needed(params.parsed("show", "available, chat, away, xa, dnd or offline", show)?, "show")?,
            status: params.text("status")?,
        },
        "diagnose" => Request::Diagnose { save: params.flag("save")? },
        "features" => Request::Features(params.correspondent("with")?),
        "feature-exceptions" => Request::FeatureExceptions,
        "set-feature" => super::features::set(params)?,
        "settings" => Request::Settings,
        "set" => super::settings::change(params)?,
        "sign-in" => super::sign_in::sign_in(params)?,
        "save-sign-in" => super::sign_in::save(params)?,
        "raise-security" => Request::RaiseSecurity { dry_run: params.flag("dry_run")? },
        "provision" => {
            Request::Provision { from: Params::needed(params.text("from")?, "from")?, dry_run: params.flag("dry_run")? }
        }
        "explain-number" | "quote" | "relate" | "forget" | "call-back" => super::numbers::request(method, params)?,
        "transfer" | "swap" => super::transfer::request(method, params)?,
        "open" => Request::OpenUri(Params::needed(params.text("uri")?, "uri")?),
        "raise" => Request::Raise(params.jid("with")?),
        "quit" => Request::Quit,
        unknown => card::read(unknown, params)?.ok_or_else(|| Fault::no_method(unknown))?,
    })
}

fn call(params: &mut Params) -> Result<Request, Fault> {
    Ok(Request::Call {
        to: CallTo::Text(Params::needed(params.text("to")?, "to")?),
        account: params.text("account")?.map(AccountId),
        via: params.parsed("via", "sip or jingle", via)?,
        confirm: params.flag("confirm")?,
        video: params.flag("video")?,
        anonymous: params.choice("anonymous")?,
    })
}

fn via(text: &str) -> Option<Via> {
    match text {
        "sip" => Some(Via::Sip),
        "jingle" => Some(Via::Jingle),
        _ => None,
    }
}

fn show(text: &str) -> Option<Show> {
    Some(match text {
        "available" => Show::Available,
        "chat" => Show::Chat,
        "away" => Show::Away,
        "xa" => Show::Xa,
        "dnd" => Show::Dnd,
        "offline" => Show::Offline,
        _ => return None,
    })
}

/// The result of a view.
pub(super) fn view(view: View, snapshot: &Snapshot, now: Now) -> Value {
    match view {
        View::Status => shapes::status(snapshot, now),
        View::SetUp => super::sign_in::state(snapshot),
        View::Lamps => super::events::lamps(snapshot),
        View::Occupants => super::rooms::occupants(snapshot),
        View::Invitations => snapshot.invitations.iter().map(super::rooms::invitation).collect(),
        View::Questions => snapshot.questions.iter().map(shapes::question).collect(),
        View::Devices => super::devices::shape(snapshot),
    }
}

/// The result of a request.
pub(super) fn result(reply: Reply, now: Now) -> Value {
    match reply {
        Reply::Done => json!({}),
        Reply::Settings(settings) => super::settings::shown(&settings),
        Reply::Call(id) => json!({ "call": id }),
        Reply::Calls(calls) => calls.iter().map(|call| shapes::call(call, now)).collect(),
        Reply::Conference(id) => json!({ "conference": id }),
        Reply::Conferences(all) => all.iter().map(super::conference::shape).collect(),
        Reply::Meetings(all) => all.iter().map(|one| super::meeting::shape(one)).collect(),
        Reply::Recorded(file) => json!({ "file": file }),
        Reply::Message(id) => json!({ "id": id }),
        Reply::Messages(messages) => messages.iter().map(super::talk::shape).collect(),
        Reply::Exported { messages, path } => json!({ "messages": messages, "path": path }),
        Reply::History(records) => records
            .iter()
            .map(|record| json!({ "call": shapes::call(&record.call, now), "missed": record.missed }))
            .collect(),
        Reply::Contacts(contacts) => contacts.iter().map(|contact| shapes::contact(contact)).collect(),
        Reply::Raised(report) => super::security::report(&report),
        Reply::SetupTested(findings) => super::devices::findings(&findings),
        Reply::Book(reply) => super::book::result(reply),
        Reply::Others(reply) => super::accounts::result(&reply),
        Reply::Blocked(people) => json!(people),
        Reply::Invite(link) => super::contacts::invite(&link),
        Reply::Room(reply) => super::rooms::result(reply),
        Reply::Notes(view) => super::files::notes(&view),
        Reply::Picture(reply) => super::files::picture(&reply),
        Reply::Files(files) => files.iter().map(super::files::shape).collect(),
        Reply::Report { text, correlation, saved } => {
            json!({ "text": text, "correlation": correlation, "saved": saved })
        }
        Reply::Features(features) => features.iter().map(super::features::shape).collect(),
        Reply::FeatureExceptions(rules) => rules.iter().map(super::features::exception).collect(),
        Reply::Card(card) => card::card(&card),
        Reply::Archive(view) => super::own::archive(&view),
        Reply::Provisioned(report) => super::provision::report(&report),
        Reply::Quote(quote) => super::numbers::quote(&quote),
        Reply::Explained(steps) => super::numbers::explained(&steps),
        Reply::Stats(stats) => json!({
            "sent_packets": stats.sent_packets,
            "received_packets": stats.received_packets,
            "lost_packets": stats.lost_packets,
            "late_packets": stats.late_packets,
            "concealed_ms": stats.concealed_ms,
            "jitter_ms": stats.jitter_ms,
            "round_trip_ms": stats.round_trip_ms,
            "buffer_ms": stats.buffer_ms,
            "delay": stats.delay,
            "loss_percent": stats.loss_percent,
            "mos": stats.mos,
            "underruns": stats.underruns,
            "evidence": stats.evidence,
            "path": stats.path,
            "troubles": stats.health.troubles,
        }),
    }
}
