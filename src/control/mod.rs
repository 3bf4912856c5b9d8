//! The local control interface: JSON-RPC 2.0 over a private socket, one object a line, and its command line.
//!
//! `docs/control.md` is the promise. [`method`] reads requests, [`json`] writes results, [`server`] carries them,
//! [`client`] is `tandem ctl`.

mod json;
mod method;

#[cfg(unix)]
pub mod client;
#[cfg(unix)]
pub mod server;

/// A request may have this many bytes, its line end included.
pub const LONGEST_REQUEST: usize = 64 * 1024;

/// Error codes of JSON-RPC 2.0, section 5.1, and ours.
pub(crate) mod code {
    pub const NOT_JSON: i32 = -32700;
    pub const NOT_A_REQUEST: i32 = -32600;
    pub const NO_SUCH_METHOD: i32 = -32601;
    pub const WRONG_PARAMETERS: i32 = -32602;
    /// A refusal of the program; `data.kind` says which.
    pub const REFUSED: i32 = -32000;
}

#[cfg(test)]
mod tests;
