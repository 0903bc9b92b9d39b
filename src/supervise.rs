//! Agents that are made of agents: who is in a tree, what each is given, and in what order they work.
//!
//! Knows no terminal and no configuration: models, tools and who hears of it come with the [`Office`].

mod asking;
mod crew;
mod error;
mod mapping;
mod office;
mod tally;
mod team;
mod work;

pub(crate) use crew::{Member, gather};
pub(crate) use error::CrewError;
pub(crate) use office::{Equipping, Office, Opening, Routing, Said, Unopened};
pub(crate) use tally::{Row, Tally};
pub(crate) use team::Report;
