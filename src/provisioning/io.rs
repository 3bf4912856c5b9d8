//! The shell of provisioning: runs the search, fetches the document, reads files and pictures.

mod disk;
#[cfg(test)]
mod token_tests;

use std::io::Read as _;
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt as _;
use futures::stream::FuturesUnordered;

pub use self::disk::{check, kept};
use super::discover::{Answer, Discovery, Method, NoNames, Output, Place, Question, QuestionId, Records, Step};
use super::{Brought, Errand, Offered, Outcome, PinnedKey, SignatureState, Source, picture};
use crate::model::{Fetched, Page, WebError};
use crate::net::dns::{DnsError, Resolver, order_srv};
use crate::net::http::{self, Client, Credentials, Get, Kind, LARGEST_BODY, Proof};
use crate::platform::{self, Secret};

/// The largest file that is read: a picture may be larger than a document.
const LARGEST_FILE: u64 = 16 * 1024 * 1024;

/// Does an errand. `on_step` hears each step of the search as it ends.
pub async fn run(errand: &Errand, mut on_step: impl FnMut(Step) + Send) -> Outcome {
    if let Some(offered) = &errand.offered {
        return of_server(errand, offered);
    }
    let (link, key, token) = match &errand.source {
        Source::File(path) => match read_file(path.clone()).await {
            Ok(Content::Document(text)) => return of_file(errand, path, text),
            Ok(Content::Link(Source::Link { url, key, token })) => {
                on_step(Step::new("The code in the picture is a link.", true));
                (Some(url), key.or(errand.key), token)
            }
            Ok(Content::Link(_)) => return Outcome::Refused(NO_LINK.into()),
            Err(why) => return Outcome::Refused(why.into()),
        },
        Source::Link { url, key, token } => (Some(url.clone()), key.or(errand.key), token.clone()),
        Source::Address(_) => (None, errand.key, None),
    };
    let (files, system) = (errand.ca_files.clone(), errand.system_authorities);
    let tls = match tokio::task::spawn_blocking(move || http::connector(&files, system)).await {
        Ok(Ok(tls)) => tls,
        Ok(Err(error)) => return Outcome::Refused(sentence(&error)),
        Err(_) => return Outcome::Refused("The authorities could not be read.".into()),
    };
    let client = Client::new(Resolver::new(errand.resolver), tls);
    let place = match (&errand.source, link) {
        (Source::Address(address), None) => match search(&client, address, &mut on_step).await {
            Some(place) => place,
            None => return Outcome::NotOffered,
        },
        (_, Some(url)) => Place { url, via: None, method: Method::Link },
        (_, None) => return Outcome::NotOffered,
    };
    fetch(&client, errand, place, key, token).await
}

const NO_LINK: &str = "The code in the picture is neither a link that begins with https:// nor a document.";

/// Runs the machine of the search until it ends.
async fn search(client: &Client, address: &crate::model::Jid, on_step: &mut impl FnMut(Step)) -> Option<Place> {
    let mut machine = Discovery::new(address, platform::now());
    let mut answers = FuturesUnordered::new();
    loop {
        while let Some(output) = machine.poll_output() {
            match output {
                Output::Ask(id, question) => answers.push(ask(client, id, question)),
                Output::Step(step) => on_step(step),
                Output::Done(place) => return place,
            }
        }
        let pause = machine.poll_timeout().map_or(Duration::ZERO, |due| due.saturating_since(platform::now().boot));
        tokio::select! {
            Some((id, answer)) = answers.next(), if !answers.is_empty() => machine.handle_answer(id, answer),
            () = tokio::time::sleep(pause) => machine.handle_timeout(platform::now()),
        }
    }
}

async fn ask(client: &Client, id: QuestionId, question: Question) -> (QuestionId, Answer) {
    let page = |answer: Result<Fetched, WebError>| match answer {
        Ok(Fetched::Page(page)) => Answer::Page(Ok(page)),
        Ok(Fetched::NotModified) => Answer::Page(Err(WebError::Status(304))),
        Err(error) => Answer::Page(Err(error)),
    };
    let answer = match question {
        Question::Jrd { url, via } => page(client.get(&Get { via, ..Get::new(url, Kind::Json) }).await),
        Question::Xrd { url } => page(client.get(&Get::new(url, Kind::Xrd)).await),
        Question::Records { name } => {
            let (places, texts) = tokio::join!(client.resolver().srv(&name), client.resolver().txt(&name));
            Answer::Records(match places {
                Ok(places) => Ok(Records {
                    places: order_srv(places, chance()).into_iter().map(|srv| (srv.target, srv.port)).collect(),
                    texts: texts.unwrap_or_default().into_iter().next().unwrap_or_default(),
                }),
                Err(DnsError::NotFound) => Ok(Records::default()),
                Err(DnsError::ServerFailure | DnsError::Timeout) => Err(NoNames),
            })
        }
    };
    (id, answer)
}

async fn fetch(
    client: &Client,
    errand: &Errand,
    place: Place,
    key: Option<PinnedKey>,
    of_link: Option<Secret>,
) -> Outcome {
    let known = errand.known.as_ref().filter(|(url, _)| *url == place.url).map(|(_, etag)| etag.clone());
    let named = matches!(errand.source, Source::Link { .. });
    // Who gives the link and the password, or the token, together means that server.
    let confirmed = (named || of_link.is_some()).then(|| place.url.clone());
    // A token spares the password: where there is one, the password stays here.
    let proof = match (of_link.as_ref().or(errand.token.as_ref()), &errand.password) {
        (Some(token), _) => Some(Proof::Token(token.clone())),
        (None, Some((address, password))) => {
            Some(Proof::Password { user: address.as_str().to_owned(), password: password.clone() })
        }
        (None, None) => None,
    };
    let domain = match (&errand.source, &errand.password) {
        (Source::Address(address), _) | (_, Some((address, _))) => address.domain().to_owned(),
        (Source::Link { .. } | Source::File(_), None) => place.url.host().to_owned(),
    };
    let credentials = proof.map(|proof| Credentials { domain, confirmed, proof });
    let mut get = Get { via: place.via.clone(), etag: known, credentials, ..Get::new(place.url.clone(), Kind::Json) };
    let page = match client.get(&get).await {
        Ok(Fetched::Page(page)) => page,
        Ok(Fetched::NotModified) => return Outcome::NotModified,
        Err(WebError::Unauthorized) => return Outcome::Unauthorized(place.url),
        Err(error) if error.is_gone() => return Outcome::Gone,
        Err(error) if error.is_network() => return Outcome::Unreachable(error),
        Err(error) => return Outcome::Refused(sentence(&error)),
    };
    let Page { body, etag, signature, url } = page;
    let signature = match key {
        None => SignatureState::Unchecked,
        Some(key) => {
            let signature = match signature {
                Some(signature) => Some(signature),
                None => {
                    (get.url, get.kind, get.etag) = (get.url.with_suffix(".sig"), Kind::Signature, None);
                    match client.get(&get).await {
                        Ok(Fetched::Page(page)) => String::from_utf8(page.body).ok(),
                        Ok(Fetched::NotModified) => None,
                        Err(error) if error.is_network() => return Outcome::Unreachable(error),
                        Err(_) => None,
                    }
                }
            };
            if let Err(error) = key.verify(&body, signature.as_deref()) {
                return Outcome::Refused(format!("The document from {} is not taken: {error}.", url.host()).into());
            }
            SignatureState::Good
        }
    };
    let Ok(text) = String::from_utf8(body) else {
        return Outcome::Refused("The document is no UTF-8, so it cannot be read.".into());
    };
    Outcome::Brought(Box::new(Brought {
        text: text.into(),
        name: place.url.to_string().into(),
        method: place.method,
        url: Some(place.url),
        etag,
        signature,
        key,
        token: of_link,
    }))
}

/// What decides among records of equal rank (RFC 2782); without randomness the first is as good as any.
fn chance() -> u64 {
    use rand::TryRngCore as _;
    rand::rngs::OsRng.try_next_u64().unwrap_or_default()
}

/// What a file holds.
enum Content {
    Document(String),
    Link(Source),
}

/// Reads a file off the runtime's workers: a picture takes a moment.
async fn read_file(path: String) -> Result<Content, String> {
    let read = tokio::task::spawn_blocking(move || {
        let file = std::fs::File::open(&path).map_err(|error| format!("{path} cannot be read: {error}."))?;
        let mut bytes = Vec::new();
        let taken = file.take(LARGEST_FILE + 1).read_to_end(&mut bytes);
        taken.map_err(|error| format!("{path} cannot be read: {error}."))?;
        if picture::is_picture(&bytes) && bytes.len() as u64 <= LARGEST_FILE {
            let text = picture::read(&bytes).map_err(|error| error.to_string())?;
            if text.trim_start().starts_with('{') {
                return Ok(Content::Document(text));
            }
            return match Source::parse(&text) {
                Ok(link @ Source::Link { .. }) => Ok(Content::Link(link)),
                Ok(Source::Address(_) | Source::File(_)) => Err(NO_LINK.to_owned()),
                Err(error) => Err(error.to_string()),
            };
        }
        if bytes.len() > LARGEST_BODY {
            return Err(format!("{path} is too large for a document."));
        }
        String::from_utf8(bytes)
            .map(Content::Document)
            .map_err(|_| format!("{path} is no UTF-8, so it cannot be read."))
    });
    // A code that makes its reader fail is no code that can be read.
    read.await.unwrap_or_else(|_| Err(picture::PictureError::NoCode.to_string()))
}

fn of_file(errand: &Errand, path: &str, text: String) -> Outcome {
    let signature = match errand.key {
        None => SignatureState::Unchecked,
        Some(key) => {
            let signature = std::fs::read_to_string(format!("{path}.sig")).ok();
            if let Err(error) = key.verify(text.as_bytes(), signature.as_deref()) {
                return Outcome::Refused(format!("The document in {path} is not taken: {error}.").into());
            }
            SignatureState::Good
        }
    };
    Outcome::Brought(Box::new(Brought {
        text: text.into(),
        name: path.into(),
        method: Method::File,
        url: None,
        etag: None,
        signature,
        key: errand.key,
        token: None,
    }))
}

/// What the chat server had: the same checks as for a document from the web.
fn of_server(errand: &Errand, offered: &Offered) -> Outcome {
    if offered.text.len() > LARGEST_BODY {
        return Outcome::Refused("The document of your chat server is too large.".into());
    }
    let signature = match errand.key {
        None => SignatureState::Unchecked,
        Some(key) => {
            if let Err(error) = key.verify(offered.text.as_bytes(), offered.signature.as_deref()) {
                return Outcome::Refused(format!("The document of your chat server is not taken: {error}.").into());
            }
            SignatureState::Good
        }
    };
    Outcome::Brought(Box::new(Brought {
        text: offered.text.clone(),
        name: offered.name.clone(),
        method: Method::Server,
        url: None,
        etag: None,
        signature,
        key: errand.key,
        token: None,
    }))
}

fn sentence(error: &WebError) -> Arc<str> {
    format!("The document was not taken: {error}.").into()
}
