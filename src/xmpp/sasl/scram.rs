//! The client side of SCRAM (RFC 5802): every word of the server is checked before it is used.

use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;

use super::key::prepare;
use super::mechanism::{Binding, Offer};
use super::{Hash, Key, KeyJob, SaslError};

/// RFC 7677 section 4: "at least 4096".
const FEWEST_ITERATIONS: u32 = 4096;
/// About a second of hashing; more would be an attack on our processor.
const MOST_ITERATIONS: u32 = 1_000_000;
/// Bytes of a challenge; honest ones have some hundred.
const LONGEST_CHALLENGE: usize = 4096;

/// What comes next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Run this and give the result to [`Scram::handle_key`].
    Derive(KeyJob),
    /// Send this as a response.
    Respond(Vec<u8>),
}

/// One authentication.
#[derive(Debug)]
pub struct Scram {
    hash: Hash,
    state: State,
}

#[derive(Debug)]
enum State {
    /// `client-first-message` is sent.
    ExpectChallenge { gs2: Vec<u8>, first_bare: String, nonce: String, offer: Offer },
    /// The key is being computed.
    ExpectKey { auth_message: String, final_without_proof: String },
    /// `client-final-message` is sent.
    ExpectSignature { signature: Vec<u8> },
    /// The server proved that it knows the password.
    Proven,
    /// Something was wrong.
    Failed,
}

impl Scram {
    /// Begins; the second value is the `client-first-message`.
    ///
    /// `user` is the local part of the address, `nonce` printable ASCII without comma, freshly random (144 bits or more).
    /// `offer` is what the server offered, which it may repeat inside (XEP-0474).
    pub fn new(hash: Hash, user: &str, nonce: &str, binding: &Binding, offer: Offer) -> (Self, Vec<u8>) {
        let (gs2, data): (String, &[u8]) = match binding {
            Binding::Unsupported => ("n,,".to_owned(), &[]),
            Binding::NotOffered => ("y,,".to_owned(), &[]),
            Binding::To { name, data } => (format!("p={name},,"), data),
        };
        // RFC 5802 section 5.1: "=" before ",", or the escape would be escaped.
        let user = prepare(user).replace('=', "=3D").replace(',', "=2C");
        let first_bare = format!("n={user},r={nonce}");
        let first = format!("{gs2}{first_bare}").into_bytes();
        let gs2 = [gs2.as_bytes(), data].concat();
        (Self { hash, state: State::ExpectChallenge { gs2, first_bare, nonce: nonce.to_owned(), offer } }, first)
    }

    /// A `<challenge/>`: the `server-first-message`, or in the older form the `server-final-message`.
    pub fn handle_challenge(&mut self, challenge: &[u8]) -> Result<Step, SaslError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::ExpectChallenge { gs2, first_bare, nonce, offer } => {
                let (job, state) = first(self.hash, challenge, &gs2, &first_bare, &nonce, &offer)?;
                self.state = state;
                Ok(Step::Derive(job))
            }
            State::ExpectSignature { signature } => {
                verify(challenge, &signature)?;
                self.state = State::Proven;
                Ok(Step::Respond(Vec::new()))
            }
            State::ExpectKey { .. } | State::Proven | State::Failed => {
                Err(SaslError::Misbehaved("a challenge out of turn"))
            }
        }
    }

    /// The result of [`Step::Derive`]; answers the `client-final-message`.
    pub fn handle_key(&mut self, key: &Key) -> Result<Vec<u8>, SaslError> {
        let State::ExpectKey { auth_message, final_without_proof } = std::mem::replace(&mut self.state, State::Failed)
        else {
            return Err(SaslError::Misbehaved("a key out of turn"));
        };
        let client_key = self.hash.hmac(&key.0, b"Client Key");
        let stored_key = self.hash.digest(&client_key);
        let client_signature = self.hash.hmac(&stored_key, auth_message.as_bytes());
        let proof: Vec<u8> = client_key.iter().zip(&client_signature).map(|(key, signature)| key ^ signature).collect();
        let server_key = self.hash.hmac(&key.0, b"Server Key");
        self.state = State::ExpectSignature { signature: self.hash.hmac(&server_key, auth_message.as_bytes()) };
        Ok(format!("{final_without_proof},p={}", BASE64.encode(proof)).into_bytes())
    }

    /// `<success/>` with its additional data. Only now the server is the one that knows the password.
    pub fn handle_success(&mut self, data: Option<&[u8]>) -> Result<(), SaslError> {
        match std::mem::replace(&mut self.state, State::Failed) {
            State::ExpectSignature { signature } => {
                verify(data.ok_or(SaslError::ServerUnproven)?, &signature)?;
                self.state = State::Proven;
                Ok(())
            }
            State::Proven => Ok(()),
            // It lets us in without having seen a proof: it does not know the password, and wants us to talk.
            State::ExpectChallenge { .. } | State::ExpectKey { .. } | State::Failed => Err(SaslError::ServerUnproven),
        }
    }
}

fn first(
    hash: Hash,
    challenge: &[u8],
    gs2: &[u8],
    first_bare: &str,
    our_nonce: &str,
    offer: &Offer,
) -> Result<(KeyJob, State), SaslError> {
    if challenge.len() > LONGEST_CHALLENGE {
        return Err(SaslError::Misbehaved("the challenge is too long"));
    }
    let text = std::str::from_utf8(challenge).map_err(|_| SaslError::Misbehaved("the challenge is not text"))?;
    let mut attributes = text.split(',');
    // RFC 5802 section 5.1: an `m=` that we do not understand must fail the login; it would come first.
    let nonce = attributes.next().and_then(|part| part.strip_prefix("r="));
    let nonce = nonce.ok_or(SaslError::Misbehaved("the challenge does not begin with a nonce"))?;
    let salt = attributes.next().and_then(|part| part.strip_prefix("s="));
    let salt = salt.ok_or(SaslError::Misbehaved("the challenge has no salt"))?;
    let count = attributes.next().and_then(|part| part.strip_prefix("i="));
    let count = count.ok_or(SaslError::Misbehaved("the challenge has no iteration count"))?;
    match nonce.strip_prefix(our_nonce) {
        Some(theirs) if !theirs.is_empty() && theirs.bytes().all(|byte| byte.is_ascii_graphic()) => {}
        _ => return Err(SaslError::Misbehaved("the nonce is not ours with theirs appended")),
    }
    let salt = BASE64.decode(salt).map_err(|_| SaslError::Misbehaved("the salt is not base64"))?;
    if salt.is_empty() {
        return Err(SaslError::Misbehaved("the salt is empty"));
    }
    // A number as the grammar has it: no sign, no leading zero ("posit-number").
    let digits = !count.is_empty() && count.bytes().all(|byte| byte.is_ascii_digit());
    let iterations = count.parse::<u32>().ok().filter(|_| digits);
    let iterations = iterations
        .filter(|count| (FEWEST_ITERATIONS..=MOST_ITERATIONS).contains(count))
        .ok_or(SaslError::Misbehaved("the iteration count is not between 4,096 and 1,000,000"))?;
    // XEP-0474 section 4.2; it is part of what the proof signs, so that nobody in between can change it.
    if let Some(hashed) = attributes.find_map(|part| part.strip_prefix("h="))
        && !offer.is(hashed, hash)
    {
        return Err(SaslError::OfferChanged);
    }
    let final_without_proof = format!("c={},r={nonce}", BASE64.encode(gs2));
    let auth_message = format!("{first_bare},{text},{final_without_proof}");
    Ok((KeyJob::Salted { hash, salt, iterations }, State::ExpectKey { auth_message, final_without_proof }))
}

/// The `server-final-message` (RFC 5802 section 5.1, `v` and `e`).
fn verify(message: &[u8], expected: &[u8]) -> Result<(), SaslError> {
    let text = std::str::from_utf8(message).unwrap_or_default();
    let first = text.split(',').next().unwrap_or_default();
    if let Some(error) = first.strip_prefix("e=") {
        let known = error.len() <= 64 && error.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-');
        return Err(SaslError::Refused(if known { error.to_owned() } else { "other-error".to_owned() }));
    }
    let signature = first.strip_prefix("v=").and_then(|value| BASE64.decode(value).ok());
    // The signature is of no use to others once it was sent, but equal time costs nothing.
    let equal = signature.is_some_and(|given| {
        given.len() == expected.len() && given.iter().zip(expected).fold(0, |sum, (a, b)| sum | (a ^ b)) == 0
    });
    if equal { Ok(()) } else { Err(SaslError::ServerUnproven) }
}
