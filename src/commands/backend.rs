//! From a candidate that was chosen to a backend that answers.
//!
//! What the router decided is checked once more here: the address of a server must lie within what
//! the tier and the row permit.

use aldo_backends::{
    Backend, BackendError, Endpoint, Engine, EngineOptions, NotLocal, OpenAi, OpenAiOptions,
    PROBE_DEADLINE, Reach, Runtime, Timeouts, is_truly_local,
};
use secrecy::SecretString;

use crate::candidate::{Candidate, Locality, Service, Source};
use crate::capabilities::PrivacyTier;
use crate::discovery::Discovered;
use crate::env::Environment;

/// What is needed to open a candidate.
#[derive(Debug)]
pub(crate) struct Opener<'a> {
    /// The candidates, and the checkpoints behind those in process.
    pub(crate) discovered: &'a Discovered,
    /// The tier of the run.
    pub(crate) tier: PrivacyTier,
    /// Whether only loopback may be connected to.
    pub(crate) offline: bool,
    /// Where the keys of services are.
    pub(crate) environment: &'a Environment,
    /// How a model in process runs.
    pub(crate) engine: EngineOptions,
    /// How long the parts of a server's answer may take.
    pub(crate) timeouts: Timeouts,
}

/// Why a candidate was not opened.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotOpened {
    /// It cannot be.
    #[error(transparent)]
    Backend(#[from] BackendError),
    /// The run is sensitive, and the server does not clearly say that it computes the model itself.
    #[error("it may leave this machine: {0}")]
    NotLocal(NotLocal),
}

/// Extras that name a checkpoint of their own: `mlx_lm.server` downloads one that it does not hold.
const FETCHING_EXTRAS: [&str; 3] = ["draft_model", "adapters", "model"];

impl Opener<'_> {
    /// Opens `candidate`. Nothing of a conversation has left when this returns.
    ///
    /// # Errors
    /// [`NotOpened`].
    pub(crate) async fn open(&self, candidate: &Candidate) -> Result<Box<dyn Backend>, NotOpened> {
        match &candidate.source {
            Source::Builtin | Source::Checkpoint(_) => Ok(self.in_process(candidate)),
            Source::Runtime { runtime, base_url } => {
                let options = self.options(candidate, base_url, Some(*runtime)).await?;
                Ok(Box::new(OpenAi::new(options)?))
            }
            Source::Catalog(service) => {
                let options = self.service(candidate, service).await?;
                Ok(Box::new(OpenAi::new(options)?))
            }
        }
    }

    fn in_process(&self, candidate: &Candidate) -> Box<dyn Backend> {
        let checkpoint = self.discovered.checkpoint(candidate);
        let checkpoint =
            checkpoint.expect("discovery keeps the checkpoint of each candidate in process");
        Box::new(Engine::start(checkpoint.clone(), self.engine.clone()))
    }

    async fn service(
        &self,
        candidate: &Candidate,
        service: &Service,
    ) -> Result<OpenAiOptions, NotOpened> {
        if self.tier == PrivacyTier::Sensitive {
            let fetching = FETCHING_EXTRAS
                .into_iter()
                .find(|name| service.extra.contains_key(*name));
            if let Some(name) = fetching {
                let reason = format!(
                    "`{name}` in the catalogue's `extra` may make the server fetch a checkpoint"
                );
                return Err(NotOpened::NotLocal(NotLocal { reason }));
            }
        }
        let headers = service.headers.iter();
        Ok(OpenAiOptions {
            api_key: self.key(service)?,
            headers: headers
                .map(|(name, value)| (name.to_owned(), value.clone()))
                .collect(),
            extra: service.extra.clone(),
            ..self
                .options(candidate, &service.base_url, service.runtime)
                .await?
        })
    }

    async fn options(
        &self,
        candidate: &Candidate,
        base_url: &str,
        runtime: Option<Runtime>,
    ) -> Result<OpenAiOptions, NotOpened> {
        let reach = reach(self.tier, candidate.locality, self.offline);
        let endpoint = Endpoint::new(base_url, reach).map_err(BackendError::from)?;
        if let (PrivacyTier::Sensitive, Some(runtime)) = (self.tier, runtime) {
            // What a runtime forwards may have changed since it was listed.
            let asked = is_truly_local(runtime, base_url, &candidate.id, PROBE_DEADLINE).await;
            asked.map_err(NotOpened::NotLocal)?;
        }
        Ok(OpenAiOptions {
            runtime,
            timeouts: self.timeouts,
            ..OpenAiOptions::new(endpoint, &candidate.id)
        })
    }

    fn key(&self, service: &Service) -> Result<Option<SecretString>, BackendError> {
        let Some(name) = &service.api_key_env else {
            return Ok(None);
        };
        let value = self.environment.get(name).and_then(|value| value.to_str());
        let missing = || BackendError::NoClient {
            reason: format!("`{name}`, which the catalogue names for its key, is not set"),
        };
        let value = value.ok_or_else(missing)?;
        Ok(Some(SecretString::from(value.trim())))
    }
}

/// How far a request may travel: no farther than the tier, the row and the user permit.
fn reach(tier: PrivacyTier, locality: Locality, offline: bool) -> Reach {
    match (tier, locality) {
        (PrivacyTier::Sensitive, _) | (_, Locality::Local) => Reach::Loopback,
        _ if offline => Reach::Loopback,
        (PrivacyTier::Public | PrivacyTier::Internal, Locality::OnPrem) => Reach::OperatorNetwork,
        (PrivacyTier::Public | PrivacyTier::Internal, Locality::Cloud) => Reach::Internet,
    }
}

#[cfg(test)]
mod tests;
