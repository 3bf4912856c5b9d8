//! Documentation as modules: why the code is as it is, for the next engineer.
//!
//! * [`architecture`]: layers, the one machine shape, who owns what, one call followed, where we depart from the usual.
//! * [`timeline`]: where messages stand, which are the same, and what is said about them later.
//! * [`threads`]: threads, queues, and what happens when one is full.
//! * [`cusax`]: RFC 7081, practice by practice: code, test, and where the user sees it.
//! * [`security`]: attacks, and what is done about them.
//! * [`faults`]: faults, and what happens to messages and calls.
//! * [`compliance`]: the XMPP compliance suites, line by line, and the test for each.
//! * [`complaints`]: what users of other programs complain about, and the test for each.
//! * [`cards`]: how addresses are read from people's cards.
//! * [`provenance`]: facts about the protocols in the field that the code leans on.
//! * [`provisioning`]: documents, and the layers of the configuration.
//! * [`words`]: the window's languages, how a text gets into them, and which word stands for what.
//! * [`testing`]: kinds of tests, and how to run one.
//!
//! `tests/manual.rs` checks that every test named here exists, and that every id in a test's name is explained here.
//! For people who use or roll out the program there is `docs/`.

pub mod architecture;
pub mod cards;
pub mod complaints;
pub mod compliance;
pub mod cusax;
pub mod discovery;
pub mod faults;
pub mod provenance;
pub mod provisioning;
pub mod security;
pub mod testing;
pub mod threads;
pub mod timeline;
pub mod words;
