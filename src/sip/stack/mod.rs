//! Messages, framing and transactions in our own types: the only place that names the SIP library.
//!
//! [`Request`] and [`Response`] hold headers as text under their full names; [`Headers`] reads them into typed values.
//! [`parse_datagram`] and [`Framer`] turn bytes into messages that are valid, or into a [`Malformed`] with the answer
//! that RFC 3261 owes the sender. [`Transactions`] is RFC 3261 section 17 (amended by RFC 6026) as one machine.

mod body;
mod digest;
mod framer;
mod headers;
mod message;
mod params;
mod parse;
mod salvage;
mod transactions;
mod transactions_input;
mod value;

#[cfg(test)]
mod framer_tests;
#[cfg(test)]
mod torture_tests;
#[cfg(test)]
mod transactions_tests;

pub use body::{multipart_part, session_description};
pub use digest::{Algorithm, Challenge, Credentials, authorization};
pub use framer::{Frame, Framer, FramingError};
pub use headers::Headers;
pub use message::{Message, Method, Request, Response, reason_phrase};
pub use params::Params;
pub use parse::{Malformed, parse_datagram};
pub use transactions::{
    ClientFailure, ClientId, Flow, FlowId, MAX_CLIENT_TRANSACTIONS, MAX_SERVER_TRANSACTIONS, Output, ServerId,
    Transactions, host_port,
};
pub use value::{CSeq, MediaType, NameAddr, Via, quote, split_list};

/// The largest message in bytes, headers and body together (S26).
pub const MAX_MESSAGE: usize = 64 * 1024;
/// The most header fields in one message (S26).
pub const MAX_HEADERS: usize = 256;
/// The most Via values in one message: RFC 3261 starts Max-Forwards at 70, so no honest message has more (S26).
pub const MAX_VIA: usize = 70;
