//! What an answer is judged by: each evaluator says whether it passes, why not, and where it matched.
//!
//! Pure: knows no model, no file and no clock but the deadline of a JSON Schema.

use std::ops::Range;

use aldo_backends::ToolCall;
use serde_json::{Map, Value};

use crate::capabilities::CapabilityClass;

mod calls;
mod limited;
mod schema;
mod text;

pub use schema::{Schema, SchemaError};
pub use text::Pattern;

/// What a good answer is.
#[derive(Debug, Clone, PartialEq)]
pub enum Expect {
    /// The text contains each of these.
    Contains(Vec<String>),
    /// The text contains each of these, in whatever case.
    Icontains(Vec<String>),
    /// There is a text, and it contains none of these, in whatever case.
    NotContains(Vec<String>),
    /// The pattern matches somewhere in the text.
    Regex(Pattern),
    /// The text is one of these, blanks around it apart.
    Exact(Vec<String>),
    /// The text is JSON that the schema accepts.
    JsonSchema(Schema),
    /// These tools are called, and no other.
    ToolCall(ExpectedCalls),
    /// A judge finds that it meets the criteria.
    Rubric(Rubric),
    /// Every one of these passes.
    All(Vec<Expect>),
    /// At least one of these passes.
    Any(Vec<Expect>),
}

/// The calls an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedCalls {
    /// The calls; none: no tool may be called.
    pub calls: Vec<ExpectedCall>,
    /// Whether their order counts.
    pub ordered: bool,
}

/// One call an answer must have.
#[derive(Debug, Clone, PartialEq)]
pub struct ExpectedCall {
    /// The tool.
    pub name: String,
    /// Arguments that must be there with these values; others may be there too.
    pub arguments: Map<String, Value>,
    /// What all arguments together must look like.
    pub schema: Option<Schema>,
}

/// What a judge is asked about an answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Rubric {
    /// What a good answer does.
    pub criteria: String,
    /// The class of model that judges.
    pub class: CapabilityClass,
    /// The least score that passes, from 0 to 1.
    pub min_score: f64,
}

/// What a judge found.
#[derive(Debug, Clone, PartialEq)]
pub struct Judgement {
    /// The criteria it was asked about.
    pub criteria: String,
    /// The score, from 0 to 1.
    pub score: f64,
    /// Why.
    pub reason: String,
}

/// An answer as evaluators see it.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// Its text, reasoning and calls apart.
    pub text: &'a str,
    /// The tools it called.
    pub calls: &'a [ToolCall],
    /// What judges found about it.
    pub judgements: &'a [Judgement],
}

/// What an evaluator found.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Verdict {
    /// Whether the answer is good.
    pub pass: bool,
    /// Why not, a sentence each; empty where it is.
    pub reasons: Vec<String>,
    /// What matched, or what must not be there: ranges of bytes of the text.
    pub marks: Vec<Range<usize>>,
}

impl Verdict {
    fn passed(marks: Vec<Range<usize>>) -> Self {
        Self {
            pass: true,
            reasons: Vec::new(),
            marks,
        }
    }

    fn failed(reason: impl Into<String>) -> Self {
        Self {
            pass: false,
            reasons: vec![reason.into()],
            marks: Vec::new(),
        }
    }
}

impl Expect {
    /// Judges an answer.
    pub fn evaluate(&self, answer: Answer<'_>) -> Verdict {
        match self {
            Self::Contains(parts) => text::contains(answer.text, parts),
            Self::Icontains(parts) => text::icontains(answer.text, parts),
            Self::NotContains(parts) => text::not_contains(answer.text, parts),
            Self::Regex(pattern) => text::regex(answer.text, pattern),
            Self::Exact(texts) => text::exact(answer.text, texts),
            Self::JsonSchema(schema) => schema::judge(answer.text, schema),
            Self::ToolCall(expected) => calls::judge(answer.calls, expected),
            Self::Rubric(rubric) => rubric.judge(answer.judgements),
            Self::All(parts) => all(parts, answer),
            Self::Any(parts) => any(parts, answer),
        }
    }

    /// Returns what a judge must be asked before an answer can be judged.
    pub fn rubrics(&self) -> Vec<&Rubric> {
        match self {
            Self::Rubric(rubric) => vec![rubric],
            Self::All(parts) | Self::Any(parts) => parts.iter().flat_map(Self::rubrics).collect(),
            Self::Contains(_)
            | Self::Icontains(_)
            | Self::NotContains(_)
            | Self::Regex(_)
            | Self::Exact(_)
            | Self::JsonSchema(_)
            | Self::ToolCall(_) => Vec::new(),
        }
    }

    /// Says in a few words what is expected, for people.
    pub fn describe(&self) -> String {
        let quoted = |texts: &[String], by: &str| {
            let texts: Vec<String> = texts.iter().map(|text| format!("`{text}`")).collect();
            texts.join(by)
        };
        let parts = |parts: &[Self], by: &str| {
            let parts: Vec<String> = parts.iter().map(Self::describe).collect();
            parts.join(by)
        };
        match self {
            Self::Contains(texts) => format!("contains {}", quoted(texts, " and ")),
            Self::Icontains(texts) => {
                format!("contains {} in whatever case", quoted(texts, " and "))
            }
            Self::NotContains(texts) => format!("does not contain {}", quoted(texts, " or ")),
            Self::Regex(pattern) => format!("matches `{}`", pattern.as_str()),
            Self::Exact(texts) => format!("is {}", quoted(texts, " or ")),
            Self::JsonSchema(_) => "is JSON of the schema".to_owned(),
            Self::ToolCall(expected) => calls::describe(expected),
            Self::Rubric(rubric) => format!("a judge finds: {}", rubric.criteria),
            Self::All(all) => parts(all, "; "),
            Self::Any(any) => parts(any, "; or "),
        }
    }
}

impl Rubric {
    fn judge(&self, judgements: &[Judgement]) -> Verdict {
        let found = judgements
            .iter()
            .find(|judgement| judgement.criteria == self.criteria);
        let Some(found) = found else {
            return Verdict::failed("no judge was asked");
        };
        if found.score >= self.min_score {
            return Verdict::passed(Vec::new());
        }
        Verdict::failed(format!(
            "the judge gives {:.2} of at least {:.2}: {}",
            found.score, self.min_score, found.reason
        ))
    }
}

fn all(parts: &[Expect], answer: Answer<'_>) -> Verdict {
    let mut whole = Verdict::passed(Vec::new());
    for part in parts {
        let verdict = part.evaluate(answer);
        whole.pass &= verdict.pass;
        whole.reasons.extend(verdict.reasons);
        whole.marks.extend(verdict.marks);
    }
    whole.marks = text::joined(whole.marks);
    whole
}

fn any(parts: &[Expect], answer: Answer<'_>) -> Verdict {
    let mut reasons = Vec::new();
    for part in parts {
        let verdict = part.evaluate(answer);
        if verdict.pass {
            return verdict;
        }
        reasons.extend(verdict.reasons);
    }
    Verdict {
        pass: false,
        reasons,
        marks: Vec::new(),
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests;
