//! What a rating is of: these weights, in this build. When either changes, the rating is stale.

use std::fmt::Write as _;
use std::path::Path;
use std::time::UNIX_EPOCH;

use aldo_models::Checkpoint;
use sha2::{Digest, Sha256};

use crate::candidate::{Candidate, Source};
use crate::discovery::{Answer, Reply};

/// Returns a mark of the weights behind `candidate` that changes when they do, without reading them:
/// length and time of change of each file; for what another program serves, its version and address.
pub(crate) fn weights(
    candidate: &Candidate,
    checkpoint: Option<&Checkpoint>,
    answers: &[Answer],
) -> String {
    match &candidate.source {
        Source::Builtin => format!("builtin {}", build_mark()),
        Source::Checkpoint(path) => {
            let size = checkpoint.map_or(0, Checkpoint::size_bytes);
            let mark = digest([files_mark(path), size.to_string()]);
            format!("files {mark}")
        }
        Source::Runtime { runtime, base_url } => {
            let version = version(answers, base_url).unwrap_or("unknown");
            format!("{} {version} at {base_url}", runtime.name())
        }
        Source::Catalog(service) => format!("service at {}", service.base_url),
    }
}

/// Returns the version a runtime says it has.
pub(crate) fn version<'a>(answers: &'a [Answer], base_url: &str) -> Option<&'a str> {
    let answer = answers.iter().find(|answer| answer.address == base_url)?;
    match &answer.reply {
        Reply::Serving { version, .. } => version.as_deref(),
        Reply::NotRunning { .. } | Reply::Unexpected { .. } | Reply::NotAsked { .. } => None,
    }
}

/// Returns what tells this build of aldo from another: its version, and its program's length and time
/// of change. Only what computes in this process depends on it.
pub fn build(candidate: &Candidate) -> String {
    if candidate.source.is_in_process() {
        build_mark()
    } else {
        env!("CARGO_PKG_VERSION").to_owned()
    }
}

fn build_mark() -> String {
    let program = std::env::current_exe().map(|path| file_mark(&path));
    let mark = digest([program.unwrap_or_default()]);
    format!("{}+{mark}", env!("CARGO_PKG_VERSION"))
}

/// Every file at or directly below `path`, by name.
fn files_mark(path: &Path) -> String {
    if !path.is_dir() {
        return file_mark(path);
    }
    let entries = std::fs::read_dir(path).into_iter().flatten().flatten();
    let mut marks: Vec<String> = entries
        .map(|entry| {
            let name = entry.file_name();
            format!("{} {}", name.to_string_lossy(), file_mark(&entry.path()))
        })
        .collect();
    marks.sort();
    marks.join("\n")
}

fn file_mark(path: &Path) -> String {
    let Ok(facts) = std::fs::metadata(path) else {
        return "absent".to_owned();
    };
    let changed = facts.modified().ok();
    let changed = changed.and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    format!(
        "{} {}",
        facts.len(),
        changed.map_or(0, |time| time.as_nanos())
    )
}

/// Writes bytes in hexadecimal.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let mut text = String::with_capacity(bytes.len() * 2);
    for byte in bytes {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The first digits of the SHA-256 of some texts.
fn digest<const N: usize>(texts: [String; N]) -> String {
    let mut digest = Sha256::new();
    for text in texts {
        digest.update(text);
        digest.update([0]);
    }
    let mut text = hex(&digest.finalize());
    text.truncate(16);
    text
}

/// Returns a name of at most `chars_max` characters: of a longer one the end, which tells models apart.
pub fn shortened(name: &str, chars_max: usize) -> String {
    let extra = name.chars().count().saturating_sub(chars_max);
    if extra == 0 {
        return name.to_owned();
    }
    let end: String = name.chars().skip(extra + 1).collect();
    format!("…{end}")
}
