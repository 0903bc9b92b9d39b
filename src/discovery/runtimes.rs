//! Asks the runtimes, all at once, and sorts what comes back.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use aldo_backends::{Probe, Reach, Runtime, ServedModel, Server, probe};
use tokio::task::JoinSet;

use super::answer::{Answer, Reply};
use super::served;
use crate::candidate::{Candidate, Locality, address_locality};

/// Who is asked, and how; by default nobody.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Asking {
    /// Each runtime with the addresses it is asked at, the first that answers as itself counts.
    pub(crate) runtimes: BTreeMap<Runtime, Vec<String>>,
    /// Whether only loopback may be connected to.
    pub(crate) offline: bool,
    /// Whether only this machine is asked, because the agent is sensitive.
    pub(crate) here_only: bool,
    /// How long each may take.
    pub(crate) deadline: Duration,
}

impl Asking {
    /// Why only this machine is asked, if so.
    fn kept(&self) -> Option<&'static str> {
        match (self.offline, self.here_only) {
            (true, _) => Some("offline"),
            (false, true) => Some("the agent is sensitive"),
            (false, false) => None,
        }
    }
}

/// Asks every runtime at every address. A server that turns out to be another of the runtimes asked
/// for counts as that one.
pub(super) fn ask(asking: &Asking) -> (Vec<Answer>, Vec<Candidate>) {
    if asking.runtimes.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let all = asking.runtimes.iter().flat_map(|(&runtime, addresses)| {
        addresses
            .iter()
            .map(move |address| (runtime, address.clone()))
    });
    let first = at_once(asking, all.collect());
    let misplaced = misplaced(asking, &first);
    let second = at_once(asking, misplaced);
    sort(asking, first.into_iter().chain(second))
}

/// Who was asked where, and what came of it.
type Asked = (Runtime, String, Result<Probe, String>);

fn at_once(asking: &Asking, questions: Vec<(Runtime, String)>) -> Vec<Asked> {
    if questions.is_empty() {
        return Vec::new();
    }
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build();
    match runtime {
        Ok(runtime) => runtime.block_on(all(asking, questions)),
        Err(error) => {
            let failed = |(runtime, address)| (runtime, address, Err(error.to_string()));
            questions.into_iter().map(failed).collect()
        }
    }
}

async fn all(asking: &Asking, questions: Vec<(Runtime, String)>) -> Vec<Asked> {
    let (deadline, kept) = (asking.deadline, asking.kept());
    let mut probes = JoinSet::new();
    for (at, (runtime, address)) in questions.iter().cloned().enumerate() {
        probes.spawn(async move { (at, one(runtime, &address, kept, deadline).await) });
    }
    let mut results: BTreeMap<usize, Result<Probe, String>> = BTreeMap::new();
    while let Some(joined) = probes.join_next().await {
        // A probe that panics is a defect of ours, and costs its own row only.
        if let Ok((at, result)) = joined {
            results.insert(at, result);
        }
    }
    let asked = questions.into_iter().enumerate();
    asked
        .map(|(at, (runtime, address))| {
            let failed = || {
                Ok(Probe::NotRunning {
                    reason: "asking it failed".to_owned(),
                })
            };
            (runtime, address, results.remove(&at).unwrap_or_else(failed))
        })
        .collect()
}

async fn one(
    runtime: Runtime,
    address: &str,
    kept: Option<&str>,
    deadline: Duration,
) -> Result<Probe, String> {
    let reach = match (address_locality(address), kept) {
        (Locality::Local, _) => Reach::Loopback,
        (Locality::OnPrem | Locality::Cloud, Some(why)) => {
            return Err(format!("{why}, and this is not an address of this machine"));
        }
        (Locality::OnPrem | Locality::Cloud, None) => Reach::OperatorNetwork,
    };
    Ok(probe(runtime, address, reach, deadline).await)
}

/// The servers that turned out to be another runtime that is asked for as well.
fn misplaced(asking: &Asking, asked: &[Asked]) -> Vec<(Runtime, String)> {
    let known: BTreeSet<_> = asked
        .iter()
        .map(|(runtime, address, _)| (*runtime, address.as_str()))
        .collect();
    let other = |(_, address, result): &Asked| match result {
        Ok(Probe::Unexpected {
            found: Some(Server::Runtime(other)),
            ..
        }) => Some((*other, address.clone())),
        Ok(_) | Err(_) => None,
    };
    let found: BTreeSet<_> = asked.iter().filter_map(other).collect();
    let wanted = found.into_iter().filter(|(runtime, address)| {
        asking.runtimes.contains_key(runtime) && !known.contains(&(*runtime, address.as_str()))
    });
    wanted.collect()
}

/// Sorts by runtime; where one serves, its addresses that do not are not worth a word.
fn sort(asking: &Asking, asked: impl Iterator<Item = Asked>) -> (Vec<Answer>, Vec<Candidate>) {
    let mut by_runtime: BTreeMap<Runtime, Vec<(Answer, Vec<ServedModel>)>> = BTreeMap::new();
    for (runtime, address, result) in asked {
        let answered = answer(runtime, address, result);
        by_runtime.entry(runtime).or_default().push(answered);
    }
    let (mut answers, mut candidates) = (Vec::new(), Vec::new());
    for runtime in asking.runtimes.keys() {
        let mut rows = by_runtime.remove(runtime).unwrap_or_default();
        let serving = |row: &(Answer, _)| matches!(row.0.reply, Reply::Serving { .. });
        if rows.iter().any(serving) {
            rows.retain(serving);
        }
        let mut seen = BTreeSet::new();
        for (answer, models) in rows {
            let new = models
                .into_iter()
                .filter(|model| seen.insert(model.id.clone()));
            candidates.extend(new.map(|model| served::candidate(*runtime, &answer.address, model)));
            answers.push(answer);
        }
    }
    (answers, candidates)
}

fn answer(
    runtime: Runtime,
    address: String,
    result: Result<Probe, String>,
) -> (Answer, Vec<ServedModel>) {
    let (reply, models) = match result {
        Ok(Probe::Serving { version, models }) => {
            let count = models.len();
            let reply = Reply::Serving {
                version,
                models: count,
            };
            (reply, models)
        }
        Ok(Probe::NotRunning { reason }) => {
            let reason = without_address(&reason, &address);
            (Reply::NotRunning { reason }, Vec::new())
        }
        Ok(Probe::Unexpected { found, reason }) => {
            let reason = without_address(&reason, &address);
            (Reply::Unexpected { found, reason }, Vec::new())
        }
        Err(reason) => (Reply::NotAsked { reason }, Vec::new()),
    };
    let answer = Answer {
        runtime,
        address,
        reply,
    };
    (answer, models)
}

/// Reasons name the address, which stands beside them already, and the system's number for them.
fn without_address(reason: &str, address: &str) -> String {
    let reason = reason
        .replace(&format!("cannot connect to `{address}`: "), "")
        .replace(&format!(" from `{address}`"), "")
        .replace(&format!(" to `{address}`"), "");
    match reason.split_once(" (os error ") {
        Some((reason, _)) => reason.to_owned(),
        None => reason,
    }
}

#[cfg(test)]
mod tests {
    use super::without_address;

    #[test]
    fn a_reason_does_not_repeat_the_address() {
        let address = "http://127.0.0.1:1234";
        for (reason, shown) in [
            (
                "cannot connect to `http://127.0.0.1:1234`: connection refused (os error 111)",
                "connection refused",
            ),
            (
                "no whole reply from `http://127.0.0.1:1234` within 1 s",
                "no whole reply within 1 s",
            ),
            (
                "the connection to `http://127.0.0.1:1234` broke: reset",
                "the connection broke: reset",
            ),
            ("something else", "something else"),
        ] {
            assert_eq!(without_address(reason, address), shown);
        }
    }
}
