//! A user's call: signalling and media brought together as one pure machine.
