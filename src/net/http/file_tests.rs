//! Files against a web server on this machine.

use std::sync::Arc;

use super::files::{MoveError, Put, Read, may_reach};
use super::tests::{Server, ok};
use super::*;

fn client(server: &Server) -> Client {
    let tls = connector(&[server.authority.path().to_owned()], false).expect("the authority");
    Client::new(Resolver::new(None), tls)
}

fn url(server: &Server, path: &str) -> HttpsUrl {
    HttpsUrl::new("localhost", server.port, path).expect("an address")
}

fn own(domain: &str) -> Vec<Arc<str>> {
    vec![domain.into()]
}

async fn read(server: &Server, path: &str, most: u64, domain: &str) -> Result<Vec<u8>, MoveError> {
    let mut came = Vec::new();
    let read = Read { url: url(server, path), most, own_domains: own(domain) };
    client(server).read(&read, &mut came, |_, _| ()).await?;
    Ok(came)
}

async fn put(server: &Server, path: &str, size: u64, bytes: &'static [u8], domain: &str) -> Result<(), MoveError> {
    let headers = vec![("Authorization", "secret".into())];
    let put = Put { url: url(server, path), headers, size, media_type: "text/plain", own_domains: own(domain) };
    client(server).put(&put, bytes, |_| ()).await
}

#[tokio::test]
async fn x24_files_do_not_go_to_private_addresses_outside_of_the_own_domain() {
    let server = Server::start(&["localhost"], |_, _| ok("", "{}")).await;
    for other in ["example.com", "host", ""] {
        let refused = read(&server, "/a", 100, other).await;
        assert!(matches!(refused, Err(MoveError::Web(WebError::PrivateRedirect))), "{refused:?}");
        let refused = put(&server, "/a", 1, b"a", other).await;
        assert!(matches!(refused, Err(MoveError::Web(WebError::PrivateRedirect))), "{refused:?}");
    }
    assert!(server.heard().is_empty(), "nobody was even asked");
    assert_eq!(read(&server, "/a", 100, "localhost").await.expect("its own"), b"{}");
    for (ip, may) in [
        ("192.0.2.1", true),
        ("8.8.8.8", true),
        ("127.0.0.1", false),
        ("10.1.2.3", false),
        ("172.16.0.1", false),
        ("192.168.1.1", false),
        ("169.254.169.254", false),
        ("100.64.0.1", false),
        ("0.0.0.0", false),
        ("224.0.0.1", false),
        ("255.255.255.255", false),
        ("2606:4700::1", true),
        ("::1", false),
        ("::ffff:127.0.0.1", false),
        ("fe80::1", false),
        ("fc00::1", false),
        ("2002:7f00:1::", false),
        ("64:ff9b::7f00:1", false),
    ] {
        assert_eq!(may_reach(ip.parse().expect(ip)), may, "{ip}");
    }
}

#[tokio::test]
async fn x24_a_file_goes_where_it_was_said_and_follows_no_redirect() {
    let server = Server::start(&["localhost"], |head, _| {
        let status = match head.split(' ').nth(1) {
            Some("/moved") => "307 Temporary Redirect\r\nLocation: /taken",
            Some("/large") => "413 Payload Too Large",
            Some("/forbidden") => "403 Forbidden",
            _ => "201 Created",
        };
        format!("HTTP/1.1 {status}\r\nContent-Length: 0\r\n\r\n").into_bytes()
    })
    .await;
    put(&server, "/taken", 5, b"hello", "localhost").await.expect("taken");
    let head = server.heard().remove(0);
    assert!(head.starts_with("PUT /taken HTTP/1.1") && head.contains("content-length: 5"), "{head}");
    assert!(head.contains("authorization: secret") && head.contains("content-type: text/plain"), "{head}");
    for (path, why) in
        [("/moved", WebError::Status(307)), ("/large", WebError::TooLarge), ("/forbidden", WebError::Status(403))]
    {
        let refused = put(&server, path, 5, b"hello", "localhost").await;
        assert!(matches!(&refused, Err(MoveError::Web(said)) if *said == why), "{path}: {refused:?}");
    }
    assert_eq!(server.heard().len(), 4, "no redirect was followed");
}

#[tokio::test]
async fn x25_a_file_that_is_too_large_packed_or_cut_short_is_not_kept() {
    let server = Server::start(&["localhost"], |head, port| match head.split(' ').nth(1) {
        Some("/announced") => ok("", &"a".repeat(101)),
        Some("/silent") => format!("HTTP/1.1 200 OK\r\n\r\n{}", "a".repeat(101)).into_bytes(),
        Some("/packed") => ok("Content-Encoding: gzip\r\n", "x"),
        Some("/short") => b"HTTP/1.1 200 OK\r\nContent-Length: 50\r\n\r\nabc".to_vec(),
        Some("/gone") => b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        Some("/plain") => b"HTTP/1.1 302 Found\r\nLocation: http://localhost/\r\nContent-Length: 0\r\n\r\n".to_vec(),
        Some("/round") => b"HTTP/1.1 302 Found\r\nLocation: /round\r\nContent-Length: 0\r\n\r\n".to_vec(),
        Some("/house") => {
            format!("HTTP/1.1 302 Found\r\nLocation: https://127.0.0.1:{port}/\r\nContent-Length: 0\r\n\r\n")
                .into_bytes()
        }
        _ => ok("", &"a".repeat(100)),
    })
    .await;
    assert_eq!(read(&server, "/fits", 100, "localhost").await.expect("it fits").len(), 100);
    for (path, fits) in [
        ("/announced", (|why| matches!(why, WebError::TooLarge)) as fn(&WebError) -> bool),
        ("/silent", |why| matches!(why, WebError::TooLarge)),
        ("/packed", |why| matches!(why, WebError::Packed)),
        ("/short", |why| matches!(why, WebError::Broken)),
        ("/gone", |why| matches!(why, WebError::Gone(404))),
        ("/plain", |why| matches!(why, WebError::Redirect(_))),
        ("/round", |why| matches!(why, WebError::TooManyRedirects)),
        ("/house", |why| matches!(why, WebError::PrivateRedirect)),
    ] {
        let refused = read(&server, path, 100, "localhost").await;
        assert!(matches!(&refused, Err(MoveError::Web(why)) if fits(why)), "{path}: {refused:?}");
    }
}
