use std::time::Duration;

use super::*;
use crate::model::{Now, Transport};
use crate::sip::stack::transactions::RESERVED_FOR_CALLS;

fn flow(id: u64, transport: Transport) -> Flow {
    let remote = format!("192.0.2.{id}:5060").parse().expect("an address");
    Flow { id: FlowId(id), transport, local: "[2001:db8::9]:5062".parse().expect("an address"), remote }
}

fn request(method: Method) -> Request {
    let cseq = format!("7 {method}");
    Request::new(method, "sip:bob@example.com")
        .with("From", "<sip:alice@example.com>;tag=a")
        .with("To", "<sip:bob@example.com>")
        .with("Call-ID", "one")
        .with("CSeq", cseq)
        .with("Max-Forwards", "70")
}

fn incoming(method: Method, branch: &str) -> Request {
    let mut request = request(method);
    request.headers.push_front("Via", format!("SIP/2.0/UDP 10.0.0.1;branch=z9hG4bK{branch};rport"));
    request
}

fn drain(machine: &mut Transactions) -> Vec<Output> {
    std::iter::from_fn(|| machine.poll_output()).collect()
}

fn sent(outputs: &[Output]) -> Vec<Message> {
    outputs
        .iter()
        .filter_map(|output| match output {
            Output::Send { bytes, .. } => Some(parse_datagram(bytes.clone()).expect("valid")),
            _ => None,
        })
        .collect()
}

/// The peer's answer to what was sent.
fn answer(message: &Message, code: u16) -> Message {
    let Message::Request(request) = message else { panic!("a request") };
    Message::Response(Response::to(request, code, Some("b")))
}

/// Moves the clock from timer to timer until `until`.
fn run(machine: &mut Transactions, from: Now, until: Duration) -> Vec<Output> {
    let mut outputs = Vec::new();
    while let Some(at) = machine.poll_timeout().filter(|at| at.saturating_since(from.boot) <= until) {
        machine.handle_timeout(Now { boot: at, ..from });
        outputs.extend(drain(machine));
    }
    outputs
}

#[test]
fn a_request_over_udp_is_repeated_until_it_fails_after_32_seconds() {
    let mut machine = Transactions::new([1; 32]);
    let client = machine.send_request(request(Method::Options), flow(1, Transport::Udp), Now::default()).expect("sent");
    let first = sent(&drain(&mut machine));
    let via = first[0].headers().top_via().expect("a Via");
    assert_eq!(via.sent_by, "[2001:db8::9]:5062");
    assert!(via.branch().is_some_and(|branch| branch.len() == 7 + 32) && via.params.has("rport"));
    let rest = run(&mut machine, Now::default(), Duration::from_secs(40));
    assert_eq!(sent(&rest).len(), 10, "timer E: 0.5, 1.5, 3.5, 7.5, … every 4 s");
    assert_eq!(rest.last(), Some(&Output::Failed { client, why: ClientFailure::Timeout }));
    assert_eq!(machine.poll_timeout(), None);
}

#[test]
fn a_request_over_tcp_is_sent_once_and_its_answer_ends_it() {
    let mut machine = Transactions::new([1; 32]);
    let tcp = flow(1, Transport::Tcp);
    machine.send_request(request(Method::Options), tcp, Now::default()).expect("sent");
    let first = sent(&drain(&mut machine));
    machine.handle_message(answer(&first[0], 200), tcp, Now::default());
    assert!(matches!(&drain(&mut machine)[..], [Output::Response { response, .. }] if response.code == 200));
    machine.handle_timeout(Now::default());
    assert_eq!(machine.poll_timeout(), None, "nothing is left behind");
}

#[test]
fn s13_a_response_counts_only_with_branch_method_and_flow() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    machine.send_request(request(Method::Invite), udp, Now::default()).expect("sent");
    let first = sent(&drain(&mut machine));
    let good = answer(&first[0], 302);
    let Message::Response(response) = good.clone() else { unreachable!("an answer") };
    let mut other_branch = response.clone();
    other_branch.headers.set("Via", "SIP/2.0/UDP [2001:db8::9]:5062;branch=z9hG4bKguess");
    let mut other_method = response.clone();
    other_method.headers.set("CSeq", "7 BYE");
    let mut two_vias = response;
    two_vias.headers.push("Via", "SIP/2.0/UDP 10.0.0.1;branch=z9hG4bKelse");
    for (forged, on) in [(other_branch, udp), (other_method, udp), (two_vias, udp)] {
        machine.handle_message(Message::Response(forged), on, Now::default());
        assert_eq!(drain(&mut machine), []);
    }
    machine.handle_message(good.clone(), flow(2, Transport::Udp), Now::default());
    assert_eq!(drain(&mut machine), [], "from another address");
    machine.handle_message(good, udp, Now::default());
    assert_eq!(drain(&mut machine).len(), 2, "the ACK and the response");
}

#[test]
fn a_failed_invite_is_acknowledged_in_its_transaction_and_a_2xx_is_left_to_the_caller() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    machine.send_request(request(Method::Invite), udp, Now::default()).expect("sent");
    let invite = sent(&drain(&mut machine)).remove(0);
    machine.handle_message(answer(&invite, 200), udp, Now::default());
    machine.handle_message(answer(&invite, 200), udp, Now::default());
    let outputs = drain(&mut machine);
    assert_eq!((outputs.len(), sent(&outputs).len()), (2, 0), "each 2xx is told, none is acknowledged here");
    run(&mut machine, Now::default(), Duration::from_secs(40));
    machine.handle_message(answer(&invite, 200), udp, Now::default());
    assert!(matches!(&drain(&mut machine)[..], [Output::StrayResponse { .. }]));
}

#[test]
fn a_cancel_has_the_branch_and_number_of_its_invite() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    let client = machine.send_request(request(Method::Invite), udp, Now::default()).expect("sent");
    let invite = sent(&drain(&mut machine)).remove(0);
    machine.send_cancel(client, Some("SIP;cause=200"), Now::default()).expect("sent");
    let cancel = sent(&drain(&mut machine)).remove(0);
    assert_eq!(cancel.headers().top_via(), invite.headers().top_via());
    assert_eq!(cancel.headers().cseq(), Some(CSeq { number: 7, method: Method::Cancel }));
}

#[test]
fn an_incoming_request_is_told_once_and_its_answer_is_repeated() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    let invite = incoming(Method::Invite, "i");
    machine.handle_message(Message::Request(invite.clone()), udp, Now::default());
    let outputs = drain(&mut machine);
    let [Output::Request { server, request, .. }] = &outputs[..] else { panic!("{outputs:?}") };
    let via = request.headers.top_via().expect("a Via");
    assert_eq!((via.params.value("rport"), via.params.value("received")), (Some("5060"), Some("192.0.2.1")));
    machine.respond(*server, Response::to(request, 180, Some("t")), Now::default());
    assert_eq!(sent(&drain(&mut machine)).len(), 1);
    machine.handle_message(Message::Request(invite), udp, Now::default());
    assert_eq!(sent(&drain(&mut machine)).len(), 1, "180 once more, no second call");
    machine.respond(*server, Response::to(request, 486, Some("t")), Now::default());
    let outputs = run(&mut machine, Now::default(), Duration::from_secs(33));
    assert!(outputs.contains(&Output::ResponseFailed { server: *server }), "never acknowledged");
    assert!(!machine.has_server(*server));
}

#[test]
fn a_cancel_is_answered_and_told_only_when_it_comes_the_way_of_its_invite() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    machine.handle_message(Message::Request(incoming(Method::Invite, "i")), udp, Now::default());
    drain(&mut machine);
    machine.handle_message(Message::Request(incoming(Method::Cancel, "i")), flow(2, Transport::Udp), Now::default());
    let outputs = drain(&mut machine);
    assert!(matches!(&sent(&outputs)[..], [Message::Response(response)] if response.code == 481), "{outputs:?}");
    machine.handle_timeout(Now::default().after(Duration::from_secs(33)));
    drain(&mut machine);
    machine.handle_message(Message::Request(incoming(Method::Cancel, "i")), udp, Now::default());
    let outputs = drain(&mut machine);
    assert!(matches!(&sent(&outputs)[..], [Message::Response(response)] if response.code == 200), "{outputs:?}");
    assert!(matches!(outputs.last(), Some(Output::Cancelled { .. })));
}

#[test]
fn s30_merged_requests_get_482_and_a_flood_gets_503_without_memory() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    for branch in ["x", "y"] {
        machine.handle_message(Message::Request(incoming(Method::Invite, branch)), udp, Now::default());
    }
    let outputs = drain(&mut machine);
    assert!(matches!(&sent(&outputs)[..], [Message::Response(response)] if response.code == 482));
    let mut refused = 0;
    for number in 0..1_000 {
        let mut invite = incoming(Method::Invite, &format!("f{number}"));
        invite.headers.set("Call-ID", format!("flood{number}"));
        machine.handle_message(Message::Request(invite), udp, Now::default());
        refused += sent(&drain(&mut machine)).len();
    }
    assert_eq!(refused, 1_000 - (MAX_SERVER_TRANSACTIONS - 1));
}

#[test]
fn s30_a_thousand_calls_that_are_given_up_one_after_the_other_are_all_taken() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    for number in 0..1_000_u32 {
        let now = Now::default().after(Duration::from_millis(100) * number);
        machine.handle_timeout(now);
        drain(&mut machine);
        let of = |method: Method| {
            let mut request = incoming(method, &format!("c{number}"));
            request.headers.set("Call-ID", format!("call{number}"));
            Message::Request(request)
        };
        machine.handle_message(of(Method::Invite), udp, now);
        let outputs = drain(&mut machine);
        let Some(Output::Request { server, request, .. }) = outputs.first() else { panic!("{number}: {outputs:?}") };
        machine.handle_message(of(Method::Cancel), udp, now);
        let outputs = drain(&mut machine);
        assert!(outputs.iter().any(|output| matches!(output, Output::Cancelled { .. })), "{number}: {outputs:?}");
        machine.respond(*server, Response::to(request, 487, Some("us")), now);
        machine.handle_message(of(Method::Ack), udp, now);
        drain(&mut machine);
        assert!(machine.held()[1] <= MAX_SERVER_TRANSACTIONS + RESERVED_FOR_CALLS, "{:?}", machine.held());
    }
}

#[test]
fn s30_strangers_calls_do_not_keep_out_the_end_of_one_that_there_is() {
    let mut machine = Transactions::new([1; 32]);
    let udp = flow(1, Transport::Udp);
    for number in 0..2 * MAX_SERVER_TRANSACTIONS {
        let mut invite = incoming(Method::Invite, &format!("f{number}"));
        invite.headers.set("Call-ID", format!("flood{number}"));
        machine.handle_message(Message::Request(invite), udp, Now::default());
    }
    drain(&mut machine);
    let mut bye = incoming(Method::Bye, "b");
    bye.headers.set("Call-ID", "a call that there is");
    let to = format!("{};tag=ours", bye.headers.value("To").unwrap_or_default());
    bye.headers.set("To", to);
    machine.handle_message(Message::Request(bye), udp, Now::default());
    let outputs = drain(&mut machine);
    assert!(matches!(outputs.first(), Some(Output::Request { .. })), "{outputs:?}");
    let mut cancel = incoming(Method::Cancel, "f0");
    cancel.headers.set("Call-ID", "flood0");
    machine.handle_message(Message::Request(cancel), udp, Now::default());
    let outputs = drain(&mut machine);
    assert!(outputs.iter().any(|output| matches!(output, Output::Cancelled { .. })), "{outputs:?}");
    // What nobody knows finds an end, too.
    for number in 0..1_000 {
        let mut bye = incoming(Method::Bye, &format!("b{number}"));
        bye.headers.set("To", "<sip:alice@example.com>;tag=nobody");
        machine.handle_message(Message::Request(bye), udp, Now::default());
        drain(&mut machine);
    }
    assert_eq!(machine.held()[1], MAX_SERVER_TRANSACTIONS + RESERVED_FOR_CALLS);
}

#[test]
fn a_broken_flow_fails_what_was_on_it_and_nothing_else() {
    let mut machine = Transactions::new([1; 32]);
    let on_one = machine.send_request(request(Method::Options), flow(1, Transport::Tls), Now::default()).expect("sent");
    machine.send_request(request(Method::Options), flow(2, Transport::Tls), Now::default()).expect("sent");
    drain(&mut machine);
    machine.handle_flow_failed(FlowId(1), Now::default());
    assert_eq!(drain(&mut machine), [Output::Failed { client: on_one, why: ClientFailure::Transport }]);
}
