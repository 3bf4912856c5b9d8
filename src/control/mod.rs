//! The local control interface: JSON-RPC over a private socket, and the command line that speaks it.
//!
//! `docs/control.md` promises the interface to people who script their phone: a field that is there keeps its name and
//! meaning. [`wire`] and [`params`] read requests, [`method`] knows the methods, [`json`] writes the promised shapes,
//! [`server`] and its connections answer, [`client`] asks, [`command_line`] reads the program's arguments.

mod accounts;
pub mod book;
mod call_text;
mod card;
pub mod client;
pub mod command_line;
mod conference;
mod connection;
mod contacts;
mod devices;
mod endpoint;
mod events;
mod features;
mod files;
mod json;
mod meeting;
mod method;
mod numbers;
mod own;
mod params;
pub mod provision;
mod rooms;
mod search;
mod security;
pub mod server;
mod settings;
mod sign_in;
mod talk;
mod transfer;
mod wire;

pub use client::ClientError;
pub use server::{Server, serve};
