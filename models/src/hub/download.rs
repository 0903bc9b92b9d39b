//! One file from the hub to its blob: taken up where it broke off, verified before anybody sees it.

use std::time::{Duration, Instant};

use super::cache::RepositoryCache;
use super::error::HubError;
use super::listing::HubFile;
use super::lock::Lock;
use super::partial::Partial;
use super::patience::Patience;
use super::reply::Body;
use super::trouble::Trouble;
use super::wire::{Reply, Wire};

/// How often somebody else's lock is looked at.
const LOOK_EVERY: Duration = Duration::from_millis(100);
/// So many bytes further, and the attempts count anew.
const FURTHER_BYTES: u64 = 64 << 10;

/// A file to be fetched.
pub(super) struct Download<'a> {
    pub(super) wire: &'a mut Wire,
    pub(super) patience: Patience,
    pub(super) cache: &'a RepositoryCache,
    pub(super) file: &'a HubFile,
    /// Where it is below the hub's address.
    pub(super) path: String,
    pub(super) repository: &'a str,
    pub(super) commit: &'a str,
}

/// What is told while a file is fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tick {
    /// So many bytes are here.
    Have(u64),
    /// Another process fetches it.
    Waiting,
}

type Told<'t> = &'t mut dyn FnMut(Tick);

impl Download<'_> {
    /// Sees to it that the blob is there, and returns how many bytes came over the network.
    pub(super) fn blob(&mut self, tell: Told<'_>) -> Result<u64, HubError> {
        let mut fetched = 0;
        self.cache.prepare()?;
        let Some(_lock) = self.lock(tell)? else {
            return Ok(0);
        };
        let mut partial = self.open()?;
        loop {
            fetched += self.fill(&mut partial, self.file.size_bytes, tell)?;
            let digest = partial.digest();
            if digest == self.file.blob {
                self.cache.publish(&self.file.blob, partial.file())?;
                return Ok(fetched);
            }
            if !partial.is_resumed() {
                partial.delete()?;
                return Err(self.mismatch(self.file.blob.to_string(), digest.to_string()));
            }
            // What an earlier process left may have been wrong: one more try, from nothing.
            partial.restart()?;
        }
    }

    /// Sees to it that the first `bytes` are here, verified or not, and returns how many came over the
    /// network.
    pub(super) fn prefix(&mut self, bytes: u64, tell: Told<'_>) -> Result<u64, HubError> {
        self.cache.prepare()?;
        let Some(_lock) = self.lock(tell)? else {
            return Ok(0);
        };
        let mut partial = self.open()?;
        self.fill(&mut partial, bytes.min(self.file.size_bytes), tell)
    }

    /// Whether the blob is there and as long as it should be.
    fn is_here(&self) -> bool {
        let blob = self.cache.blob(&self.file.blob);
        blob.metadata()
            .is_ok_and(|it| it.is_file() && it.len() == self.file.size_bytes)
    }

    /// The lock, or nothing when the blob is there.
    fn lock(&mut self, tell: Told<'_>) -> Result<Option<Lock>, HubError> {
        let path = self.cache.lock(&self.file.blob);
        loop {
            if self.is_here() {
                return Ok(None);
            }
            if let Some(lock) = Lock::take(&path)? {
                // Whoever held it may have just finished.
                return Ok((!self.is_here()).then_some(lock));
            }
            tell(Tick::Waiting);
            self.wire.pause(LOOK_EVERY)?;
        }
    }

    fn open(&self) -> Result<Partial, HubError> {
        Partial::open(self.cache.incomplete(&self.file.blob), self.file)
    }

    /// Fetches up to `goal` bytes, taking the connection up again where it breaks, and returns how many
    /// came.
    fn fill(&mut self, partial: &mut Partial, goal: u64, tell: Told<'_>) -> Result<u64, HubError> {
        let (mut failures, mut fetched) = (0, 0);
        tell(Tick::Have(partial.have()));
        while partial.have() < goal {
            let mut came = 0;
            let Err(trouble) = self.attempt(partial, goal, &mut came, tell) else {
                fetched += came;
                continue;
            };
            fetched += came;
            failures = if came >= FURTHER_BYTES {
                1
            } else {
                failures + 1
            };
            match trouble {
                Trouble::Passing { wait, .. } if failures < self.patience.attempts => {
                    self.wire
                        .pause(self.patience.before_attempt(failures, wait))?;
                }
                hopeless => return Err(hopeless.into_error()),
            }
        }
        Ok(fetched)
    }

    /// One request, until it has brought what is missing or breaks.
    fn attempt(
        &mut self,
        partial: &mut Partial,
        goal: u64,
        came: &mut u64,
        tell: Told<'_>,
    ) -> Result<(), Trouble> {
        let mut reply = self
            .wire
            .get(&self.path, Some((partial.have(), goal - 1)))?;
        self.check_status(&reply)?;
        if let Some(found) = reply.head().contradicts(&self.file.blob, self.commit) {
            return Err(self.mismatch(self.file.blob.to_string(), found).into());
        }
        let address = reply.address().to_owned();
        match reply.head().body(partial.have(), self.file.size_bytes) {
            Some(Body::Continues) => {}
            Some(Body::Begins) if partial.have() == 0 => {}
            Some(Body::Begins) => partial.restart()?,
            Some(Body::StartAgain) => {
                partial.restart()?;
                return Err(Trouble::passing(&address, "it does not have so many bytes"));
            }
            Some(Body::OtherSize(bytes)) => {
                return Err(self
                    .mismatch(
                        format!("{} bytes", self.file.size_bytes),
                        format!("{bytes} bytes"),
                    )
                    .into());
            }
            Some(Body::Wrong(reason)) => return Err(Trouble::passing(&address, reason)),
            None => {
                let status = reply.head().status;
                return Err(HubError::Status { address, status }.into());
            }
        }
        let mut pace = Pace::new(self.patience);
        while partial.have() < goal {
            let Some(bytes) = self.wire.chunk(&mut reply)? else {
                return Err(Trouble::passing(
                    &address,
                    "the connection ended before the file did",
                ));
            };
            *came += bytes.len() as u64;
            if !partial.push(&bytes)? {
                let (expected, found) = (self.file.size_bytes, "more".to_owned());
                partial.restart()?;
                return Err(self.mismatch(format!("{expected} bytes"), found).into());
            }
            tell(Tick::Have(partial.have()));
            if !pace.holds(bytes.len() as u64) {
                return Err(Trouble::passing(&address, "it became too slow"));
            }
        }
        Ok(())
    }

    fn check_status(&self, reply: &Reply) -> Result<(), Trouble> {
        let address = reply.address();
        match reply.head().status {
            401 | 403 => Err(HubError::Denied {
                address: address.to_owned(),
                repository: self.repository.to_owned(),
                token_sent: false,
                token_kept: None,
            }
            .into()),
            404 | 410 => Err(HubError::NotFound {
                address: address.to_owned(),
                what: format!("{}/{}", self.repository, self.file.name),
            }
            .into()),
            status @ (408 | 425 | 429 | 500..=599) => Err(Trouble::Passing {
                address: address.to_owned(),
                reason: format!("it answers with status {status}"),
                wait: reply.head().retry_after,
            }),
            _ => Ok(()),
        }
    }

    fn mismatch(&self, expected: String, found: String) -> HubError {
        HubError::Mismatch {
            file: self.file.name.to_string(),
            expected,
            found,
        }
    }
}

/// Whether bytes keep coming fast enough to wait for them.
struct Pace {
    patience: Patience,
    since: Instant,
    bytes: u64,
}

impl Pace {
    fn new(patience: Patience) -> Self {
        Self {
            patience,
            since: Instant::now(),
            bytes: 0,
        }
    }

    fn holds(&mut self, bytes: u64) -> bool {
        self.bytes += bytes;
        if self.since.elapsed() < self.patience.pace {
            return true;
        }
        let holds = self.bytes >= self.patience.pace_bytes;
        (self.since, self.bytes) = (Instant::now(), 0);
        holds
    }
}
