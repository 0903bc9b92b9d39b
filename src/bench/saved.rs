//! The report as it grows, saved after every case, so that what was measured is never lost.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use super::report_wire::{FORMAT, ModelReport, Report};

/// The largest report read, in bytes.
const BYTES_MAX: u64 = 64 << 20;

/// The file a report is saved in.
#[derive(Debug, Clone)]
pub struct Saved {
    path: PathBuf,
}

/// Why a report cannot be gone on with.
#[derive(Debug, thiserror::Error)]
pub enum NotSaved {
    /// There is none.
    #[error("nothing is saved of `{suite}` on these models")]
    Nothing {
        /// The suite.
        suite: String,
    },
    /// It is of something else.
    #[error("what is saved is of something else: {reason}")]
    Differs {
        /// What differs.
        reason: String,
    },
    /// It cannot be read or written.
    #[error("cannot use `{}`", path.display())]
    Io {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: io::Error,
    },
}

impl Saved {
    /// Names the file in `folder` for `suite` on `models`.
    pub fn at(folder: &Path, suite: &str, models: &[String]) -> Self {
        let plain = |text: &str| -> String {
            let safe = |c: char| {
                if c.is_ascii_alphanumeric() || "-.".contains(c) {
                    c
                } else {
                    '_'
                }
            };
            text.chars().map(safe).take(60).collect()
        };
        let mut name = plain(suite);
        for model in models.iter().take(4) {
            name += "+";
            name += &plain(model);
        }
        if models.len() > 4 {
            name += "+more";
        }
        let path = folder.join(format!("{name}.json"));
        Self { path }
    }

    /// Reads what is saved.
    ///
    /// # Errors
    /// [`NotSaved`]; what is not a report differs.
    pub fn read(&self, suite: &str) -> Result<Report, NotSaved> {
        let suite = suite.to_owned();
        match read(&self.path) {
            Ok(report) => Ok(report),
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                Err(NotSaved::Nothing { suite })
            }
            Err(error) if error.kind() == io::ErrorKind::InvalidData => Err(NotSaved::Differs {
                reason: error.to_string(),
            }),
            Err(source) => Err(self.io(source)),
        }
    }

    /// Replaces what is saved, whole or not at all.
    ///
    /// # Errors
    /// [`NotSaved::Io`].
    pub fn write(&self, report: &Report) -> Result<(), NotSaved> {
        let written = || -> io::Result<()> {
            let folder = self.path.parent().unwrap_or(Path::new("."));
            fs::create_dir_all(folder)?;
            let draft = self.path.with_extension("json.new");
            let mut file = fs::File::create(&draft)?;
            file.write_all(&serde_json::to_vec(report)?)?;
            file.sync_all()?;
            fs::rename(&draft, &self.path)
        };
        written().map_err(|source| self.io(source))
    }

    fn io(&self, source: io::Error) -> NotSaved {
        let path = self.path.clone();
        NotSaved::Io { path, source }
    }
}

/// Reads a report from a file, as `--compare` names one.
///
/// # Errors
/// What the system says; `InvalidData` for what is no report.
pub fn read(path: &Path) -> io::Result<Report> {
    let file = fs::File::open(path)?;
    let mut bytes = Vec::new();
    file.take(BYTES_MAX).read_to_end(&mut bytes)?;
    let report: Report = serde_json::from_slice(&bytes)
        .map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error.to_string()))?;
    if report.format != FORMAT {
        let reason = format!("its format is `{}`, not `{FORMAT}`", report.format);
        return Err(io::Error::new(io::ErrorKind::InvalidData, reason));
    }
    Ok(report)
}

/// Says what keeps `saved` from being gone on with as `wanted`; models not begun are no matter.
///
/// # Errors
/// [`NotSaved::Differs`]: the suite, a model, the build, the machine or the settings are others.
pub fn check_same(saved: &Report, wanted: &Report) -> Result<(), NotSaved> {
    let mut differs = Vec::new();
    let mut compare = |what: &str, same: bool| {
        if !same {
            differs.push(format!("the {what} changed"));
        }
    };
    compare("suite", saved.suite == wanted.suite);
    compare("agent", saved.agent == wanted.agent);
    compare("number of repeats", saved.repeat == wanted.repeat);
    compare("machine", saved.machine == wanted.machine);
    compare("list of models", saved.models.len() == wanted.models.len());
    for (was, now) in saved.models.iter().zip(&wanted.models) {
        compare(&format!("model `{}`", now.model), same_model(was, now));
    }
    if differs.is_empty() {
        return Ok(());
    }
    let reason = differs.join(", ");
    Err(NotSaved::Differs { reason })
}

fn same_model(was: &ModelReport, now: &ModelReport) -> bool {
    // The router's choice for an agent is known when it is made; its mark says what was asked for.
    let chosen = now.provider.is_empty();
    (chosen || (was.model == now.model && was.provider == now.provider))
        && was.weights == now.weights
        && was.build == now.build
        && was.device == now.device
        && was.context_tokens == now.context_tokens
}
