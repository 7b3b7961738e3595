//! The `catalejo` binary: command line, configuration, wiring and roles.

fn main() {}
