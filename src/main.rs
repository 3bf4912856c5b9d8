//! Arguments, configuration, logging, runtime, window; nothing else.

fn main() {}
