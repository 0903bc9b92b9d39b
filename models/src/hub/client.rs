//! The hub as a user meets it: look a model up, look at its header, pull it.

mod preview;

use std::collections::HashMap;
use std::fmt::Write as _;
use std::path::PathBuf;

use super::address::{HubAddress, Token, TokenPlace};
use super::blob::BlobId;
use super::cache::{HubCache, RepositoryCache};
use super::choice::Choice;
use super::download::{Download, Tick};
use super::error::HubError;
use super::listing::{HubFile, LISTING_BYTES_MAX, Listing};
use super::patience::Patience;
use super::trouble::Trouble;
use super::wanted::Wanted;
use super::wire::{Reply, Wire};
use crate::checkpoint::{Checkpoint, Format};
use crate::is_offline;

/// Where the hub is, who asks, and where files go.
#[derive(Debug, Clone)]
pub struct HubOptions {
    /// The hub.
    pub address: HubAddress,
    /// The token, and where it was written down.
    pub token: Option<(Token, TokenPlace)>,
    /// The cache.
    pub cache: HubCache,
    /// How long to wait.
    pub patience: Patience,
}

/// A client of one hub.
#[derive(Debug)]
pub struct Hub {
    wire: Wire,
    options: HubOptions,
    /// Why there is a token and it is not sent.
    token_kept: Option<&'static str>,
    /// The bytes of each blob that a preview fetched.
    early: HashMap<BlobId, u64>,
}

/// A model that was found on a hub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Found {
    /// What was asked for.
    pub wanted: Wanted,
    /// The commit that the revision means.
    pub commit: String,
    /// The files.
    pub choice: Choice,
    /// How many files of the repository were left out because nobody can use their names.
    pub left_out: usize,
}

/// How far a pull is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct PullProgress<'a> {
    /// The file that is fetched.
    pub file: &'a str,
    /// The bytes of the whole model that are here.
    pub done_bytes: u64,
    /// The bytes of the whole model.
    pub total_bytes: u64,
    /// Whether another process fetches the file, and this one waits for it.
    pub waiting: bool,
}

/// A model that was pulled.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pulled {
    /// The checkpoint: a file, or a folder of safetensors.
    pub path: PathBuf,
    /// Each file, and how many of its bytes came over the network.
    pub files: Vec<(HubFile, u64)>,
}

impl Hub {
    /// Makes a client; connects to nothing yet.
    ///
    /// # Errors
    /// [`HubError::Offline`], [`HubError::NotBuilt`] and [`HubError::NoClient`].
    pub fn new(options: HubOptions) -> Result<Self, HubError> {
        let address = &options.address;
        if is_offline() && !address.is_loopback() {
            return Err(HubError::Offline {
                url: address.base_url(),
            });
        }
        let token_kept = options
            .token
            .as_ref()
            .and_then(|(_, place)| address.refuses_token(*place));
        let token = options
            .token
            .as_ref()
            .map(|(token, _)| token)
            .filter(|_| token_kept.is_none());
        Ok(Self {
            wire: Wire::new(address, token, options.patience)?,
            token_kept,
            options,
            early: HashMap::new(),
        })
    }

    /// Asks what a repository holds and chooses what is wanted of it.
    ///
    /// # Errors
    /// [`HubError::Unreachable`], [`HubError::Denied`], [`HubError::NotFound`], [`HubError::Status`],
    /// [`HubError::BadListing`], [`HubError::NoChoice`], [`HubError::BadRedirect`].
    pub fn find(&mut self, wanted: &Wanted) -> Result<Found, HubError> {
        let (repository, revision) = (&wanted.repository, &wanted.revision);
        let path = format!(
            "/api/models/{repository}/revision/{}?blobs=true",
            escaped(revision.as_str(), "")
        );
        let mut reply = self.wire.get(&path, None).map_err(Trouble::into_error)?;
        let address = self.options.address.base_url();
        match reply.head().status {
            200 => {}
            401 | 403 => return Err(self.denied(repository.as_str())),
            404 => {
                let what = format!("{repository}@{revision}");
                return Err(HubError::NotFound { address, what });
            }
            status => return Err(HubError::Status { address, status }),
        }
        let body = self.whole(&mut reply, repository.as_str())?;
        let listing = Listing::parse(&body, &address, repository.as_str())?;
        Ok(Found {
            choice: Choice::of(wanted, &listing)?,
            wanted: wanted.clone(),
            commit: listing.commit,
            left_out: listing.left_out,
        })
    }

    /// Fetches as much of the files as describes them, so that a model that cannot run here is not
    /// fetched. What was fetched stays for the pull.
    ///
    /// # Errors
    /// [`HubError::Unusable`], and what [`Hub::pull`] fails with.
    pub fn preview(&mut self, found: &Found) -> Result<Checkpoint, HubError> {
        preview::of(self, found)
    }

    /// Fetches the files into the cache, each verified before it is visible there.
    ///
    /// # Errors
    /// [`HubError::Mismatch`], [`HubError::Unreachable`], [`HubError::Denied`], [`HubError::NotFound`],
    /// [`HubError::Status`], [`HubError::BadRedirect`], [`HubError::Io`], [`HubError::Interrupted`].
    pub fn pull(
        &mut self,
        found: &Found,
        progress: &mut dyn FnMut(PullProgress<'_>),
    ) -> Result<Pulled, HubError> {
        let total_bytes = found.choice.size_bytes();
        let mut before = 0;
        let mut files = Vec::new();
        for file in &found.choice.files {
            let mut here = 0;
            let mut tell = |tick: Tick| {
                if let Tick::Have(bytes) = tick {
                    here = bytes;
                }
                progress(PullProgress {
                    file: file.name.as_str(),
                    done_bytes: before + here,
                    total_bytes,
                    waiting: tick == Tick::Waiting,
                });
            };
            let fetched = self.fetch(found, file, |download| download.blob(&mut tell))?;
            before += file.size_bytes;
            tell_done(progress, file, before, total_bytes);
            let early = self.early.remove(&file.blob).unwrap_or_default();
            files.push((file.clone(), fetched + early));
        }
        let path = self.publish(found)?;
        Ok(Pulled { path, files })
    }

    /// Makes the files visible, all of them at once to who goes by the revision.
    fn publish(&self, found: &Found) -> Result<PathBuf, HubError> {
        let id = &found.wanted.repository;
        let cache = self.options.cache.repository(id);
        let snapshot = self.options.cache.snapshot(id, &found.commit);
        for file in &found.choice.files {
            RepositoryCache::link(&snapshot, &file.name, &file.blob)?;
        }
        cache.point(&found.wanted.revision, &found.commit)?;
        Ok(match (found.choice.format, found.choice.files.as_slice()) {
            (Format::Gguf, [file]) => file.name.below(&snapshot),
            (Format::Gguf | Format::Safetensors, _) => snapshot,
        })
    }

    fn fetch<T>(
        &mut self,
        found: &Found,
        file: &HubFile,
        work: impl FnOnce(&mut Download<'_>) -> Result<T, HubError>,
    ) -> Result<T, HubError> {
        let repository = &found.wanted.repository;
        let commit = &found.commit;
        let path = format!(
            "/{repository}/resolve/{commit}/{}",
            escaped(file.name.as_str(), "/")
        );
        let done = work(&mut Download {
            wire: &mut self.wire,
            patience: self.options.patience,
            cache: &self.options.cache.repository(repository),
            file,
            path,
            repository: repository.as_str(),
            commit,
        });
        done.map_err(|error| match error {
            HubError::Denied { repository, .. } => self.denied(&repository),
            other => other,
        })
    }

    fn denied(&self, repository: &str) -> HubError {
        HubError::Denied {
            address: self.options.address.base_url(),
            repository: repository.to_owned(),
            token_sent: self.options.token.is_some() && self.token_kept.is_none(),
            token_kept: self.token_kept,
        }
    }

    fn whole(&mut self, reply: &mut Reply, repository: &str) -> Result<Vec<u8>, HubError> {
        let mut body = Vec::new();
        while let Some(bytes) = self.wire.chunk(reply).map_err(Trouble::into_error)? {
            body.extend(bytes);
            if body.len() > LISTING_BYTES_MAX {
                return Err(HubError::BadListing {
                    address: reply.address().to_owned(),
                    repository: repository.to_owned(),
                    reason: format!("it is longer than {LISTING_BYTES_MAX} bytes"),
                });
            }
        }
        Ok(body)
    }
}

fn tell_done(
    progress: &mut dyn FnMut(PullProgress<'_>),
    file: &HubFile,
    done_bytes: u64,
    total_bytes: u64,
) {
    progress(PullProgress {
        file: file.name.as_str(),
        done_bytes,
        total_bytes,
        waiting: false,
    });
}

/// `text` as a part of a path of a URL; what is in `keep` stays as it is, beside letters, digits and `-._~`.
fn escaped(text: &str, keep: &str) -> String {
    text.bytes().fold(String::new(), |mut out, byte| {
        let plain = byte.is_ascii_alphanumeric()
            || b"-._~".contains(&byte)
            || keep.as_bytes().contains(&byte);
        if plain {
            out.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(out, "%{byte:02X}");
        }
        out
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn f04_a_name_is_one_part_of_a_url() {
        assert_eq!(escaped("refs/pr/1", ""), "refs%2Fpr%2F1");
        assert_eq!(escaped("a b?#%.gguf", "/"), "a%20b%3F%23%25.gguf");
        assert_eq!(escaped("BF16/m.gguf", "/"), "BF16/m.gguf");
    }
}
