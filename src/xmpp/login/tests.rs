use super::super::sasl::Hash;
use super::error::Verdict;
use super::*;

const NONCE: &str = "fyko+d2lbbFgONRv9qkxdawL";
const PROCEED: &str = "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>";
const CHALLENGE: &str = "r=fyko+d2lbbFgONRv9qkxdawL3rfcNHYJY1ZVvWVs7j,s=QSXCR+Q6sek8bf92,i=4096";

fn settings() -> Settings {
    Settings { user: "user".to_owned(), allow_plain: false, external: false, weakest: None }
}

fn features(inside: &str) -> Frame {
    stanza(&format!("<features xmlns='{NS_STREAM}'>{inside}</features>"))
}

fn mechanisms(names: &[&str]) -> String {
    let list: String = names.iter().map(|name| format!("<mechanism>{name}</mechanism>")).collect();
    format!("<mechanisms xmlns='{NS_SASL}'>{list}</mechanisms>")
}

fn stanza(text: &str) -> Frame {
    Frame::Stanza(text.parse().expect("a stanza"))
}

fn sasl_stanza(name: &str, data: &str) -> Frame {
    Frame::Stanza(sasl(name, data.as_bytes()))
}

fn drain(login: &mut Login) -> Vec<Output> {
    std::iter::from_fn(|| login.poll_output()).collect()
}

/// The one thing that came out.
fn failure(login: &mut Login) -> LoginError {
    match drain(login).as_slice() {
        [Output::Failed(error)] => error.clone(),
        other => panic!("{other:?}"),
    }
}

/// Inside TLS, the header is out.
fn secured(settings: Settings) -> Login {
    let mut login = Login::new(settings, NONCE.to_owned());
    login.handle_secured(ChannelBindings { exporter: Some(vec![1; 32]), end_point: None });
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
    login.handle_frame(Frame::Opened);
    login
}

fn plain() -> Login {
    let mut login = Login::new(settings(), NONCE.to_owned());
    login.handle_connected();
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
    login.handle_frame(Frame::Opened);
    login
}

/// The proof is sent.
fn proven() -> Login {
    let mut login = secured(settings());
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-1"])));
    let outputs = drain(&mut login);
    let [Output::Send(auth)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(auth.attr("mechanism"), Some("SCRAM-SHA-1"));
    assert_eq!(BASE64.decode(auth.text()).expect("base64"), format!("y,,n=user,r={NONCE}").as_bytes());
    login.handle_frame(sasl_stanza("challenge", CHALLENGE));
    let outputs = drain(&mut login);
    let [Output::Derive(job)] = outputs.as_slice() else { panic!("{outputs:?}") };
    login.handle_key(&job.run("pencil"));
    assert!(matches!(drain(&mut login).as_slice(), [Output::Send(response)] if response.is("response", NS_SASL)));
    login
}

#[test]
fn starttls_then_scram_then_features_is_the_whole_story() {
    let mut login = plain();
    login.handle_frame(features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
    assert!(matches!(drain(&mut login).as_slice(), [Output::Send(start)] if start.is("starttls", NS_TLS)));
    login.handle_frame(stanza(PROCEED));
    assert!(matches!(drain(&mut login).as_slice(), [Output::StartTls]));
    login.handle_secured(ChannelBindings::default());
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-1"])));
    assert!(matches!(drain(&mut login).as_slice(), [Output::Send(_)]));
    login.handle_frame(sasl_stanza("challenge", CHALLENGE));
    let outputs = drain(&mut login);
    let [Output::Derive(job)] = outputs.as_slice() else { panic!("{outputs:?}") };
    let key = job.run("pencil");
    login.handle_key(&key);
    let outputs = drain(&mut login);
    assert!(matches!(outputs.as_slice(), [Output::Send(_)]));
    // The server computes the same from what was said (the header is `n`: there was no binding).
    let client_final = format!("c=biws,{}", CHALLENGE.split(',').next().expect("a nonce"));
    let message = format!("n=user,r={NONCE},{CHALLENGE},{client_final}");
    let server_key = Hash::Sha1.hmac(key.expose(), b"Server Key");
    let signature = BASE64.encode(Hash::Sha1.hmac(&server_key, message.as_bytes()));
    login.handle_frame(sasl_stanza("success", &format!("v={signature}")));
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
    login.handle_frame(Frame::Opened);
    login.handle_frame(features("<bind xmlns='urn:ietf:params:xml:ns:xmpp-bind'/>"));
    let outputs = drain(&mut login);
    let [Output::Done { features, mechanism }] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert!(features.has_child("bind", "urn:ietf:params:xml:ns:xmpp-bind"));
    assert_eq!(mechanism.to_string(), "SCRAM-SHA-1");
}

#[test]
fn x36_without_starttls_nothing_is_sent_even_when_mechanisms_are_offered() {
    let mut login = plain();
    login.handle_frame(features(&mechanisms(&["PLAIN", "SCRAM-SHA-1"])));
    assert_eq!(failure(&mut login), LoginError::NoTls);
    let Verdict::GiveUp(failure) = LoginError::NoTls.verdict() else { panic!("it must not be retried") };
    assert!(failure.security);
}

#[test]
fn x36_success_before_tls_is_out_of_turn() {
    for premature in ["success", "challenge"] {
        let mut login = plain();
        login.handle_frame(sasl_stanza(premature, ""));
        assert_eq!(failure(&mut login), LoginError::OutOfTurn);
    }
}

#[test]
fn x38_a_failure_to_starttls_ends_the_attempt_at_once() {
    let mut login = plain();
    login.handle_frame(features("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
    drain(&mut login);
    login.handle_frame(stanza("<failure xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>"));
    assert_eq!(failure(&mut login), LoginError::TlsRefused);
    login.handle_frame(stanza(PROCEED));
    assert!(drain(&mut login).is_empty(), "it is over");
}

#[test]
fn x39_a_weaker_offer_than_before_is_a_security_failure() {
    let mut login = secured(Settings { weakest: Some(Mechanism::ScramPlus(Hash::Sha1)), ..settings() });
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-1", "PLAIN"])));
    let error = failure(&mut login);
    assert_eq!(error, LoginError::Sasl(SaslError::Weaker));
    assert!(matches!(error.verdict(), Verdict::GiveUp(failure) if failure.security));
}

#[test]
fn x40_a_wrong_or_missing_signature_is_a_security_failure() {
    for data in ["v=AAAA", "", "=", "x=1"] {
        let mut login = proven();
        login.handle_frame(sasl_stanza("success", data));
        let error = failure(&mut login);
        assert_eq!(error, LoginError::Sasl(SaslError::ServerUnproven), "{data}");
        assert!(matches!(error.verdict(), Verdict::GiveUp(failure) if failure.security));
    }
}

#[test]
fn x40_success_before_any_challenge_is_a_security_failure() {
    let mut login = secured(settings());
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-256"])));
    drain(&mut login);
    login.handle_frame(sasl_stanza("success", ""));
    assert_eq!(failure(&mut login), LoginError::Sasl(SaslError::ServerUnproven));
}

#[test]
fn x40_a_message_that_is_no_base64_ends_the_login() {
    let mut login = secured(settings());
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-256"])));
    drain(&mut login);
    login.handle_frame(stanza(&format!("<challenge xmlns='{NS_SASL}'>!!!</challenge>")));
    assert!(matches!(failure(&mut login), LoginError::Sasl(SaslError::Misbehaved(_))));
}

#[test]
fn x48_the_refusals_that_another_try_cannot_cure_give_up() {
    for (condition, code) in [
        ("not-authorized", Some("wrong-password")),
        ("account-disabled", Some("account-disabled")),
        ("credentials-expired", Some("credentials-expired")),
        ("mechanism-too-weak", Some("login-refused")),
        ("temporary-auth-failure", None),
    ] {
        let mut login = proven();
        login.handle_frame(stanza(&format!("<failure xmlns='{NS_SASL}'><text>x</text><{condition}/></failure>")));
        match (failure(&mut login).verdict(), code) {
            (Verdict::GiveUp(failure), Some(code)) => assert_eq!(&*failure.reason.code, code),
            (Verdict::Retry(reason), None) => assert_eq!(&*reason.code, condition),
            (verdict, _) => panic!("{condition}: {verdict:?}"),
        }
    }
}

#[test]
fn plain_goes_out_only_when_allowed_and_in_the_form_of_rfc_4616() {
    let mut login = secured(Settings { allow_plain: true, ..settings() });
    login.handle_frame(features(&mechanisms(&["PLAIN"])));
    let outputs = drain(&mut login);
    let [Output::Derive(job)] = outputs.as_slice() else { panic!("{outputs:?}") };
    login.handle_key(&job.run("pencil"));
    let outputs = drain(&mut login);
    let [Output::Send(auth)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(BASE64.decode(auth.text()).expect("base64"), b"\0user\0pencil");
    login.handle_frame(sasl_stanza("success", ""));
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
}

#[test]
fn a_condition_that_is_no_condition_never_reaches_the_user() {
    let text = format!("<error xmlns='{NS_STREAM}'><Evil-NAME xmlns='{NS_STREAMS}'/></error>");
    let mut login = plain();
    login.handle_frame(stanza(&text));
    assert_eq!(failure(&mut login), LoginError::Stream("undefined-condition".to_owned()));
}

#[test]
fn a_certificate_signs_in_without_a_password_and_is_refused_as_one() {
    let with_certificate = || secured(Settings { external: true, ..settings() });
    let offer = || features(&mechanisms(&["SCRAM-SHA-256", "EXTERNAL"]));
    let mut login = with_certificate();
    login.handle_frame(offer());
    let outputs = drain(&mut login);
    let [Output::Send(auth)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!((auth.attr("mechanism"), auth.text().as_str()), (Some("EXTERNAL"), "="), "an empty response, not none");
    login.handle_frame(sasl_stanza("success", ""));
    assert!(matches!(drain(&mut login).as_slice(), [Output::OpenStream]));
    login.handle_frame(features(""));
    assert!(matches!(drain(&mut login).as_slice(), [Output::Done { mechanism: Mechanism::External, .. }]));

    let mut login = with_certificate();
    login.handle_frame(offer());
    drain(&mut login);
    login.handle_frame(stanza(&format!("<failure xmlns='{NS_SASL}'><not-authorized/></failure>")));
    let Verdict::GiveUp(failure) = failure(&mut login).verdict() else { panic!("another try would not help") };
    assert_eq!(&*failure.reason.code, "certificate-refused");
}

#[test]
fn x42_a_server_that_sees_another_connection_ends_the_login_and_nothing_weaker_follows() {
    let mut login = secured(settings());
    login.handle_frame(features(&mechanisms(&["SCRAM-SHA-256-PLUS", "SCRAM-SHA-256"])));
    let outputs = drain(&mut login);
    let [Output::Send(auth)] = outputs.as_slice() else { panic!("{outputs:?}") };
    assert_eq!(auth.attr("mechanism"), Some("SCRAM-SHA-256-PLUS"));
    login.handle_frame(stanza(&format!(
        "<failure xmlns='{NS_SASL}'><channel-bindings-dont-match xmlns='{NS_SASL}'/></failure>"
    )));
    let Verdict::GiveUp(failure) = failure(&mut login).verdict() else { panic!("it fails closed") };
    assert!(failure.security && &*failure.reason.code == "channel-binding", "{failure:?}");
    assert!(drain(&mut login).is_empty(), "no second mechanism is tried");
}
