//! Digest challenges and answers (RFC 3261 section 22, RFC 7616, RFC 8760). What may be answered is decided above.

use sipx_sip::auth;

use super::params::split_outside_quotes;
use super::{Params, Response};

/// How many challenges of one response are read (S04).
const MAX_CHALLENGES: usize = 8;
/// The longest nonce or opaque that is echoed, bytes (S04).
const MAX_NONCE: usize = 4096;

/// A digest algorithm, weakest first (RFC 8760).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Algorithm {
    /// MD5.
    Md5,
    /// MD5-sess.
    Md5Session,
    /// SHA-256.
    Sha256,
    /// SHA-256-sess.
    Sha256Session,
    /// SHA-512-256.
    Sha512,
    /// SHA-512-256-sess.
    Sha512Session,
}

impl Algorithm {
    /// Whether it rests on MD5.
    pub fn is_md5(self) -> bool {
        matches!(self, Self::Md5 | Self::Md5Session)
    }

    /// The name as in a header.
    pub fn as_str(self) -> &'static str {
        self.kernel().as_str()
    }

    fn kernel(self) -> auth::Algorithm {
        match self {
            Self::Md5 => auth::Algorithm::Md5,
            Self::Md5Session => auth::Algorithm::Md5Sess,
            Self::Sha256 => auth::Algorithm::Sha256,
            Self::Sha256Session => auth::Algorithm::Sha256Sess,
            Self::Sha512 => auth::Algorithm::Sha512_256,
            Self::Sha512Session => auth::Algorithm::Sha512_256Sess,
        }
    }

    fn parse(text: &str) -> Option<Self> {
        [Self::Md5, Self::Md5Session, Self::Sha256, Self::Sha256Session, Self::Sha512, Self::Sha512Session]
            .into_iter()
            .find(|algorithm| algorithm.as_str().eq_ignore_ascii_case(text.trim()))
    }
}

/// A challenge of a 401 or 407.
#[derive(Clone, PartialEq, Eq)]
pub struct Challenge {
    /// The protection space.
    pub realm: String,
    /// The algorithm; MD5 where the challenge names none.
    pub algorithm: Algorithm,
    /// The old nonce ran out; the password was right.
    pub stale: bool,
    /// It came in Proxy-Authenticate.
    pub from_proxy: bool,
    nonce: String,
    opaque: Option<String>,
    qop_auth: bool,
}

/// Who we are towards a realm.
pub struct Credentials<'a> {
    /// The user name.
    pub user: &'a str,
    /// The password.
    pub password: &'a str,
}

impl Challenge {
    /// The digest challenges of a response that can be answered: known algorithm, no `qop` or one with `auth`. Basic
    /// is never among them.
    pub fn of(response: &Response) -> Vec<Self> {
        [("WWW-Authenticate", false), ("Proxy-Authenticate", true)]
            .into_iter()
            .flat_map(|(name, proxy)| {
                response.headers.values(name).map(move |value| (value, proxy)).collect::<Vec<_>>()
            })
            .take(MAX_CHALLENGES)
            .filter_map(|(value, proxy)| Self::parse(value, proxy))
            .collect()
    }

    fn parse(value: &str, from_proxy: bool) -> Option<Self> {
        let (scheme, rest) = value.trim().split_once(char::is_whitespace)?;
        if !scheme.eq_ignore_ascii_case("Digest") {
            return None;
        }
        let params = Params::parse(&split_outside_quotes(rest, ',').join(";"));
        let short = |text: &str| (text.len() <= MAX_NONCE).then(|| text.to_owned());
        let qop_auth = match params.value("qop") {
            Some(offered) => offered.split(',').any(|one| one.trim().eq_ignore_ascii_case("auth")).then_some(true)?,
            None => false,
        };
        Some(Self {
            realm: short(params.value("realm")?)?,
            algorithm: params.value("algorithm").map_or(Some(Algorithm::Md5), Algorithm::parse)?,
            stale: params.value("stale").is_some_and(|stale| stale.eq_ignore_ascii_case("true")),
            from_proxy,
            nonce: short(params.value("nonce")?)?,
            opaque: match params.value("opaque") {
                Some(opaque) => Some(short(opaque)?),
                None => None,
            },
            qop_auth,
        })
    }

    /// The server's nonce.
    pub fn nonce(&self) -> &str {
        &self.nonce
    }

    /// The header that answers it.
    pub fn answer_header(&self) -> &'static str {
        if self.from_proxy { "Proxy-Authorization" } else { "Authorization" }
    }
}

/// The value of the header that answers `challenge`, for a request with this method and request URI.
pub fn authorization(
    challenge: &Challenge,
    credentials: &Credentials<'_>,
    method: &str,
    uri: &str,
    nonce_count: u32,
    cnonce: &str,
) -> String {
    let kernel = auth::Challenge {
        realm: challenge.realm.clone(),
        nonce: challenge.nonce.clone(),
        opaque: challenge.opaque.clone(),
        algorithm: challenge.algorithm.kernel(),
        qop_auth: challenge.qop_auth,
        stale: challenge.stale,
        from_proxy: challenge.from_proxy,
    };
    let known = auth::Credentials::new(credentials.user, credentials.password);
    auth::respond(&kernel, &known, method, uri, nonce_count, cnonce)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sip::stack::{Method, Request};

    fn unauthorized(challenges: &[&str]) -> Response {
        let request = Request::new(Method::Register, "sip:example.com");
        challenges
            .iter()
            .fold(Response::to(&request, 401, None), |response, value| response.with("WWW-Authenticate", *value))
    }

    #[test]
    fn the_example_of_rfc_7616_gives_its_published_digest() {
        let response = unauthorized(&[
            "Digest realm=\"http-auth@example.org\", qop=\"auth, auth-int\", algorithm=SHA-256, \
             nonce=\"7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v\", opaque=\"FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS\"",
        ]);
        let challenge = Challenge::of(&response).remove(0);
        let credentials = Credentials { user: "Mufasa", password: "Circle of Life" };
        let cnonce = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ";
        let value = authorization(&challenge, &credentials, "GET", "/dir/index.html", 1, cnonce);
        assert!(value.contains("753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"), "{value}");
    }

    #[test]
    fn s04_what_cannot_or_must_not_be_answered_is_no_challenge() {
        let long = format!("Digest realm=\"r\", nonce=\"{}\"", "n".repeat(65_536));
        let response = unauthorized(&[
            "Basic realm=\"r\"",
            "Digest realm=\"r\", nonce=\"n\", algorithm=ROT13",
            "Digest realm=\"r\", nonce=\"n\", qop=\"auth-int\"",
            &long,
            "Digest",
        ]);
        assert!(Challenge::of(&response).is_empty());
        let many = vec!["Digest realm=\"r\", nonce=\"n\""; 20];
        assert_eq!(Challenge::of(&unauthorized(&many)).len(), MAX_CHALLENGES);
    }

    #[test]
    fn a_realm_beyond_ascii_and_with_commas_is_read_whole() {
        let found = Challenge::of(&unauthorized(&["digest realm=\"Büro, \\\"Nord\\\"; x\",nonce=\"n\",stale=TRUE"]));
        assert_eq!(
            (found[0].realm.as_str(), found[0].stale, found[0].algorithm),
            ("Büro, \"Nord\"; x", true, Algorithm::Md5)
        );
    }
}
