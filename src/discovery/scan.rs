//! Looks for servers of models at other ports of this machine, and nowhere else.

use std::time::Duration;

use aldo_backends::{Reach, ServedModel, Server, is_listening, recognise};
use tokio::task::JoinSet;

use super::{Discovered, served};

/// How many ports are looked at in one moment.
const AT_ONCE_MAX: usize = 64;

/// Where servers of models listen that are left as they come: the five runtimes; `text-generation-webui`,
/// `KoboldCpp`, Jan, `SGLang`, `LMDeploy`, `GPT4All`, Xinference, Docker Model Runner, Lemonade, llmman and
/// shimmy; and what people start second.
const PORTS_KNOWN: [u16; 20] = [
    11434, 1234, 8000, 8080, 9931, 8081, 1337, 4891, 5000, 5001, 8001, 8082, 9997, 11435, 12434,
    13305, 17434, 23333, 30000, 39281,
];

/// Which ports are looked at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Breadth {
    /// Those where servers of models are left as they come.
    Known,
    /// Every one that needs no privilege.
    Exhaustive,
}

impl Breadth {
    /// Returns the ports.
    pub(crate) fn ports(self) -> impl Iterator<Item = u16> {
        let (known, all) = match self {
            Self::Known => (&PORTS_KNOWN[..], None),
            Self::Exhaustive => (&[][..], Some(1024..=u16::MAX)),
        };
        known.iter().copied().chain(all.into_iter().flatten())
    }
}

/// A server that was seen.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Seen {
    /// Its base URL.
    pub(crate) address: String,
    /// Who it is.
    pub(crate) server: Server,
    /// What it serves.
    pub(crate) models: Vec<ServedModel>,
}

/// Looks at every port of `breadth` but those at the addresses `known`; `progress` is told how many
/// are done, of how many.
pub(crate) fn scan(
    breadth: Breadth,
    known: &[String],
    deadline: Duration,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Seen> {
    let unknown = |port: &u16| !known.contains(&address(*port));
    let ports: Vec<_> = breadth.ports().filter(unknown).collect();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    let Ok(runtime) = runtime else {
        return Vec::new();
    };
    let mut seen = runtime.block_on(look(ports, deadline, progress));
    // By port: a longer address is a higher one.
    seen.sort_by(|a, b| (a.address.len(), &a.address).cmp(&(b.address.len(), &b.address)));
    seen
}

fn address(port: u16) -> String {
    format!("http://127.0.0.1:{port}")
}

async fn look(
    ports: Vec<u16>,
    deadline: Duration,
    progress: &mut dyn FnMut(usize, usize),
) -> Vec<Seen> {
    let total = ports.len();
    let mut waiting = ports.into_iter();
    let mut looks = JoinSet::new();
    let mut seen = Vec::new();
    let mut done = 0;
    loop {
        while looks.len() < AT_ONCE_MAX
            && let Some(port) = waiting.next()
        {
            looks.spawn(one(port, deadline));
        }
        let Some(found) = looks.join_next().await else {
            return seen;
        };
        // A look that panics is a defect of ours, and costs its own port only.
        seen.extend(found.ok().flatten());
        done += 1;
        progress(done, total);
    }
}

/// Most ports are closed, which costs less to find out than to ask.
async fn one(port: u16, deadline: Duration) -> Option<Seen> {
    if !is_listening(port, deadline).await {
        return None;
    }
    let address = address(port);
    let (server, models) = recognise(&address, Reach::Loopback, deadline).await?;
    Some(Seen {
        address,
        server,
        models,
    })
}

impl Discovered {
    /// Adds what was seen of the runtimes at other ports.
    pub(crate) fn add_seen(&mut self, seen: &[Seen]) {
        for seen in seen {
            let Server::Runtime(runtime) = seen.server else {
                continue;
            };
            let models = seen.models.iter().cloned();
            let rows = models.map(|model| served::candidate(runtime, &seen.address, model));
            self.registry.candidates.extend(rows);
        }
    }
}

#[cfg(test)]
mod tests;
