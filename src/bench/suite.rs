//! Suites of cases: from YAML and the files beside it to one checked type.
//!
//! Knows no model.

use std::path::{Path, PathBuf};

use aldo_backends::{Image, ToolSpec};

use super::evaluate::Expect;
use crate::capabilities::PrivacyTier;
use crate::yaml::{self, Fault, FileError};

mod builtin;
mod check;
mod expect;
mod files;
mod filler;
mod find;
mod only;
mod raw;

pub use filler::{Filler, Needle, Room, Written, sample};
pub use find::{Origin, Suites, UnknownSuite};
pub use only::NoSuchCase;

use files::Files;

/// The suite whose ratings order equal candidates.
pub const ROUTING_SUITE: &str = "local-model-rating";

/// Its version; ratings of another one do not count.
pub const ROUTING_SUITE_VERSION: &str = "0.3.0";

/// Cases, and the score that is good enough.
#[derive(Debug, Clone, PartialEq)]
pub struct Suite {
    /// Its name.
    pub name: String,
    /// Its version.
    pub version: String,
    /// One sentence.
    pub description: String,
    /// The least weighted share of passed cases, from 0 to 1.
    pub pass_threshold: f64,
    /// How secret its prompts are; without it, as agents that name no tier.
    pub tier: Option<PrivacyTier>,
    /// The cases, in the order they are asked.
    pub cases: Vec<Case>,
    /// The SHA-256 of the suite and every file it reads, in hexadecimal.
    pub digest: String,
    /// Where it comes from.
    pub origin: Origin,
    /// The file, or `builtin:<name>`.
    pub path: String,
    /// Whether cases were left out by the user's wish.
    pub is_part: bool,
}

/// One question and what a good answer is.
#[derive(Debug, Clone, PartialEq)]
pub struct Case {
    /// Its name within the suite.
    pub id: String,
    /// What it probes.
    pub note: String,
    /// What is asked.
    pub prompt: Prompt,
    /// What the model is told before.
    pub system: Option<String>,
    /// The tools it may call.
    pub tools: Vec<ToolSpec>,
    /// The images it is shown.
    pub images: Vec<Image>,
    /// The most tokens the answer may have, reasoning apart.
    pub tokens_max: usize,
    /// What a good answer is.
    pub expect: Expect,
    /// How much it counts.
    pub weight: f64,
    /// Words to find it by.
    pub tags: Vec<String>,
}

/// What is asked: a text, with a place for filler where the case is about length.
#[derive(Debug, Clone, PartialEq)]
pub struct Prompt {
    template: String,
    filler: Option<Filler>,
}

impl Prompt {
    /// Returns how many tokens of filler are wanted, about.
    pub fn filler_tokens(&self) -> Option<usize> {
        self.filler.as_ref().map(|filler| filler.tokens)
    }

    /// Returns the length of the text that is always there, in bytes.
    pub fn fixed_bytes(&self) -> usize {
        let needles = self.filler.iter().flat_map(|filler| &filler.needles);
        self.template.len() + needles.map(|needle| needle.text.len() + 1).sum::<usize>()
    }

    /// Writes the prompt, its filler as long as `room` permits.
    pub fn write(&self, room: Room) -> Written {
        match &self.filler {
            None => Written::plain(self.template.clone()),
            Some(filler) => filler.write(&self.template, room),
        }
    }
}

impl Suite {
    /// Reads and checks the suite in the file at `path`.
    ///
    /// # Errors
    /// [`FileError`] with every fault found and its line and column.
    pub fn load(path: &Path, origin: Origin) -> Result<Self, FileError> {
        let shown = path.display().to_string();
        let text = yaml::read_text(path).map_err(|reason| {
            FileError::one(&shown, Fault::at_top(format!("the file {reason}")))
        })?;
        let folder = path.parent().map_or_else(PathBuf::new, Path::to_owned);
        Self::parse(&text, &shown, &Files::Folder(folder), origin)
    }

    /// Returns the built-in suite called `name`.
    ///
    /// # Errors
    /// [`FileError`] never in a released binary: a test reads every one.
    pub fn builtin(name: &str) -> Option<Result<Self, FileError>> {
        builtin::load(name)
    }

    fn parse(text: &str, path: &str, files: &Files, origin: Origin) -> Result<Self, FileError> {
        if text.len() as u64 > yaml::FILE_BYTES_MAX {
            let fault = Fault::at_top("the file is larger than 1 MB".to_owned());
            return Err(FileError::one(path, fault));
        }
        let raw = yaml::read(text).map_err(|fault| FileError::one(path, fault))?;
        let mut suite =
            check::suite(raw, text, files).map_err(|faults| FileError::new(path, faults))?;
        suite.origin = origin;
        path.clone_into(&mut suite.path);
        Ok(suite)
    }

    /// Returns the weight of all cases together.
    pub fn weight(&self) -> f64 {
        self.cases.iter().map(|case| case.weight).sum()
    }
}

impl Case {
    /// Returns what the case needs of a model, where it needs something.
    pub fn needs_tools(&self) -> bool {
        !self.tools.is_empty()
    }

    /// Returns whether the model must see images.
    pub fn needs_vision(&self) -> bool {
        !self.images.is_empty()
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod self_test;
#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
