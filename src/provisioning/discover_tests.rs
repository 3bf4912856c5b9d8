use super::super::link::RELATION;
use super::*;
use crate::model::WallTime;

fn now(millis: u64) -> Now {
    Now { boot: BootTime::from_duration(Duration::from_millis(millis)), wall: WallTime::from_unix_ms(0) }
}

/// A search whose questions are answered by a table.
struct Search {
    machine: Discovery,
    asked: Vec<String>,
    steps: Vec<String>,
    done: Option<Option<Place>>,
    open: Vec<(QuestionId, Question)>,
}

impl Search {
    fn new(address: &str) -> Self {
        let machine = Discovery::new(&Jid::parse(address).expect("an address"), now(0));
        let mut search = Self { machine, asked: Vec::new(), steps: Vec::new(), done: None, open: Vec::new() };
        search.drain();
        search
    }

    fn drain(&mut self) {
        while let Some(output) = self.machine.poll_output() {
            match output {
                Output::Ask(id, question) => {
                    self.asked.push(match &question {
                        Question::Jrd { url, via } => match via {
                            Some((host, port)) => format!("{url} at {host}:{port}"),
                            None => url.to_string(),
                        },
                        Question::Xrd { url } => url.to_string(),
                        Question::Records { name } => name.clone(),
                    });
                    self.open.push((id, question));
                }
                Output::Step(step) => self.steps.push(step.text.to_string()),
                Output::Done(place) => assert!(self.done.replace(place).is_none(), "it ends once"),
            }
        }
    }

    /// Answers the open question whose text contains `which`.
    fn answer(&mut self, which: &str, answer: Answer) -> &mut Self {
        let text = |question: &Question| match question {
            Question::Jrd { url, .. } | Question::Xrd { url } => url.to_string(),
            Question::Records { name } => name.clone(),
        };
        let at = self.open.iter().rposition(|(_, question)| text(question).contains(which)).expect(which);
        let (id, _) = self.open.remove(at);
        self.machine.handle_answer(id, answer);
        self.drain();
        self
    }

    fn place(&self) -> Option<String> {
        let place = self.done.clone().expect("it is over")?;
        let via = place.via.map(|(host, port)| format!(" at {host}:{port}")).unwrap_or_default();
        Some(format!("{} {}{via}", place.method.as_str(), place.url))
    }
}

fn page(body: &str) -> Answer {
    let url = HttpsUrl::parse("https://example.com/").expect("an address");
    Answer::Page(Ok(Page { url, body: body.as_bytes().to_vec(), etag: None, signature: None }))
}

fn jrd(href: &str) -> Answer {
    page(&format!("{{\"links\":[{{\"rel\":\"{RELATION}\",\"href\":\"{href}\"}}]}}"))
}

fn error(error: WebError) -> Answer {
    Answer::Page(Err(error))
}

fn records(places: &[(&str, u16)], texts: &[&str]) -> Answer {
    Answer::Records(Ok(Records {
        places: places.iter().map(|(host, port)| ((*host).to_owned(), *port)).collect(),
        texts: texts.iter().map(|text| (*text).to_owned()).collect(),
    }))
}

#[test]
fn c05_an_address_leads_by_webfinger_to_the_document() {
    let mut search = Search::new("alice@example.com");
    assert_eq!(search.asked[0], "_cusax-prov._tcp.example.com");
    assert!(
        search.asked[1].starts_with("https://example.com/.well-known/webfinger?resource=acct%3Aalice%40example.com&")
    );
    search.answer("webfinger", jrd("https://setup.example.com/alice"));
    assert_eq!(search.place().as_deref(), Some("webfinger https://setup.example.com/alice"));
    assert_eq!(search.steps, ["example.com says where the settings are (WebFinger)."]);
    assert_eq!(search.machine.poll_timeout(), None);
    search.answer("_cusax", records(&[("other.example", 1)], &[]));
    assert_eq!(search.steps.len(), 1, "what comes late changes nothing");
}

#[test]
fn a_domain_without_webfinger_is_asked_for_its_host_meta_in_both_forms() {
    let mut search = Search::new("alice@example.com");
    search.answer("webfinger", error(WebError::Gone(404)));
    search.answer("host-meta.json", jrd("https://example.com/d?u={uri}"));
    assert_eq!(search.place().as_deref(), Some("host-meta https://example.com/d?u=acct%3Aalice%40example.com"));

    let mut search = Search::new("alice@example.com");
    search.answer("webfinger", page("{\"links\":[]}")).answer("host-meta.json", error(WebError::Gone(404)));
    let xrd = format!(
        "<XRD xmlns='http://docs.oasis-open.org/ns/xri/xrd-1.0'><Link rel='{RELATION}' href='https://example.com/d'/></XRD>"
    );
    search.answer("host-meta", page(&xrd));
    assert_eq!(search.place().as_deref(), Some("host-meta https://example.com/d"));
    assert_eq!(search.steps.len(), 3, "each step says what it came to: {:?}", search.steps);
}

#[test]
fn c05_records_lead_to_another_host_and_port_but_never_to_another_name() {
    let mut search = Search::new("alice@example.com");
    search.answer("_cusax", records(&[("prov.hoster.example", 8443)], &["txtvers=1", "PATH=/d/{uri}", "path=/other"]));
    assert!(search.done.is_none(), "the domain's own word comes first");
    search.answer("webfinger", error(WebError::Unreachable));
    assert_eq!(
        search.place().as_deref(),
        Some("dns https://example.com:8443/d/acct%3Aalice%40example.com at prov.hoster.example:8443"),
        "the certificate has to be the domain's"
    );
    assert!(!search.asked.iter().any(|asked| asked.contains("host-meta")), "who does not answer has none");
}

#[test]
fn without_a_path_the_place_of_the_records_is_asked_by_webfinger() {
    let mut search = Search::new("alice@example.com");
    search.answer("webfinger", error(WebError::Timeout));
    search.answer("_cusax", records(&[(".", 0), ("a.example.com", 1443), ("b.example.com", 2443)], &["path=relative"]));
    assert!(search.asked[2].contains("https://example.com:1443/.well-known/webfinger"), "{:?}", search.asked);
    assert!(search.asked[2].ends_with("at a.example.com:1443"));
    search.answer(":1443", error(WebError::Broken));
    search.answer(":2443", jrd("https://example.com:2443/d"));
    assert_eq!(search.place().as_deref(), Some("webfinger https://example.com:2443/d at b.example.com:2443"));
}

#[test]
fn x44_no_records_the_root_port_zero_and_dead_name_servers_end_the_search_with_words() {
    for (answer, words) in [
        (records(&[], &["path=/d"]), "announces no settings"),
        (records(&[(".", 0)], &["path=/d"]), "says in its name records that there are no settings"),
        (records(&[("a.example.com", 0)], &["path=/d"]), "there are no settings"),
        (Answer::Records(Err(NoNames)), "did not answer"),
    ] {
        let mut search = Search::new("alice@example.com");
        search.answer("webfinger", error(WebError::NoHost)).answer("_cusax", answer);
        assert_eq!(search.place(), None);
        assert!(search.steps[1].contains(words), "{:?}", search.steps);
    }
}

#[test]
fn x44_a_thousand_places_are_not_tried() {
    let mut search = Search::new("alice@example.com");
    let many: Vec<(&str, u16)> = (1..1000).map(|port| ("a.example.com", port)).collect();
    search.answer("webfinger", error(WebError::Unreachable)).answer("_cusax", records(&many, &[]));
    while search.done.is_none() {
        search.answer("webfinger", error(WebError::Broken));
    }
    assert_eq!(search.asked.len(), 2 + MOST_PLACES);
    assert_eq!(search.place(), None);
}

#[test]
fn x46_hostile_descriptions_lead_nowhere() {
    for body in [
        format!("{{\"links\":[{{\"rel\":\"{RELATION}\",\"href\":\"http://example.com/d\"}}]}}"),
        format!("{{\"links\":[{{\"rel\":\"{RELATION}\",\"href\":\"https://127.0.0.1/d\"}}]}}"),
        format!("{{\"links\":[{{\"rel\":\"{RELATION}\",\"href\":\"https://example.com@evil.example/d\"}}]}}"),
        format!("{}{}", "[".repeat(200_000), "]".repeat(200_000)),
        "\u{feff}".to_owned(),
    ] {
        let mut search = Search::new("alice@example.com");
        search.answer("_cusax", records(&[], &[])).answer("webfinger", page(&body));
        search.answer("host-meta.json", page(&body)).answer("host-meta", page(&body));
        assert_eq!(search.place(), None, "{body:.60}");
    }
}

#[test]
fn a_silent_web_server_and_silent_name_servers_cost_a_bounded_time() {
    let mut search = Search::new("alice@example.com");
    assert_eq!(search.machine.poll_timeout(), Some(now(2500).boot));
    search.machine.handle_timeout(now(2499));
    search.drain();
    assert!(search.steps.is_empty());
    search.machine.handle_timeout(now(2500));
    search.drain();
    assert_eq!(search.steps.len(), 1, "{:?}", search.steps);
    assert_eq!(search.machine.poll_timeout(), Some(now(6000).boot));
    search.machine.handle_timeout(now(6000));
    search.drain();
    assert_eq!(search.place(), None);
    search.answer("webfinger", jrd("https://example.com/d"));
    assert_eq!(search.place(), None, "too late");
}
