//! Our user agent with its offers and answers against baresip and SIPp: the voice service without the rest of the program.

use std::net::IpAddr;
use std::time::Duration;

use tandem::model::{CallId, EndedBy, MediaDirection, SipUri};
use tandem::net::dns::Resolver;
use tandem::net::tls::Trust;
use tandem::platform::Secret;
use tandem::sdp::{Capabilities, Codec, KeyAgreement, LocalMedia, MasterKey, MediaProtection, Negotiated, Negotiation};
use tandem::sip::{Anonymity, Callee, Command, Config, Ended, Event, TransportChoice};

use super::voice::Agent;
use crate::real::{DOMAIN, Phone, PhoneOptions, World, password, sipp};

const CALL: CallId = CallId(7);

async fn alice(world: &World, transport: TransportChoice) -> Agent {
    let config = Config {
        aor: SipUri::parse(&format!("sip:alice@{DOMAIN}")).unwrap(),
        auth_user: None,
        display_name: None,
        outbound_proxy: None,
        transport,
        only_tls: false,
        realm: None,
        allow_md5: true,
        expires: 300,
        instance: "urn:uuid:00000000-0000-4000-8000-000000000001".to_owned(),
        messages: Default::default(),
    };
    let trust = Trust { ca_files: vec![world.authority.ca_file.clone()], ..Trust::default() };
    let resolver = Resolver::new(Some(world.names.address));
    let (commands, events) = tandem::sip::io::spawn(config, &Secret::new(password("alice")), resolver, trust, [5; 32]);
    let mut agent = Agent { commands, events };
    agent.command(Command::Register).await;
    agent.registered().await;
    agent
}

fn negotiation(codec: Codec, secure_signalling: bool) -> Negotiation {
    let packet_time = Duration::from_millis(20);
    let protection = MediaProtection::Optional;
    let capabilities = Capabilities {
        codecs: vec![codec],
        packet_time,
        discontinuous: false,
        protection,
        secure_signalling,
        keys: KeyAgreement::Sdes,
        fingerprint: None,
    };
    let address = IpAddr::from([127, 0, 0, 1]);
    Negotiation::new(capabilities, LocalMedia { address, port: 40_000, key: MasterKey(vec![9; 46]), session_id: 77 })
}

async fn end(agent: &mut Agent) -> Ended {
    agent.event("the end", |event| if let Event::Ended { end, .. } = event { Some(end.clone()) } else { None }).await
}

/// Takes the next call and everything that the caller asks in it; answers what was agreed, in order.
async fn take_a_call(agent: &mut Agent) -> (Vec<Negotiated>, Ended) {
    let mut negotiation = negotiation(Codec::Pcmu, false);
    let mut agreed = Vec::new();
    loop {
        let event = agent.event("something", |event| Some(event.clone())).await;
        match event {
            Event::Incoming(incoming) => {
                let call = incoming.call;
                agent.command(Command::Ring { call, answer: None }).await;
                let sdp = match incoming.offer {
                    Some(offer) => {
                        let (answer, plan) = negotiation.answer(&offer, false).unwrap();
                        agreed.push(plan);
                        answer
                    }
                    None => negotiation.offer(false).unwrap(),
                };
                agent.command(Command::Answer { call, sdp: sdp.into() }).await;
            }
            Event::Confirmed { sdp: Some(sdp), .. } => agreed.push(negotiation.accept_answer(&sdp).unwrap()),
            Event::OfferReceived { call, sdp } => {
                let (answer, plan) = negotiation.answer(&sdp.unwrap(), false).unwrap();
                agreed.push(plan);
                agent.command(Command::AnswerOffer { call, result: Ok(answer.into()) }).await;
            }
            Event::Ended { end, .. } => return (agreed, end),
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn baresip_answers_our_offer_and_takes_our_hold() {
    for (transport, phones, codec, secure) in [
        (TransportChoice::Udp, "udp", Codec::Pcmu, false),
        (TransportChoice::Tcp, "tcp", Codec::G722, false),
        (TransportChoice::Tls, "tls", Codec::Opus, true),
    ] {
        let world = World::start();
        let encryption = secure.then_some("srtp");
        // As this baresip names them: with any other clock or channels it has them not.
        let codecs = "opus/48000/1,g722/16000/1,pcmu,pcma";
        let options = PhoneOptions { transport: phones, codecs, encryption, answers: true, ..Default::default() };
        let bob = Phone::start(&world, "bob", options);
        let mut agent = alice(&world, transport).await;
        let mut negotiation = negotiation(codec, secure);
        let to = Callee { uri: SipUri::parse(&format!("sip:bob@{DOMAIN}")).unwrap(), display: None };
        let offer = negotiation.offer(false).unwrap().into();
        agent
            .command(Command::Invite {
                call: CALL,
                to,
                offer,
                call_info: None,
                anonymity: Anonymity::Named,
                referral: None,
            })
            .await;
        let answered = |event: &Event| match event {
            Event::Answered { sdp, .. } => sdp.clone(),
            Event::Ended { end, .. } => panic!("{phones}: {end:?}"),
            _ => None,
        };
        let plan = negotiation.accept_answer(&agent.event("an answer", answered).await).unwrap();
        assert_eq!((plan.send.1, plan.srtp.is_some()), (codec, secure), "{phones}");
        bob.wait_event("CALL_ESTABLISHED");
        let hold = negotiation.offer(true).unwrap().into();
        agent.command(Command::Offer { call: CALL, sdp: hold }).await;
        let held = |event: &Event| if let Event::OfferAnswered { sdp, .. } = event { Some(sdp.clone()) } else { None };
        let plan = negotiation.accept_answer(&agent.event("held", held).await).unwrap();
        assert_eq!(plan.direction, MediaDirection::SendOnly, "{phones}");
        agent.command(Command::Hangup { call: CALL }).await;
        assert_eq!(end(&mut agent).await.by, EndedBy::Local);
        bob.wait_event("CALL_CLOSED");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn sipp_calls_us_with_and_without_an_offer_and_holds_in_the_old_form() {
    let world = World::start();
    let mut agent = alice(&world, TransportChoice::Udp).await;
    let world = std::sync::Arc::new(world);
    for scenario in ["call_and_hang_up.xml", "delayed_offer.xml", "old_hold.xml"] {
        let stage = world.clone();
        let play = tokio::task::spawn_blocking(move || sipp::play_to_the_end(&stage, scenario, "carol", "alice"));
        let (agreed, end) = take_a_call(&mut agent).await;
        play.await.unwrap();
        assert_eq!(end.by, EndedBy::Remote, "{scenario}");
        assert!(!agreed.is_empty(), "{scenario}");
        if scenario == "old_hold.xml" {
            assert!(agreed.iter().any(|plan| plan.direction == MediaDirection::RecvOnly), "{agreed:?}");
        }
    }
}
