//! The first step of a run: its decision and its first messages, on disk before anything is sent.

use std::sync::Arc;

use aldo_backends::Message;
use serde_json::{Value, json};

use super::stop::Stop;
use crate::candidate::{Candidate, Locality};
use crate::router::Decision;
use crate::spec::AgentSpec;
use crate::store::{Entry, NewRun, Run, RunId, ServedBy, Store, StoreError};

/// The provider of what the hosted plane runs, until it names its own.
const HOSTED: &str = "hosted";

/// Begins the run of an agent on the model that was chosen; `task` is what is needed to take it up again.
///
/// # Errors
/// [`StoreError`]; nothing may be sent to the model then.
pub fn begin(
    store: &Arc<Store>,
    spec: &AgentSpec,
    candidate: &Candidate,
    decision: &Decision,
    task: Value,
    messages: &[Message],
    project: Option<&str>,
) -> Result<Run, StoreError> {
    let messages = messages.iter().cloned().map(Entry::Message);
    let entries = first(decision, task, messages);
    store.begin(&new_run_on(candidate, spec, project), &entries)
}

/// Begins the run of an agent that goes on from the steps of the run `origin`, which `entries` repeat.
///
/// # Errors
/// [`StoreError`]; nothing may be sent to the model then.
#[expect(
    clippy::too_many_arguments,
    reason = "each is one fact of a run's first transaction"
)]
pub fn begin_from(
    store: &Arc<Store>,
    spec: &AgentSpec,
    candidate: &Candidate,
    decision: &Decision,
    task: Value,
    origin: &str,
    entries: Vec<Entry>,
    project: Option<&str>,
) -> Result<Run, StoreError> {
    let new = NewRun {
        origin: Some(origin.to_owned()),
        ..new_run_on(candidate, spec, project)
    };
    store.begin(&new, &first(decision, task, entries))
}

/// Writes down that `failed` failed before it said anything, for `reason`, and that the run goes on as `decision`
/// says: with the model `next`, or without one to its end.
///
/// # Errors
/// [`StoreError`]; nothing may be sent to the next model then.
pub fn hand_over(
    record: &mut Run,
    failed: &Candidate,
    reason: &str,
    decision: &Decision,
    next: Option<&Candidate>,
) -> Result<(), StoreError> {
    let failure = Entry::Failed {
        provider: failed.provider.clone(),
        model: failed.id.clone(),
        reason: reason.to_owned(),
    };
    let served_by = next.map(served_by);
    record.hand_over(&[failure, decided(decision)], served_by.as_ref())
}

/// Writes down a run that no model may answer: `reason` in a sentence.
///
/// # Errors
/// [`StoreError`].
pub fn refuse(
    store: &Arc<Store>,
    spec: &AgentSpec,
    decision: &Decision,
    reason: &str,
    project: Option<&str>,
) -> Result<RunId, StoreError> {
    let run = store.begin(&new_run(spec, project), &[decided(decision)])?;
    let reason = reason.to_owned();
    run.finish(&[], None, &Stop::Refused { reason }.ending())?;
    Ok(run.id())
}

/// Begins the run of an agent that the hosted plane is asked for as `request` says.
///
/// # Errors
/// [`StoreError`]; nothing may be sent then.
pub fn begin_hosted(
    store: &Arc<Store>,
    spec: &AgentSpec,
    decision: &Decision,
    request: Value,
    project: Option<&str>,
) -> Result<Run, StoreError> {
    let new = NewRun {
        provider: Some(HOSTED.to_owned()),
        locality: Some(Locality::Cloud.as_str()),
        ..new_run(spec, project)
    };
    store.begin(&new, &[decided(decision), Entry::HostedRequest(request)])
}

/// Writes down that the hosted plane is asked to go on with a run, as `request` says.
///
/// # Errors
/// [`StoreError`]; nothing may be sent then.
pub fn hand_over_hosted(record: &mut Run, request: Value) -> Result<(), StoreError> {
    let plane = ServedBy {
        model: None,
        provider: HOSTED.to_owned(),
        locality: Locality::Cloud.as_str(),
    };
    record.hand_over(&[Entry::HostedRequest(request)], Some(&plane))
}

/// Returns how a run says that `candidate` answers it.
pub fn served_by(candidate: &Candidate) -> ServedBy {
    ServedBy {
        model: Some(candidate.id.clone()),
        provider: candidate.provider.clone(),
        locality: candidate.locality.as_str(),
    }
}

/// What comes first in a run, and `then` what it begins with.
fn first(decision: &Decision, task: Value, then: impl IntoIterator<Item = Entry>) -> Vec<Entry> {
    let before = [decided(decision), Entry::Task(task)];
    before.into_iter().chain(then).collect()
}

fn new_run_on(candidate: &Candidate, spec: &AgentSpec, project: Option<&str>) -> NewRun {
    NewRun {
        model: Some(candidate.id.clone()),
        provider: Some(candidate.provider.clone()),
        locality: Some(candidate.locality.as_str()),
        ..new_run(spec, project)
    }
}

fn new_run(spec: &AgentSpec, project: Option<&str>) -> NewRun {
    NewRun {
        agent: spec.identity.name.clone(),
        agent_version: spec.identity.version.clone(),
        project: project.map(str::to_owned),
        privacy_tier: spec.tier().as_str(),
        ..NewRun::default()
    }
}

fn decided(decision: &Decision) -> Entry {
    Entry::Decision(json!(decision))
}
