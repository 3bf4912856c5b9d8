//! Tandem against servers and phones that are not ours: Prosody, Kamailio, baresip, SIPp, a real window, a real sound server.
//!
//! Every test starts its own servers. A program that is missing fails the test: `scripts/install test` installs it.
#![allow(clippy::unwrap_used, clippy::print_stderr, reason = "tests: a failure here is a failed test, and says why")]

#[path = "../support/real/mod.rs"]
mod real;

// One module, so that `--skip interop::` leaves everything out that needs servers.
#[path = "."]
mod interop {
    mod accounts;
    mod announcement;
    mod archive;
    mod audit;
    mod away;
    mod call_text;
    mod calls;
    mod card;
    mod cards;
    mod codecs;
    mod conference;
    mod connection;
    mod contacts;
    mod demo;
    mod desktop;
    mod devices;
    mod digits;
    mod diverted;
    mod early;
    mod events;
    mod exactly_once;
    mod external;
    mod failover;
    mod faults;
    mod files;
    mod forged;
    mod holding;
    mod ice;
    mod identity;
    mod invited;
    mod jingle;
    mod keys;
    mod limits;
    mod lines;
    mod lite;
    mod login;
    mod meeting;
    mod messages;
    mod moving;
    mod names;
    mod notifications;
    mod numbers;
    mod one_way;
    mod own_calls;
    mod paths;
    mod people;
    mod phones;
    mod provisioning;
    mod registration;
    mod rig;
    mod rooms;
    mod security;
    mod seen;
    mod server_settings;
    mod shortcuts;
    mod sign_in;
    mod signalling;
    mod sipp;
    mod sound;
    mod srtp;
    mod talk;
    mod torn_tls;
    mod transfers;
    mod tray;
    mod voice;
    mod window;
}
