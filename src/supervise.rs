//! Agents that are made of agents: who is in a tree, what each is given, and in what order they work.
//!
//! Knows no model, no store and no terminal: how one agent of a tree is run is a closure it is given.

mod crew;
mod error;
mod mapping;
mod team;

pub(crate) use crew::{Child, Member, gather};
pub(crate) use error::CrewError;
pub(crate) use mapping::Scope;
pub(crate) use team::{Order, Place, Report, Team, Working};
