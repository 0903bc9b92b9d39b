//! From what is written to what holds; every fault is found, not only the first.

use std::collections::BTreeSet;

use aldo_backends::{Image, ToolSpec};
use serde_json::Value;
use serde_saphyr::{Location, Spanned};
use sha2::{Digest, Sha256};

use super::files::Files;
use super::filler::{Filler, MARK, Needle};
use super::find::{Origin, is_name};
use super::raw::{RawCase, RawFiller, RawInput, RawInputFile, RawSuite, RawTool};
use super::{Case, Prompt, Suite, expect};
use crate::bench::identity::hex;
use crate::tools::schema;
use crate::yaml::Fault;

/// The most cases of a suite.
const CASES_MAX: usize = 500;
/// The most tokens of filler.
const FILLER_TOKENS_MAX: u32 = 200_000;
/// The most tokens an answer may be given.
const TOKENS_MAX_MAX: u32 = 32_768;
/// Tokens of an answer where the suite does not say.
const TOKENS_DEFAULT: u32 = 1024;
/// The longest version, in bytes.
const VERSION_BYTES_MAX: usize = 32;
/// The heaviest case.
const WEIGHT_MAX: f64 = 1e6;

/// Checks a whole suite: what it says, or every fault.
pub(super) fn suite(raw: RawSuite, text: &str, files: &Files) -> Result<Suite, Vec<Fault>> {
    let mut check = Check {
        files,
        digest: Sha256::new(),
        faults: Vec::new(),
    };
    check.digest.update(text);
    check.name(&raw.name, "suite");
    check.version(&raw.version);
    let pass_threshold = check.ratio(raw.pass_threshold.as_ref(), 1.0);
    let place = raw.cases.referenced;
    let cases = check.cases(raw.cases.value, place);
    if !check.faults.is_empty() {
        return Err(check.faults);
    }
    let digest = check.digest.finalize();
    Ok(Suite {
        name: raw.name.value,
        version: raw.version.value,
        description: raw.description,
        pass_threshold,
        tier: raw.privacy_tier,
        cases,
        digest: hex(&digest),
        origin: Origin::Named,
        path: String::new(),
        is_part: false,
    })
}

/// What is found wrong on the way.
pub(super) struct Check<'a> {
    files: &'a Files,
    digest: Sha256,
    pub(super) faults: Vec<Fault>,
}

impl Check<'_> {
    pub(super) fn fault(&mut self, place: Location, message: impl Into<String>) {
        self.faults.push(Fault::at(place, message));
    }

    /// Reads a number from 0 to 1.
    pub(super) fn ratio(&mut self, found: Option<&Spanned<f64>>, default: f64) -> f64 {
        let Some(found) = found else {
            return default;
        };
        if !(0.0..=1.0).contains(&found.value) {
            let message = format!("expected a number from 0 to 1, found `{}`", found.value);
            self.fault(found.referenced, message);
        }
        found.value
    }

    fn name(&mut self, found: &Spanned<String>, what: &str) {
        if !is_name(&found.value) {
            let message = format!(
                "`{}` cannot name a {what}, expected up to 64 of `a-z`, `0-9`, `-`, `_` and `.`",
                found.value
            );
            self.fault(found.referenced, message);
        }
    }

    fn version(&mut self, found: &Spanned<String>) {
        let plain = found.value.chars().all(|c| c.is_ascii_graphic());
        if found.value.is_empty() || found.value.len() > VERSION_BYTES_MAX || !plain {
            self.fault(found.referenced, "expected a version such as `1.0.0`");
        }
    }

    fn cases(&mut self, raw: Vec<RawCase>, place: Location) -> Vec<Case> {
        if raw.is_empty() {
            self.fault(place, "a suite has at least one case");
        }
        if raw.len() > CASES_MAX {
            self.fault(place, format!("a suite has at most {CASES_MAX} cases"));
            return Vec::new();
        }
        let mut seen = BTreeSet::new();
        let mut cases = Vec::new();
        for raw in raw {
            if !seen.insert(raw.id.value.clone()) {
                let message = format!("the case `{}` is here a second time", raw.id.value);
                self.fault(raw.id.referenced, message);
            }
            cases.extend(self.case(raw));
        }
        if !cases.is_empty() && cases.iter().all(|case| case.weight == 0.0) {
            self.fault(place, "no case has a weight, so there is no score");
        }
        cases
    }

    fn case(&mut self, raw: RawCase) -> Option<Case> {
        self.name(&raw.id, "case");
        let weight = self.weight(raw.weight.as_ref());
        let tokens_max = self.tokens_max(raw.tokens_max.as_ref());
        let prompt = self.prompt(raw.input);
        let tools: Vec<_> = raw
            .tools
            .into_iter()
            .filter_map(|tool| self.tool(tool))
            .collect();
        let images: Vec<_> = raw
            .images
            .iter()
            .filter_map(|image| self.image(image))
            .collect();
        let expect = expect::read(self, raw.expect);
        Some(Case {
            id: raw.id.value,
            note: raw.note,
            prompt: prompt?,
            system: raw.system,
            tools,
            images,
            tokens_max,
            expect: expect?,
            weight,
            tags: raw.tags,
        })
    }

    fn weight(&mut self, found: Option<&Spanned<f64>>) -> f64 {
        let Some(found) = found else {
            return 1.0;
        };
        // NaN lies in no range.
        if !(0.0..=WEIGHT_MAX).contains(&found.value) {
            let message = format!("expected a weight of at least 0, found `{}`", found.value);
            self.fault(found.referenced, message);
        }
        found.value
    }

    fn tokens_max(&mut self, found: Option<&Spanned<u32>>) -> usize {
        let tokens = found.map_or(TOKENS_DEFAULT, |found| found.value);
        if let Some(found) = found
            && !(1..=TOKENS_MAX_MAX).contains(&found.value)
        {
            let message = format!("expected 1 to {TOKENS_MAX_MAX}, found `{}`", found.value);
            self.fault(found.referenced, message);
        }
        tokens as usize
    }

    fn prompt(&mut self, raw: Spanned<RawInput>) -> Option<Prompt> {
        let place = raw.referenced;
        let (template, filler) = match raw.value {
            RawInput::Text(text) => (text, None),
            RawInput::File(RawInputFile { file, filler }) => {
                let text = self.text_file(&file)?;
                (text, filler)
            }
        };
        if template.trim().is_empty() {
            self.fault(place, "the input is empty");
            return None;
        }
        let filler = match filler {
            None => None,
            Some(raw) => {
                if !template.contains(MARK) {
                    let message = format!("the file has no `{MARK}` where the filler goes");
                    self.fault(raw.referenced, message);
                }
                Some(self.filler(raw)?)
            }
        };
        Some(Prompt { template, filler })
    }

    fn filler(&mut self, raw: Spanned<RawFiller>) -> Option<Filler> {
        let Spanned {
            value, referenced, ..
        } = raw;
        if !(1..=FILLER_TOKENS_MAX).contains(&value.tokens) {
            let message = format!("expected 1 to {FILLER_TOKENS_MAX} tokens of filler");
            self.fault(referenced, message);
            return None;
        }
        let mut needles = Vec::new();
        for needle in value.needles {
            let at = self.ratio(Some(&needle.at), 0.0);
            let text = needle.text;
            needles.push(Needle { at, text });
        }
        needles.sort_by(|a, b| a.at.total_cmp(&b.at));
        Some(Filler {
            tokens: value.tokens as usize,
            seed: value.seed,
            needles,
        })
    }

    fn tool(&mut self, raw: Spanned<RawTool>) -> Option<ToolSpec> {
        match raw.value {
            RawTool::Native(name) => {
                let found = schema::native(&name).map(ToolSpec::from);
                if found.is_none() {
                    let message = format!("no native tool is called `{name}`");
                    self.fault(raw.referenced, message);
                }
                found
            }
            RawTool::Own(spec) => Some(ToolSpec {
                name: spec.name,
                description: spec.description,
                parameters: Value::Object(spec.parameters),
            }),
        }
    }

    fn image(&mut self, file: &Spanned<String>) -> Option<Image> {
        let bytes = self.bytes(file)?;
        let image = Image::new(bytes);
        if image.is_none() {
            let message = format!("`{}` is neither PNG nor JPEG", file.value);
            self.fault(file.referenced, message);
        }
        image
    }

    fn text_file(&mut self, file: &Spanned<String>) -> Option<String> {
        let bytes = self.bytes(file)?;
        let text = String::from_utf8(bytes).ok();
        if text.is_none() {
            let message = format!("`{}` is not UTF-8 text", file.value);
            self.fault(file.referenced, message);
        }
        text
    }

    fn bytes(&mut self, file: &Spanned<String>) -> Option<Vec<u8>> {
        match self.files.read(&file.value) {
            Ok(bytes) => {
                // The length keeps two files from being taken for two others.
                self.digest.update((bytes.len() as u64).to_le_bytes());
                self.digest.update(&bytes);
                Some(bytes)
            }
            Err(reason) => {
                self.fault(file.referenced, reason);
                None
            }
        }
    }
}
