//! The expectation of a case: a kind, and the keys that kind has.

use serde_json::{Map, Value};
use serde_saphyr::{Location, Spanned};

use super::check::Check;
use super::raw::{Kind, OneOrMany, Order, RawCall, RawExpect};
use crate::bench::evaluate::{Expect, ExpectedCall, ExpectedCalls, Pattern, Rubric, Schema};
use crate::capabilities::CapabilityClass;

/// The score a judge must give where the suite does not say.
const MIN_SCORE_DEFAULT: f64 = 0.7;

/// Reads an expectation; `None` where a fault was found.
pub(super) fn read(check: &mut Check<'_>, raw: Spanned<RawExpect>) -> Option<Expect> {
    let faults = check.faults.len();
    let place = raw.referenced;
    let mut raw = raw.value;
    let kind = raw.kind.value;
    foreign_keys(check, kind, &raw);
    let expect = match kind {
        Kind::Contains => Expect::Contains(texts(check, place, raw.value)?),
        Kind::Icontains => Expect::Icontains(texts(check, place, raw.value)?),
        Kind::NotContains => Expect::NotContains(texts(check, place, raw.value)?),
        Kind::Exact => Expect::Exact(texts(check, place, raw.value)?),
        Kind::Regex => Expect::Regex(pattern(check, place, raw.pattern)?),
        Kind::JsonSchema => {
            let found = required(check, place, "schema", raw.schema)?;
            Expect::JsonSchema(schema(check, found)?)
        }
        Kind::ToolCall => Expect::ToolCall(calls(check, place, &mut raw)?),
        Kind::Rubric => Expect::Rubric(rubric(check, place, raw)?),
        Kind::All => Expect::All(parts(check, place, raw.of)?),
        Kind::Any => Expect::Any(parts(check, place, raw.of)?),
    };
    (check.faults.len() == faults).then_some(expect)
}

/// The keys a kind has beside `kind`.
fn keys(kind: Kind) -> &'static [&'static str] {
    match kind {
        Kind::Contains | Kind::Icontains | Kind::NotContains | Kind::Exact => &["value"],
        Kind::Regex => &["pattern"],
        Kind::JsonSchema => &["schema"],
        Kind::ToolCall => &["name", "arguments", "argumentsSchema", "calls", "order"],
        Kind::Rubric => &["criteria", "capabilityClass", "minScore"],
        Kind::All | Kind::Any => &["of"],
    }
}

fn foreign_keys(check: &mut Check<'_>, kind: Kind, raw: &RawExpect) {
    fn at<T>(found: Option<&Spanned<T>>) -> Option<Location> {
        found.map(|found| found.referenced)
    }
    let found = [
        ("value", at(raw.value.as_ref())),
        ("pattern", at(raw.pattern.as_ref())),
        ("schema", at(raw.schema.as_ref())),
        ("name", at(raw.name.as_ref())),
        ("arguments", at(raw.arguments.as_ref())),
        ("argumentsSchema", at(raw.arguments_schema.as_ref())),
        ("calls", at(raw.calls.as_ref())),
        ("order", at(raw.order.as_ref())),
        ("criteria", at(raw.criteria.as_ref())),
        ("capabilityClass", at(raw.capability_class.as_ref())),
        ("minScore", at(raw.min_score.as_ref())),
        ("of", at(raw.of.as_ref())),
    ];
    for (key, place) in found {
        if let Some(place) = place
            && !keys(kind).contains(&key)
        {
            let message = format!("the kind `{}` has no key `{key}`", kind.as_str());
            check.fault(place, message);
        }
    }
}

fn required<T>(
    check: &mut Check<'_>,
    place: Location,
    key: &str,
    found: Option<Spanned<T>>,
) -> Option<Spanned<T>> {
    if found.is_none() {
        check.fault(place, format!("missing key `{key}`"));
    }
    found
}

fn texts(
    check: &mut Check<'_>,
    place: Location,
    found: Option<Spanned<OneOrMany>>,
) -> Option<Vec<String>> {
    let found = required(check, place, "value", found)?;
    let OneOrMany(texts) = found.value;
    if texts.is_empty() || texts.iter().any(String::is_empty) {
        check.fault(found.referenced, "expected a text that is not empty");
        return None;
    }
    Some(texts)
}

fn pattern(
    check: &mut Check<'_>,
    place: Location,
    found: Option<Spanned<String>>,
) -> Option<Pattern> {
    let found = required(check, place, "pattern", found)?;
    match Pattern::new(&found.value) {
        Ok(pattern) => Some(pattern),
        Err(reason) => {
            let message = format!("not a pattern that can be used: {reason}");
            check.fault(found.referenced, message);
            None
        }
    }
}

fn schema(check: &mut Check<'_>, found: Spanned<Map<String, Value>>) -> Option<Schema> {
    match Schema::new(Value::Object(found.value)) {
        Ok(schema) => Some(schema),
        Err(error) => {
            check.fault(found.referenced, error.to_string());
            None
        }
    }
}

fn calls(check: &mut Check<'_>, place: Location, raw: &mut RawExpect) -> Option<ExpectedCalls> {
    let ordered = raw
        .order
        .as_ref()
        .is_some_and(|order| order.value == Order::Same);
    let raw_calls = match (raw.name.take(), raw.calls.take()) {
        (Some(name), Some(_)) => {
            check.fault(name.referenced, "expected `name` or `calls`, not both");
            return None;
        }
        (Some(name), None) => vec![RawCall {
            name: name.value,
            arguments: raw
                .arguments
                .take()
                .map(|found| found.value)
                .unwrap_or_default(),
            arguments_schema: raw.arguments_schema.take(),
        }],
        (None, Some(calls)) => calls.value,
        (None, None) => {
            check.fault(place, "missing key `name` or `calls`");
            return None;
        }
    };
    let mut calls = Vec::new();
    for call in raw_calls {
        let schema = match call.arguments_schema {
            None => None,
            Some(found) => Some(schema(check, found)?),
        };
        calls.push(ExpectedCall {
            name: call.name,
            arguments: call.arguments,
            schema,
        });
    }
    Some(ExpectedCalls { calls, ordered })
}

fn rubric(check: &mut Check<'_>, place: Location, raw: RawExpect) -> Option<Rubric> {
    let min_score = check.ratio(raw.min_score.as_ref(), MIN_SCORE_DEFAULT);
    let criteria = required(check, place, "criteria", raw.criteria)?;
    let class = raw.capability_class.map(|found| found.value);
    Some(Rubric {
        criteria: criteria.value,
        class: class.unwrap_or(CapabilityClass::LOCAL_REASONING),
        min_score,
    })
}

fn parts(
    check: &mut Check<'_>,
    place: Location,
    found: Option<Spanned<Vec<Spanned<RawExpect>>>>,
) -> Option<Vec<Expect>> {
    let found = required(check, place, "of", found)?;
    if found.value.is_empty() {
        check.fault(found.referenced, "expected at least one expectation");
        return None;
    }
    let parts: Vec<Option<Expect>> = found
        .value
        .into_iter()
        .map(|part| read(check, part))
        .collect();
    parts.into_iter().collect()
}
