//! From a path to a validated checkpoint.

use std::path::{Path, PathBuf};

use serde::Deserialize;

use super::{Checkpoint, facts, inventory};
use crate::config::ModelConfig;
use crate::error::ModelError;
use crate::folder;
use crate::gguf::Gguf;
use crate::safetensors::Safetensors;
use crate::weights::{Source, Weights};

/// The longest chat template in bytes.
const TEMPLATE_BYTES_MAX: u64 = 256 << 10;
/// The longest `tokenizer_config.json` in bytes; some list every token.
const TOKENIZER_CONFIG_BYTES_MAX: u64 = 8 << 20;
const CONFIG: &str = "config.json";
const TOKENIZER_CONFIG: &str = "tokenizer_config.json";
const TEMPLATE_FILE: &str = "chat_template.jinja";
const TEMPLATE_KEY: &str = "tokenizer.chat_template";
/// What files of Python objects are called; reading one can run a program.
const PICKLES: [&str; 5] = ["bin", "pt", "pth", "pkl", "ckpt"];

/// Opens whatever checkpoint `path` leads to.
pub(super) fn open(path: &Path) -> Result<Checkpoint, ModelError> {
    let metadata = std::fs::metadata(path).map_err(|source| ModelError::io(path, source))?;
    if metadata.is_dir() {
        open_folder(path)
    } else {
        open_file(path)
    }
}

fn open_file(path: &Path) -> Result<Checkpoint, ModelError> {
    if is_pickle(path) {
        return Err(pickle(path));
    }
    if has_extension(path, "safetensors") {
        return open_safetensors_file(path);
    }
    gguf(stem_id(path), Some(path.to_owned()), Gguf::open(path)?)
}

/// Whether a file's name says that it is a pickle.
pub(super) fn is_pickle(path: &Path) -> bool {
    PICKLES
        .iter()
        .any(|extension| has_extension(path, extension))
}

/// The refusal of a pickle.
pub(super) fn pickle(path: &Path) -> ModelError {
    let reason = "it is a pickle, which can run a program when it is read; \
                  only GGUF and safetensors are read";
    ModelError::not_a_checkpoint(path, reason)
}

/// Whether a file's name ends with `.` and `extension`, in any case.
pub(super) fn has_extension(path: &Path, extension: &str) -> bool {
    path.extension()
        .is_some_and(|it| it.eq_ignore_ascii_case(extension))
}

/// Describes an open GGUF file.
pub(super) fn gguf(
    id: String,
    path: Option<PathBuf>,
    gguf: Gguf,
) -> Result<Checkpoint, ModelError> {
    let metadata = gguf.metadata();
    if let Some(parts @ 2..) = metadata.u32("split.count")? {
        let reason = format!("it is one of {parts} parts of a split file, join them first");
        return Err(ModelError::not_a_checkpoint(metadata.path(), reason));
    }
    let config = ModelConfig::from_gguf(&gguf)?;
    let template = metadata.str(TEMPLATE_KEY)?.map(ToOwned::to_owned);
    if template
        .as_ref()
        .is_some_and(|it| it.len() as u64 > TEMPLATE_BYTES_MAX)
    {
        let reason = format!("is longer than {TEMPLATE_BYTES_MAX} bytes");
        return Err(ModelError::malformed(metadata.path(), TEMPLATE_KEY, reason));
    }
    let warnings = gguf.warnings().to_vec();
    finish(Checkpoint {
        id,
        path,
        folder: None,
        config,
        weights: Weights::new(Source::Gguf(gguf)),
        template,
        warnings,
    })
}

fn open_folder(path: &Path) -> Result<Checkpoint, ModelError> {
    let names = folder::file_names(path)?;
    let of = |extension: &str| {
        let matches = |name: &&String| has_extension(Path::new(name), extension);
        names.iter().filter(matches).collect::<Vec<_>>()
    };
    if !of("safetensors").is_empty() {
        check_config(path)?;
        let config = ModelConfig::from_folder(path)?;
        let files = Safetensors::open(path, config.architecture)?;
        return safetensors(path.to_owned(), path, config, files);
    }
    match of("gguf").as_slice() {
        [name] => open_file(&path.join(name)),
        [] => {
            if let Some(name) = names.iter().find(|name| is_pickle(Path::new(name))) {
                return Err(pickle(&path.join(name)));
            }
            let reason = "it holds no GGUF or safetensors file";
            Err(ModelError::not_a_checkpoint(path, reason))
        }
        several => {
            let reason = format!("it holds {} GGUF files, name one of them", several.len());
            Err(ModelError::not_a_checkpoint(path, reason))
        }
    }
}

/// The file alone, or the whole checkpoint when it is a shard.
fn open_safetensors_file(path: &Path) -> Result<Checkpoint, ModelError> {
    let folder = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        Some(_) | None => Path::new("."),
    };
    check_config(folder)?;
    let config = ModelConfig::from_folder(folder)?;
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let files = if name.contains("-of-") {
        Safetensors::open(folder, config.architecture)?
    } else {
        Safetensors::open_file(&folder::file_inside(folder, &name)?, config.architecture)?
    };
    safetensors(path.to_owned(), folder, config, files)
}

/// Weights without a configuration are an adapter or a part of something else.
fn check_config(folder: &Path) -> Result<(), ModelError> {
    if folder.join(CONFIG).symlink_metadata().is_ok() {
        return Ok(());
    }
    Err(ModelError::not_a_checkpoint(
        folder,
        format!("it has no `{CONFIG}`"),
    ))
}

fn safetensors(
    path: PathBuf,
    folder: &Path,
    config: ModelConfig,
    files: Safetensors,
) -> Result<Checkpoint, ModelError> {
    finish(Checkpoint {
        id: folder_id(folder),
        path: Some(path),
        config,
        weights: Weights::new(Source::Safetensors(files)),
        template: folder_template(folder)?,
        folder: Some(folder.to_owned()),
        warnings: Vec::new(),
    })
}

fn finish(mut checkpoint: Checkpoint) -> Result<Checkpoint, ModelError> {
    inventory::check(&checkpoint.config, &checkpoint.weights)?;
    checkpoint.config.cache_element = facts::cache_element(checkpoint.weights.source());
    if checkpoint.template.is_none() {
        checkpoint
            .warnings
            .push("it has no chat template".to_owned());
    }
    Ok(checkpoint)
}

/// The part of `tokenizer_config.json` that is read here.
#[derive(Deserialize)]
struct TokenizerConfig {
    chat_template: Option<Templates>,
}

/// One template, or several with names.
#[derive(Deserialize)]
#[serde(untagged)]
enum Templates {
    One(String),
    Named(Vec<NamedTemplate>),
}

#[derive(Deserialize)]
struct NamedTemplate {
    name: String,
    template: String,
}

/// The template in its own file, else the one in `tokenizer_config.json`; of several the default.
fn folder_template(folder: &Path) -> Result<Option<String>, ModelError> {
    let exists = |name: &str| folder.join(name).symlink_metadata().is_ok();
    if exists(TEMPLATE_FILE) {
        return folder::read_text(folder, TEMPLATE_FILE, TEMPLATE_BYTES_MAX).map(Some);
    }
    if !exists(TOKENIZER_CONFIG) {
        return Ok(None);
    }
    let path = folder.join(TOKENIZER_CONFIG);
    let text = folder::read_text(folder, TOKENIZER_CONFIG, TOKENIZER_CONFIG_BYTES_MAX)?;
    let config: TokenizerConfig = serde_json::from_str(&text)
        .map_err(|error| ModelError::malformed(&path, TOKENIZER_CONFIG, error.to_string()))?;
    let template = match config.chat_template {
        None => None,
        Some(Templates::One(template)) => Some(template),
        Some(Templates::Named(list)) => list
            .into_iter()
            .find(|it| it.name == "default")
            .map(|it| it.template),
    };
    if template
        .as_ref()
        .is_some_and(|it| it.len() as u64 > TEMPLATE_BYTES_MAX)
    {
        let reason = format!("is longer than {TEMPLATE_BYTES_MAX} bytes");
        return Err(ModelError::malformed(&path, "chat_template", reason));
    }
    Ok(template)
}

/// A file's name without its extension, in lower case.
pub(super) fn stem_id(path: &Path) -> String {
    path.file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .to_lowercase()
}

/// `org/name` in a Hugging Face cache, else the folder's own name in lower case.
pub(super) fn folder_id(folder: &Path) -> String {
    let home = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
    let named = |path: &Path| {
        path.file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned()
    };
    match folder::hugging_face_repository(&home) {
        Some(repository) => named(repository)
            .trim_start_matches("models--")
            .replace("--", "/"),
        None => named(&home).to_lowercase(),
    }
}
