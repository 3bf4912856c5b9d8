//! Documentation as modules: why the code is as it is, for the next engineer.

pub mod cards;
