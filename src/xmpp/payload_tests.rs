//! What messages carry: written and read again, and what strangers write.

use rand::SeedableRng;
use rand::rngs::StdRng;

use super::*;
use crate::model::mutation::{MUTATIONS, mutated};

fn read(inner: &str) -> Payload {
    let element: Element =
        format!("<message xmlns='jabber:client' type='chat' id='1'>{inner}</message>").parse().unwrap();
    Payload::read(&element)
}

fn id(text: &str) -> MessageId {
    MessageId(text.into())
}

/// What is written, read again.
fn again(outbound: &Outbound) -> Payload {
    let message = Element::builder("message", ns::CLIENT).append_all(outbound.elements()).build();
    let bytes = String::from(&message);
    Payload::read(&bytes.parse().unwrap())
}

#[test]
fn what_is_written_is_read_again() {
    let jid = Jid::parse("bob@example.com").unwrap();
    let reply = ReplyTo { id: id("q1"), to: Some(jid), nick: None };
    let text = Outbound::Text {
        body: "Yes <&> \u{1f389}".into(),
        reply: Some((reply.clone(), "Shall we?\nAt \u{1f552} three?".into())),
        replaces: Some(id("m1")),
    };
    let said = again(&text);
    assert_eq!(said.body.as_deref(), Some("Yes <&> \u{1f389}"), "the quote is stripped");
    assert_eq!((said.reply, said.replaces), (Some(reply), Some(id("m1"))));
    assert!(said.wants_receipt && said.markable && said.state == Some(ChatState::Active));
    let reacted = again(&Outbound::Reactions(id("m1"), vec!["\u{1f44d}".into(), "\u{2764}\u{fe0f}".into()]));
    assert_eq!(reacted.reactions, Some((id("m1"), vec!["\u{1f44d}".into(), "\u{2764}\u{fe0f}".into()])));
    assert_eq!(again(&Outbound::Reactions(id("m1"), Vec::new())).reactions, Some((id("m1"), Vec::new())));
    let retracted = again(&Outbound::Retraction(id("m1")));
    assert_eq!((retracted.retracts, retracted.body), (Some(id("m1")), None));
}

#[test]
fn an_answer_shows_its_quote_to_clients_that_know_no_answers() {
    let reply = ReplyTo { id: id("q"), to: None, nick: None };
    let text = Outbound::Text { body: "No.".into(), reply: Some((reply, "a\nb".into())), replaces: None };
    let body = text.elements().into_iter().find(|element| element.name() == "body").unwrap().text();
    assert_eq!(body, "> a\n> b\nNo.");
}

#[test]
fn states_receipts_and_markers_are_read() {
    for (name, expected) in [
        ("active", ChatState::Active),
        ("composing", ChatState::Composing),
        ("paused", ChatState::Paused),
        ("inactive", ChatState::Inactive),
        ("gone", ChatState::Gone),
    ] {
        let said = read(&format!("<{name} xmlns='http://jabber.org/protocol/chatstates'/>"));
        assert_eq!(said.state, Some(expected));
        assert_eq!(state(expected).name(), name);
    }
    assert_eq!(read("<received xmlns='urn:xmpp:receipts' id='7'/>").received, Some(id("7")));
    assert_eq!(read("<displayed xmlns='urn:xmpp:chat-markers:0' id='7'/>").displayed, Some(id("7")));
    let file = read("<x xmlns='jabber:x:oob'><url>https://files.example/a</url></x>");
    assert_eq!(file.file.as_deref(), Some("https://files.example/a"));
    assert!(read("<body>a</body><unstyled xmlns='urn:xmpp:styling:0'/>").unstyled);
}

#[test]
fn only_what_was_understood_is_taken_out_of_the_text() {
    let fallback = |namespace: &str, part: &str| {
        format!("<fallback xmlns='urn:xmpp:fallback:0' for='{namespace}'>{part}</fallback>")
    };
    let reply = "<reply xmlns='urn:xmpp:reply:0' id='1'/>";
    let body = "<body>&gt; q\u{1f600}\nyes</body>";
    let rows = [
        (format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "<body start='0' end='5'/>")), Some("yes")),
        // Nothing that is answered: the text stays whole.
        (format!("{body}{}", fallback("urn:xmpp:reply:0", "<body start='0' end='5'/>")), Some("> q\u{1f600}\nyes")),
        (
            format!("{body}{reply}{}", fallback("urn:example:other", "<body start='0' end='5'/>")),
            Some("> q\u{1f600}\nyes"),
        ),
        (format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "")), None),
        (format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "<body/>")), None),
        // Places that make no sense take nothing, or nothing more than there is.
        (
            format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "<body start='5' end='2'/>")),
            Some("> q\u{1f600}\nyes"),
        ),
        (
            format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "<body start='-1' end='x'/>")),
            Some("> q\u{1f600}\nyes"),
        ),
        (
            format!("{body}{reply}{}", fallback("urn:xmpp:reply:0", "<body start='5' end='99999999999'/>")),
            Some("> q\u{1f600}\n"),
        ),
    ];
    for (inner, expected) in rows {
        assert_eq!(read(&inner).body.as_deref(), expected, "{inner}");
    }
}

#[test]
fn x21_reactions_are_emoji_few_and_each_once() {
    let all = |reactions: &[&str]| {
        let each: String = reactions.iter().map(|reaction| format!("<reaction>{reaction}</reaction>")).collect();
        let said = read(&format!("<reactions xmlns='urn:xmpp:reactions:0' id='1'>{each}</reactions>"));
        said.reactions.unwrap().1
    };
    let flag = "\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}";
    let family = "\u{1f469}\u{200d}\u{1f469}\u{200d}\u{1f467}";
    assert_eq!(all(&["\u{1f44d}", "\u{1f44d}", flag, family, "1\u{fe0f}\u{20e3}"]).len(), 4);
    assert!(all(&["pay me", "", " ", "\u{202e}", "\u{200d}", "1", &"\u{1f44d}".repeat(50)]).is_empty());
    let many: Vec<String> = (0..1000).map(|at| char::from_u32(0x1f600 + at % 80).unwrap().to_string()).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(all(&many).len(), MOST_REACTIONS);
}

#[test]
fn ids_that_are_empty_or_huge_name_nothing() {
    let huge = "a".repeat(LONGEST_ID + 1);
    for bad in ["", &*huge] {
        let said = read(&format!(
            "<body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='{bad}'/>\
             <reply xmlns='urn:xmpp:reply:0' id='{bad}'/><retract xmlns='urn:xmpp:message-retract:1' id='{bad}'/>\
             <reactions xmlns='urn:xmpp:reactions:0' id='{bad}'/><displayed xmlns='urn:xmpp:chat-markers:0' id='{bad}'/>"
        ));
        assert!(said.change().is_none() && said.reply.is_none() && said.displayed.is_none());
    }
}

#[test]
fn x27_xhtml_is_not_read() {
    let said = read(
        "<html xmlns='http://jabber.org/protocol/xhtml-im'><body xmlns='http://www.w3.org/1999/xhtml'><script>x</script></body></html>",
    );
    assert_eq!(said, Payload::default());
}

#[test]
fn x10_x11_a_hundred_thousand_mutated_payloads_are_read_without_harm() {
    let seeds: Vec<Vec<u8>> = [
        "<body>> q\nyes</body><reply xmlns='urn:xmpp:reply:0' id='1' to='a@b'/><fallback xmlns='urn:xmpp:fallback:0' for='urn:xmpp:reply:0'><body start='0' end='4'/></fallback>",
        "<reactions xmlns='urn:xmpp:reactions:0' id='1'><reaction>👍</reaction><reaction>❤️</reaction></reactions>",
        "<retract xmlns='urn:xmpp:message-retract:1' id='1'/><body>x</body><replace xmlns='urn:xmpp:message-correct:0' id='2'/>",
        "<composing xmlns='http://jabber.org/protocol/chatstates'/><displayed xmlns='urn:xmpp:chat-markers:0' id='7'/><x xmlns='jabber:x:oob'><url>u</url></x>",
    ]
    .map(|inner| format!("<message xmlns='jabber:client' id='1'>{inner}</message>").into_bytes())
    .to_vec();
    let mut random = StdRng::seed_from_u64(308);
    let mut understood = 0;
    for _ in 0..MUTATIONS {
        let bytes = mutated(&seeds, &mut random);
        let Ok(text) = String::from_utf8(bytes) else { continue };
        let Ok(element) = text.parse::<Element>() else { continue };
        let said = Payload::read(&element);
        understood += 1;
        assert!(said.reactions.is_none_or(|(_, all)| all.len() <= MOST_REACTIONS));
        assert!(said.reply.is_none_or(|reply| reply.id.0.len() <= LONGEST_ID));
    }
    assert!(understood > MUTATIONS / 20, "{understood} were XML");
}
