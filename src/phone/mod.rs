//! Telephone numbers: a thin layer over the `phonenumber` crate.
