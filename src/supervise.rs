//! Agents that are made of agents: who is in a tree, what each is given, and in what order they work.
//!
//! Knows no terminal and no configuration: models, tools and who hears of it come with the [`Office`].

mod asking;
mod branch;
mod crew;
mod error;
mod fork;
mod mapping;
mod office;
mod standing;
mod tally;
mod team;
mod work;

pub(crate) use branch::Branch;
pub(crate) use crew::{Member, gather};
pub(crate) use error::CrewError;
pub(crate) use fork::Edit;
pub(crate) use office::{Equipping, Office, Opening, Routing, Said, Unopened};
pub(crate) use standing::{NotContinued, Standing, to_ask};
pub(crate) use tally::{Row, Served, Tally};
pub(crate) use team::Report;
