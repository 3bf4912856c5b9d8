//! To whom the password's digest may be shown, and how often (S03, S04).
//!
//! A challenge is answered only when it came on the registration's own flow and names the realm that is ours: the
//! configured one, or the one that accepted a registration. The strongest algorithm wins (RFC 8760 section 3: the order
//! of challenges is not protected); Basic does not exist here.

use rand::rngs::StdRng;
use rand::{Rng, SeedableRng};
use zeroize::Zeroizing;

use super::stack::{Algorithm, Challenge, Credentials, Request, Response, authorization};

/// How often one request may be repeated with credentials (S04).
pub const MAX_ROUNDS: u8 = 2;

/// Why a challenge is not answered.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The credentials were sent and not accepted.
    #[error("the password or the user name is wrong")]
    WrongPassword,
    /// The challenge is for somebody else's realm.
    #[error("the server asks for the password of another realm")]
    ForeignRealm,
    /// Only MD5 is offered, and the settings forbid it.
    #[error("the server only offers MD5, which the settings forbid")]
    Md5Forbidden,
    /// Nothing is offered that is known: Basic, an unknown algorithm, no challenge at all.
    #[error("the server asks for a login that is not supported")]
    Unsupported,
}

/// How far the authentication of one request got.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rounds {
    sent: u8,
    to_registrar: bool,
    to_proxy: bool,
}

/// What was answered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answered {
    /// The strongest algorithm used.
    pub algorithm: Algorithm,
    /// The realm.
    pub realm: String,
}

/// Knows the password, and whom to show it to.
pub struct Authenticator {
    user: String,
    password: Zeroizing<String>,
    allow_md5: bool,
    /// From the configuration, or remembered from a registration over verified TLS.
    configured_realm: Option<String>,
    /// The realm that accepted the present registration.
    accepted_realm: Option<String>,
    /// The last nonce and how often it was used.
    nonce_use: (String, u32),
    random: StdRng,
}

impl Authenticator {
    /// For one account.
    pub fn new(user: &str, password: &str, realm: Option<&str>, allow_md5: bool, seed: [u8; 32]) -> Self {
        Self {
            user: user.to_owned(),
            password: Zeroizing::new(password.to_owned()),
            allow_md5,
            configured_realm: realm.map(str::to_owned),
            accepted_realm: None,
            nonce_use: (String::new(), 0),
            random: StdRng::from_seed(seed),
        }
    }

    /// A registration was accepted with this realm; over verified TLS it binds later registrations too.
    pub fn accept_realm(&mut self, realm: &str, verified: bool) {
        self.accepted_realm = Some(realm.to_owned());
        if verified && self.configured_realm.is_none() {
            self.configured_realm = Some(realm.to_owned());
        }
    }

    /// Puts into `request` the credentials that a 401 or 407 asks for, in place of earlier ones. CSeq is the caller's.
    /// `registering`: it is a REGISTER, which may teach us the realm.
    ///
    /// # Errors
    /// [`Refusal`]; the request is unchanged.
    pub fn answer(
        &mut self,
        request: &mut Request,
        response: &Response,
        rounds: &mut Rounds,
        registering: bool,
    ) -> Result<Answered, Refusal> {
        let challenges = Challenge::of(response);
        if challenges.is_empty() {
            return Err(Refusal::Unsupported);
        }
        let ours: Vec<&Challenge> = challenges.iter().filter(|one| self.is_ours(&one.realm, registering)).collect();
        if ours.is_empty() {
            return Err(Refusal::ForeignRealm);
        }
        let mut chosen: Vec<&Challenge> = Vec::new();
        for from_proxy in [false, true] {
            let side =
                ours.iter().filter(|one| one.from_proxy == from_proxy && (self.allow_md5 || !one.algorithm.is_md5()));
            // The first of equals: the server's order decides where strength does not.
            let strongest =
                side.copied().reduce(|best, next| if next.algorithm > best.algorithm { next } else { best });
            chosen.extend(strongest);
        }
        let Some(strongest) = chosen.iter().map(|one| one.algorithm).max() else { return Err(Refusal::Md5Forbidden) };
        let asked_again =
            chosen.iter().any(|one| !one.stale && if one.from_proxy { rounds.to_proxy } else { rounds.to_registrar });
        if asked_again || rounds.sent >= MAX_ROUNDS {
            return Err(Refusal::WrongPassword);
        }
        rounds.sent += 1;
        let realm = chosen.first().map(|one| one.realm.clone()).unwrap_or_default();
        for challenge in chosen {
            if challenge.from_proxy {
                rounds.to_proxy = true;
            } else {
                rounds.to_registrar = true;
            }
            let value = self.credentials(challenge, request);
            request.headers.set(challenge.answer_header(), value);
        }
        Ok(Answered { algorithm: strongest, realm })
    }

    fn is_ours(&self, realm: &str, registering: bool) -> bool {
        match (&self.configured_realm, &self.accepted_realm) {
            (Some(ours), _) => ours == realm,
            // The first registration learns it; nothing else may (S03).
            (None, _) if registering => true,
            (None, Some(accepted)) => accepted == realm,
            (None, None) => false,
        }
    }

    fn credentials(&mut self, challenge: &Challenge, request: &Request) -> String {
        // RFC 7616 section 3.4: the count goes up with each use of a nonce.
        if self.nonce_use.0 == challenge.nonce() {
            self.nonce_use.1 += 1;
        } else {
            self.nonce_use = (challenge.nonce().to_owned(), 1);
        }
        let cnonce = format!("{:032x}", self.random.random::<u128>());
        let credentials = Credentials { user: &self.user, password: &self.password };
        authorization(challenge, &credentials, request.method.as_str(), &request.uri, self.nonce_use.1, &cnonce)
    }
}

#[cfg(test)]
mod tests {
    use super::super::stack::Method;
    use super::*;

    fn authenticator(realm: Option<&str>, allow_md5: bool) -> Authenticator {
        Authenticator::new("alice", "secret", realm, allow_md5, [7; 32])
    }

    fn challenged(values: &[&str]) -> Response {
        let request = Request::new(Method::Register, "sip:example.com");
        values
            .iter()
            .fold(Response::to(&request, 401, None), |response, value| response.with("WWW-Authenticate", *value))
    }

    fn try_answer(who: &mut Authenticator, values: &[&str], registering: bool) -> Result<Answered, Refusal> {
        let mut request = Request::new(Method::Register, "sip:example.com");
        who.answer(&mut request, &challenged(values), &mut Rounds::default(), registering)
    }

    const MD5: &str = "Digest realm=\"r\",nonce=\"n\",algorithm=MD5,qop=\"auth\"";
    const SHA: &str = "Digest realm=\"r\",nonce=\"n\",algorithm=SHA-256,qop=\"auth\"";

    #[test]
    fn s04_the_strongest_of_several_is_answered_whatever_their_order() {
        for order in [[MD5, SHA], [SHA, MD5]] {
            let answered = try_answer(&mut authenticator(None, true), &order, true).expect("answered");
            assert_eq!(answered.algorithm, Algorithm::Sha256);
        }
        assert_eq!(try_answer(&mut authenticator(None, false), &[MD5], true), Err(Refusal::Md5Forbidden));
        assert_eq!(try_answer(&mut authenticator(None, true), &["Basic realm=\"r\""], true), Err(Refusal::Unsupported));
        assert_eq!(try_answer(&mut authenticator(None, true), &[], true), Err(Refusal::Unsupported));
    }

    #[test]
    fn s03_only_the_configured_or_the_accepted_realm_is_answered() {
        let foreign = SHA.replace("realm=\"r\"", "realm=\"evil\"");
        assert_eq!(try_answer(&mut authenticator(Some("r"), true), &[&foreign], true), Err(Refusal::ForeignRealm));
        let mut learning = authenticator(None, true);
        assert_eq!(try_answer(&mut learning, &[SHA], false), Err(Refusal::ForeignRealm), "nothing is registered yet");
        learning.accept_realm("r", true);
        assert!(try_answer(&mut learning, &[SHA], false).is_ok());
        assert_eq!(try_answer(&mut learning, &[&foreign], false), Err(Refusal::ForeignRealm));
        assert_eq!(try_answer(&mut learning, &[&foreign], true), Err(Refusal::ForeignRealm), "bound by verified TLS");
    }

    #[test]
    fn s04_a_stale_nonce_is_answered_once_more_and_never_in_a_loop() {
        let mut who = authenticator(None, true);
        let mut request = Request::new(Method::Register, "sip:example.com");
        let mut rounds = Rounds::default();
        assert!(who.answer(&mut request, &challenged(&[SHA]), &mut rounds, true).is_ok());
        let stale = SHA.replace("nonce=\"n\"", "nonce=\"m\",stale=true");
        assert!(who.answer(&mut request, &challenged(&[&stale]), &mut rounds, true).is_ok());
        assert_eq!(request.headers.values("Authorization").count(), 1, "the old answer is gone");
        assert_eq!(who.answer(&mut request, &challenged(&[&stale]), &mut rounds, true), Err(Refusal::WrongPassword));
        let mut rounds = Rounds::default();
        assert!(who.answer(&mut request, &challenged(&[SHA]), &mut rounds, true).is_ok());
        assert!(request.headers.value("Authorization").is_some_and(|value| value.contains("nc=00000001")));
        assert_eq!(who.answer(&mut request, &challenged(&[SHA]), &mut rounds, true), Err(Refusal::WrongPassword));
    }
}
