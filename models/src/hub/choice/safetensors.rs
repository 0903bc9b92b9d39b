//! The files of a safetensors checkpoint.

use super::super::listing::HubFile;
use super::Choice;
use crate::checkpoint::Format;
use crate::companions::is_companion;

const INDEX: &str = "model.safetensors.index.json";
const SINGLE: &str = "model.safetensors";
const CONFIG: &str = "config.json";
/// Weights in their publisher's own form, which stand beside the common one.
const DOUBLES: [&str; 2] = ["consolidated", "adapter"];
/// What pickles end with.
const PICKLES: [&str; 4] = [".bin", ".pt", ".pth", ".ckpt"];
/// The largest file that is no weights, in bytes.
const COMPANION_BYTES_MAX: u64 = 64 << 20;

/// Every file of the checkpoint in the top folder.
pub(super) fn all(files: &[HubFile]) -> Result<Choice, String> {
    let top: Vec<_> = files.iter().filter(|it| it.name.is_at_top()).collect();
    let has = |name: &str| top.iter().any(|it| it.name.as_str() == name);
    let mut weights: Vec<_> = top.iter().copied().filter(|it| is_weights(it)).collect();
    if weights.is_empty() {
        return Err(nothing(files));
    }
    if !has(CONFIG) {
        return Err(format!("has weights but no `{CONFIG}`"));
    }
    if !has(INDEX) && weights.len() > 1 {
        weights.retain(|it| it.name.as_str() == SINGLE);
        if weights.is_empty() {
            return Err(format!("has several safetensors files and no `{INDEX}`"));
        }
    }
    let is_beside =
        |it: &&HubFile| is_companion(it.name.as_str()) && it.size_bytes <= COMPANION_BYTES_MAX;
    let beside = top.iter().copied().filter(is_beside);
    let mut chosen: Vec<_> = beside.chain(weights).cloned().collect();
    chosen
        .sort_by(|one, other| (is_weights(one), &one.name).cmp(&(is_weights(other), &other.name)));
    Ok(Choice {
        label: "safetensors".to_owned(),
        format: Format::Safetensors,
        files: chosen,
    })
}

fn is_weights(file: &HubFile) -> bool {
    let name = file.name.as_str();
    name.ends_with(".safetensors") && !DOUBLES.iter().any(|double| name.starts_with(double))
}

fn nothing(files: &[HubFile]) -> String {
    let is_pickle = |it: &HubFile| PICKLES.iter().any(|end| it.name.as_str().ends_with(end));
    if files.iter().any(is_pickle) {
        "has pickles only, which can run a program when they are read".to_owned()
    } else {
        "has no GGUF and no safetensors file".to_owned()
    }
}
