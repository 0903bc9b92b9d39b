//! Evaluators of plain text.

use std::ops::Range;

use regex::{Regex, RegexBuilder};

use super::Verdict;

/// How large a compiled pattern may be, in bytes.
const PATTERN_BYTES_MAX: usize = 1 << 20;
/// How many matches of one thing are marked.
const MARKS_MAX: usize = 100;

/// A regular expression whose search takes linear time: no look-around, no back references.
#[derive(Debug, Clone)]
pub struct Pattern(Regex);

impl Pattern {
    /// Compiles `pattern`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn new(pattern: &str) -> Result<Self, String> {
        let built = RegexBuilder::new(pattern)
            .size_limit(PATTERN_BYTES_MAX)
            .build();
        built.map(Self).map_err(|error| {
            let error = error.to_string();
            let last = error.lines().last().unwrap_or_default();
            last.trim_start_matches("error: ").to_owned()
        })
    }

    /// Returns the pattern as it is written.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl PartialEq for Pattern {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

pub(super) fn contains(text: &str, parts: &[String]) -> Verdict {
    each(parts, |part| ranges(text, part))
}

pub(super) fn icontains(text: &str, parts: &[String]) -> Verdict {
    each(parts, |part| folded_ranges(text, part))
}

/// An empty answer contains nothing and is no answer.
pub(super) fn not_contains(text: &str, parts: &[String]) -> Verdict {
    if text.trim().is_empty() {
        return Verdict::failed("there is no text");
    }
    let mut verdict = Verdict::passed(Vec::new());
    for part in parts {
        let found = folded_ranges(text, part);
        if !found.is_empty() {
            verdict.pass = false;
            verdict.reasons.push(format!("`{part}` is there"));
            verdict.marks.extend(found);
        }
    }
    verdict.marks = joined(verdict.marks);
    verdict
}

pub(super) fn regex(text: &str, pattern: &Pattern) -> Verdict {
    let found = pattern.0.find_iter(text).take(MARKS_MAX);
    let marks: Vec<_> = found.map(|found| found.range()).collect();
    if marks.is_empty() {
        return Verdict::failed(format!("nothing matches `{}`", pattern.as_str()));
    }
    Verdict::passed(marks.into_iter().filter(|mark| !mark.is_empty()).collect())
}

pub(super) fn exact(text: &str, texts: &[String]) -> Verdict {
    let trimmed = text.trim();
    if texts.iter().any(|expected| expected.trim() == trimmed) {
        return Verdict::passed(vec![inner(text)]);
    }
    let expected: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
    Verdict::failed(format!("it is not exactly {}", expected.join(" or ")))
}

/// The range of `text` without the blanks around it.
pub(super) fn inner(text: &str) -> Range<usize> {
    let start = text.len() - text.trim_start().len();
    start..start + text.trim().len()
}

/// Joins ranges that overlap or touch, first one first.
pub(super) fn joined(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            Some(_) | None => out.push(range),
        }
    }
    out
}

fn each(parts: &[String], find: impl Fn(&str) -> Vec<Range<usize>>) -> Verdict {
    let mut verdict = Verdict::passed(Vec::new());
    for part in parts {
        let found = find(part);
        if found.is_empty() {
            verdict.pass = false;
            verdict.reasons.push(format!("`{part}` is not there"));
        }
        verdict.marks.extend(found);
    }
    verdict.marks = joined(verdict.marks);
    verdict
}

fn ranges(text: &str, part: &str) -> Vec<Range<usize>> {
    let found = text.match_indices(part).take(MARKS_MAX);
    found
        .map(|(start, part)| start..start + part.len())
        .collect()
}

/// Lower case may have another length, so the search is that of a pattern.
fn folded_ranges(text: &str, part: &str) -> Vec<Range<usize>> {
    let built = RegexBuilder::new(&regex::escape(part))
        .case_insensitive(true)
        .build();
    // A text too long for a pattern is compared as it stands.
    let Ok(pattern) = built else {
        return ranges(text, part);
    };
    let found = pattern.find_iter(text).take(MARKS_MAX);
    found.map(|found| found.range()).collect()
}
