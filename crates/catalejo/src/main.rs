//! The `catalejo` binary: command line, configuration, wiring and roles.
#![cfg_attr(test, allow(clippy::unwrap_used, clippy::panic))]

mod config;
mod owner;

fn main() {
    let _ = config::load(&config::Layers::default());
    let _ = owner::open;
}
