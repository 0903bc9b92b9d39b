//! Which files of a repository are the model that is wanted. Pure: a list of files to a choice.

mod gguf;
mod safetensors;

use super::error::HubError;
use super::listing::{HubFile, Listing};
use super::wanted::Wanted;
use crate::checkpoint::Format;

/// The files of one model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Choice {
    /// The quantisation, or the name of the file that says none, or `safetensors`.
    pub label: String,
    /// The format.
    pub format: Format,
    /// The files, weights last, in order of name.
    pub files: Vec<HubFile>,
}

impl Choice {
    /// Chooses what `wanted` means: the GGUF file of a quantisation or a name; where nobody said, the
    /// `Q4_K_M` file, or the `Q8_0` file where that is small; without GGUF files the safetensors.
    ///
    /// # Errors
    /// [`HubError::NoChoice`] with what can be asked for.
    pub fn of(wanted: &Wanted, listing: &Listing) -> Result<Self, HubError> {
        let repository = wanted.repository.as_str();
        let refuse = |reason: String, choices: Vec<(String, u64)>| HubError::NoChoice {
            repository: repository.to_owned(),
            reason,
            choices,
        };
        let groups = gguf::groups(&listing.files);
        let chosen = match &wanted.selector {
            Some(selector) if !groups.is_empty() => gguf::named(&groups, selector),
            Some(selector) => Err(format!("has no GGUF file, so no `{selector}`")),
            None if !groups.is_empty() => gguf::best(&groups),
            None => safetensors::all(&listing.files),
        };
        chosen.map_err(|reason| refuse(reason, gguf::choices(&groups)))
    }

    /// The size of all its files in bytes.
    pub fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }
}

#[cfg(test)]
mod tests;
