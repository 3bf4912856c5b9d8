//! The iced window: a function of one snapshot.
