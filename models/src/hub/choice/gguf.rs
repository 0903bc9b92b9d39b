//! GGUF files by what they are quantised to.

use std::collections::BTreeMap;

use super::super::listing::HubFile;
use super::super::quantisation::GgufName;
use super::Choice;
use crate::checkpoint::Format;

/// What is taken where nobody said, most wanted first.
const PREFERRED: [&str; 14] = [
    "Q4_K_M",
    "UD-Q4_K_XL",
    "Q4_K_S",
    "MXFP4",
    "Q4_0",
    "IQ4_NL",
    "IQ4_XS",
    "Q5_K_M",
    "Q6_K",
    "Q8_0",
    "Q3_K_M",
    "BF16",
    "F16",
    "F32",
];
/// The type that is hardly worse than the original, and up to which size it is taken, in bytes.
const SMALL: (&str, u64) = ("Q8_0", 1_000_000_000);

/// The parts of one model; most have one.
pub(super) struct Group {
    label: Option<String>,
    stem: String,
    parts: u32,
    files: Vec<HubFile>,
}

/// The GGUF files of a repository, parts together, in order of name.
pub(super) fn groups(files: &[HubFile]) -> Vec<Group> {
    let mut groups = BTreeMap::new();
    for file in files {
        let Some(GgufName { stem, label, parts }) = GgufName::new(file.name.as_str()) else {
            continue;
        };
        let group = groups
            .entry((stem.clone(), parts))
            .or_insert_with(|| Group {
                label,
                stem,
                parts,
                files: Vec::new(),
            });
        group.files.push(file.clone());
    }
    groups.into_values().collect()
}

/// The group that `selector` names, by quantisation, stem or file.
pub(super) fn named(groups: &[Group], selector: &str) -> Result<Choice, String> {
    let by = |matches: &dyn Fn(&Group) -> bool| {
        groups.iter().filter(|it| matches(it)).collect::<Vec<_>>()
    };
    let mut found = by(&|group| group.is_called(selector));
    if found.is_empty() {
        found = by(&|group| group.is_quantised_to(selector));
    }
    if found.is_empty() {
        let dynamic = format!("UD-{selector}");
        found = by(&|group| group.is_quantised_to(&dynamic));
    }
    match found.as_slice() {
        [group] => group.choice(),
        [] => Err(format!("has no `{selector}`")),
        several => Err(format!(
            "has {} files of `{selector}`, name one of them",
            several.len()
        )),
    }
}

/// The group for those who name none.
pub(super) fn best(groups: &[Group]) -> Result<Choice, String> {
    let of = |label: &str| {
        groups
            .iter()
            .find(|it| it.parts == 1 && it.is_quantised_to(label))
    };
    if let Some(group) = of(SMALL.0).filter(|it| it.size_bytes() <= SMALL.1) {
        return group.choice();
    }
    if let Some(group) = PREFERRED.iter().find_map(|label| of(label)) {
        return group.choice();
    }
    match groups {
        [group] => group.choice(),
        _ => Err("has no quantisation that is usually wanted, name one".to_owned()),
    }
}

/// What can be asked for, with sizes in bytes.
pub(super) fn choices(groups: &[Group]) -> Vec<(String, u64)> {
    let whole = groups.iter().filter(|it| it.parts == 1);
    whole.map(|it| (it.name(), it.size_bytes())).collect()
}

impl Group {
    fn name(&self) -> String {
        self.label
            .clone()
            .unwrap_or_else(|| format!("{}.gguf", self.stem))
    }

    fn is_called(&self, name: &str) -> bool {
        let base = self.stem.rsplit('/').next().unwrap_or_default();
        let files = self.files.iter().map(|file| file.name.as_str());
        [self.stem.as_str(), base]
            .into_iter()
            .chain(files)
            .any(|it| it.eq_ignore_ascii_case(name))
            || name
                .strip_suffix(".gguf")
                .is_some_and(|it| it.eq_ignore_ascii_case(base))
    }

    fn is_quantised_to(&self, label: &str) -> bool {
        self.label
            .as_ref()
            .is_some_and(|it| it.eq_ignore_ascii_case(label))
    }

    fn size_bytes(&self) -> u64 {
        self.files.iter().map(|file| file.size_bytes).sum()
    }

    fn choice(&self) -> Result<Choice, String> {
        if self.parts > 1 {
            let (name, parts) = (self.name(), self.parts);
            return Err(format!(
                "has `{name}` split into {parts} parts, which must be joined before they can be read"
            ));
        }
        Ok(Choice {
            label: self.name(),
            format: Format::Gguf,
            files: self.files.clone(),
        })
    }
}
