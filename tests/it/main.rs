//! The built `aldo` as a user meets it: whole outputs and exit codes, in a home of its own.

#![allow(clippy::unwrap_used)]
// A test that cannot run here says so.
#![allow(clippy::print_stderr)]

mod agents;
mod bench;
mod bundle;
mod cache;
mod clone;
mod config;
mod constrained;
mod discover;
mod doctor;
mod env;
mod failover;
mod health;
mod help;
mod hosted;
mod hostile_model;
#[path = "../support/hub.rs"]
mod hub;
mod injection;
#[path = "../support/llama.rs"]
mod llama;
mod long;
mod mcp;
mod mcp_http;
mod models;
mod nano;
mod offline;
mod output;
#[path = "../support/peer.rs"]
mod peer;
mod peers;
#[path = "../support/plane.rs"]
mod plane;
mod privacy;
mod process;
mod prove;
mod pull;
#[path = "../support/raw_server.rs"]
mod raw_server;
mod recorded;
mod reference;
mod rig;
mod run;
mod runs;
mod scaffold;
mod seal;
mod secrets;
mod store;
mod supervision;
mod telemetry;
mod template;
mod terminal;
mod tooled;
mod tools;

use env::TestEnv;
