//! A token is told in place of the password, to a server that asks.

use super::super::{Errand, Outcome, Source};
use super::run;
use crate::model::Jid;
use crate::net::http::tests::{Server, ok};
use crate::platform::Secret;

#[tokio::test]
async fn a_token_is_told_to_a_server_that_asks_and_the_password_is_not() {
    let answer = |head: &str, _port: u16| {
        if head.contains("authorization: Bearer abc.def\r\n") {
            return ok("", "{}");
        }
        b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=x\r\nWWW-Authenticate: Bearer realm=x\r\n\
          Content-Length: 0\r\n\r\n"
            .to_vec()
    };
    let server = Server::start(&["localhost"], answer).await;
    let errand = |link: &str, token: Option<&str>| Errand {
        source: Source::parse(&format!("https://localhost:{}/{link}", server.port)).expect("a link"),
        resolver: None,
        ca_files: vec![server.authority.path().to_owned()],
        system_authorities: false,
        password: Some((Jid::parse("alice@localhost").expect("valid"), Secret::new("secret"))),
        key: None,
        known: None,
        token: token.map(Secret::new),
        offered: None,
    };
    // From the link, and from the configuration.
    for errand in [errand("d#token=abc.def", None), errand("d", Some("abc.def"))] {
        let outcome = run(&errand, |_| ()).await;
        assert!(matches!(&outcome, Outcome::Brought(brought) if &*brought.text == "{}"), "{outcome:?}");
    }
    // A token that is not accepted is not followed by the password.
    assert!(matches!(run(&errand("d", Some("wrong")), |_| ()).await, Outcome::Unauthorized(_)));
    assert!(server.heard().iter().all(|head| !head.contains("Basic") && !head.contains("#")), "{:?}", server.heard());
    // Neither goes along a redirect to another host, nor out without being asked for.
    assert!(!server.heard()[0].contains("authorization"));
}
