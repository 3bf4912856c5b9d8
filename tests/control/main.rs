//! The control interface over a real socket, with a pretend program behind it.

mod fixtures;
mod methods;
mod program;
mod socket;
mod watching;
