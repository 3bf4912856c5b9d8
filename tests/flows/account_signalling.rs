//! What the manager asks of the phone service, read from its effects, and what the phone service says to it.

use std::sync::Arc;

use tandem::account::{CallTo, NoticeBody, RefusalKind, Reply, Request, TransferRequest};
use tandem::model::{CallId, CallState, EndedBy, QuestionKind};
use tandem::sip::{About, Command, Event, NameAddress, Refer, ReferTo, TransferEvent};
use tandem::{account, config, sip};

use super::world::*;

pub const INCOMING: CallId = CallId(41);

pub fn text(text: &str) -> CallTo {
    CallTo::Text(text.into())
}

pub fn held() -> Arc<str> {
    format!("{SOUND}a=recvonly\r\n").into()
}

/// The other side agrees to our hold, or to our taking back.
pub fn agrees(world: &mut World, call: CallId, hold: bool) {
    let sdp = if hold { held() } else { SOUND.into() };
    world.voice(Event::OfferAnswered { call, sdp });
}

pub fn offers(world: &World, call: CallId) -> Vec<bool> {
    let of = |command: Command| match command {
        Command::Offer { call: offered, sdp } if offered == call => {
            Some(sdp.contains("a=sendonly") || sdp.contains("a=inactive"))
        }
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

pub fn refers(world: &World) -> Vec<ReferTo> {
    let of = |command: Command| if let Command::Transfer { to, .. } = command { Some(to) } else { None };
    world.sip().into_iter().filter_map(of).collect()
}

pub fn reports(world: &World) -> Vec<u16> {
    let of = |command: Command| match command {
        Command::AnswerRefer { code, .. } | Command::ReportRefer { code, .. } => Some(code),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

pub fn invites(world: &World) -> Vec<(String, Option<Box<sip::Referral>>)> {
    let of = |command: Command| match command {
        Command::Invite { to, referral, .. } => Some((to.uri.to_string(), referral)),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

pub fn rejections(world: &World) -> Vec<u16> {
    let of = |command: Command| match command {
        Command::Reject { code, .. } => Some(code),
        Command::Redirect { .. } => Some(302),
        _ => None,
    };
    world.sip().into_iter().filter_map(of).collect()
}

pub fn problems(world: &World) -> Vec<String> {
    let of = |effect: &account::Effect| match effect {
        account::Effect::Notice(NoticeBody::Problem(text)) => Some(text.to_string()),
        _ => None,
    };
    world.effects.iter().filter_map(of).collect()
}

pub fn transfer(world: &mut World, call: CallId, news: TransferEvent) {
    world.voice(Event::Transfer { call, news });
}

pub fn refused(world: &mut World, request: Request) -> RefusalKind {
    world.ask(request).expect("an answer").expect_err("a refusal").kind
}

pub fn blind(call: CallId, to: &str) -> Request {
    Request::Transfer(TransferRequest::Blind { call, to: text(to) })
}

/// Carol calls, and is answered while Bob is being talked to.
pub fn second(world: &mut World) -> CallId {
    world.incoming(INCOMING, vouched("sip:carol@other.example"), Some(SOUND));
    world.opened(INCOMING);
    world.done(Request::Answer(INCOMING));
    INCOMING
}

pub fn refer_to(uri: &str) -> Box<Refer> {
    let target = NameAddress { display: None, uri: uri.into() };
    Box::new(Refer { target, replaces: None, referred_by: None })
}

pub fn asked(world: &mut World, call: CallId, refer: Box<Refer>) -> Option<tandem::model::Question> {
    transfer(world, call, TransferEvent::Asked(refer));
    world.shown().questions.iter().find(|question| question.kind == QuestionKind::Transfer).cloned()
}

pub fn reply(
    world: &mut World,
    question: &tandem::model::Question,
    choice: &str,
) -> Option<Result<Reply, account::Refusal>> {
    world.ask(Request::Answered { question: question.id, choice: choice.into() })
}

pub fn answering(change: impl FnOnce(&mut config::Answering)) -> World {
    let mut config = config();
    change(&mut config.calls.answering);
    World::online_with(config)
}

pub fn end(world: &mut World, call: CallId) -> (String, String) {
    let end = world.view(call).end.expect("an end");
    (end.code.to_string(), end.text.to_string())
}

pub fn redirected(world: &mut World, call: CallId, uris: &[&str]) -> Option<tandem::model::Question> {
    let contacts = uris.iter().map(|uri| NameAddress { display: None, uri: (*uri).into() }).collect();
    world.voice(Event::Redirected { call, contacts });
    world.ended(call, 302, EndedBy::Network);
    world.shown().questions.iter().find(|question| question.kind == QuestionKind::Transfer).cloned()
}

pub fn rings(world: &mut World, identity: sip::CallIdentity, about: About) {
    let offer = Some(Arc::from(SOUND));
    world.voice(Event::Incoming(Box::new(sip::Incoming { call: INCOMING, identity, offer, note: None, about })));
    if world.view(INCOMING).state == CallState::Ringing {
        world.opened(INCOMING);
    }
}

pub fn calls_in(world: &mut World) -> Vec<u16> {
    rings(world, vouched("sip:carol@other.example"), About::default());
    rejections(world)
}
