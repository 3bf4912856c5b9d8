//! What may cost is asked before it reaches a real server, and help is not.

use serde_json::Value;

use crate::real::{Profile, Tandem, World};

#[test]
fn c41_what_may_cost_is_asked_before_a_real_server_sees_it_and_help_is_not() {
    let world = World::start();
    let alice = Tandem::online(&world, "alice", &Profile::default());
    // By an answer to the question.
    assert_eq!(alice.try_ctl("call", &[("to", "+12025550123")]), Err("confirm".to_owned()));
    let questions = alice.ctl("questions", &[]);
    assert_eq!(questions[0]["kind"], "cost", "{questions}");
    assert!(alice.calls().is_empty(), "nothing was sent");
    let question = questions[0]["id"].as_str().expect("a question").to_owned();
    let placed = alice.ctl("reply", &[("question", &question), ("choice", "call")]);
    let ended = alice.wait_call_state(placed["call"].as_str().expect("a call"), "ended");
    assert!(ended["cost"]["text"].as_str().is_some_and(|text| text.contains("may be charged")), "{ended}");
    assert_eq!(ended["end"]["code"], "not-found", "the demo's proxy has no way out: {ended}");
    // By saying so at once.
    let placed = alice.ctl("call", &[("to", "+12025550123"), ("confirm", "true")]);
    alice.wait_call_state(placed["call"].as_str().expect("a call"), "ended");
    // Help is called at once, whatever it costs.
    let help = alice.call("112");
    let ended = alice.wait_call_state(&help, "ended");
    assert_eq!((&ended["cost"], &ended["end"]["code"]), (&Value::Null, &"not-found".into()), "it was sent: {ended}");
    assert!(ended["route"]["rule"].as_str().is_some_and(|rule| rule.contains("emergency")), "{ended}");
    let steps = alice.ctl("explain-number", &[("number", "00 1 202 555 0123")]);
    assert!(steps.as_array().is_some_and(|steps| steps.len() > 5), "{steps}");
}
