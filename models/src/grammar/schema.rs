//! JSON Schemas before they become grammars: what is not supported is named, and what would be valid
//! but unreadable (endless numbers, endless nesting) is bounded.

use std::time::{Duration, Instant};

use serde_json::{Map, Value, json};

use super::any::{ANY_REF, add_any, is_any};
use super::lexicon::said;
use super::refused;
use crate::error::ModelError;

/// The largest schema in bytes of JSON.
const SCHEMA_BYTES_MAX: usize = 1 << 20;
/// How deep a schema nests.
const DEPTH_MAX: usize = 64;
/// How many schemas it may hold.
const SCHEMAS_MAX: usize = 20_000;
/// Numbers stay below this where the schema does not say; above it readers lose digits.
const NUMBER_MAX: f64 = 1e15;

/// Keywords that say nothing about what is valid and that the engine does not know.
const REMARKS: [&str; 4] = ["deprecated", "strict", "nullable", "$vocabulary"];

/// Keywords that assert something nobody here can promise.
const UNSUPPORTED: [&str; 13] = [
    "not",
    "if",
    "then",
    "else",
    "contains",
    "minContains",
    "maxContains",
    "uniqueItems",
    "propertyNames",
    "dependentRequired",
    "dependentSchemas",
    "unevaluatedItems",
    "unevaluatedProperties",
];

/// More of them: of older drafts, and references that only a reader of the whole can follow.
const UNSUPPORTED_REFERENCES: [&str; 4] = [
    "dependencies",
    "$dynamicRef",
    "$dynamicAnchor",
    "$recursiveRef",
];

/// Keywords whose value is a schema.
const ONE: [&str; 3] = ["items", "additionalProperties", "additionalItems"];
/// Keywords whose value is a list of schemas.
const LIST: [&str; 4] = ["anyOf", "allOf", "oneOf", "prefixItems"];
/// Keywords whose value holds schemas by name.
const NAMED: [&str; 4] = ["properties", "patternProperties", "$defs", "definitions"];

/// Checks that answers can be held to `schema`, without a vocabulary.
///
/// # Errors
/// [`ModelError::Grammar`] naming the keyword that is not supported, or the limit.
pub fn check_schema(schema: &Value) -> Result<(), ModelError> {
    let prepared = prepared(schema)?;
    super::plan::compiles(&prepared)
}

/// The keyword `keyword` at `place`, a JSON pointer, is not supported.
pub(super) fn unsupported(place: &str, keyword: &str) -> ModelError {
    let place = if place.is_empty() { "/" } else { place };
    refused(format!(
        "keyword `{keyword}` of the JSON Schema at `{place}` is not supported"
    ))
}

/// The schema of a tool's arguments, which are an object whatever it says.
pub(super) fn as_object(parameters: &Value) -> Value {
    match parameters {
        Value::Object(schema) if schema.is_empty() => json!({"type": "object"}),
        Value::Object(schema) if schema.contains_key("type") => parameters.clone(),
        Value::Object(schema) => {
            let mut schema = schema.clone();
            schema.insert("type".to_owned(), "object".into());
            Value::Object(schema)
        }
        _ => json!({"type": "object"}),
    }
}

/// `schema` without the keywords that nobody here can promise: whatever it takes is still taken.
pub(super) fn loosened(schema: &Value) -> Value {
    let Value::Object(keywords) = schema else {
        return schema.clone();
    };
    let leads_out = |keyword: &str, value: &Value| {
        keyword == "$ref" && value.as_str().is_some_and(|it| !it.starts_with('#'))
    };
    let kept = keywords.iter().filter(|(keyword, value)| {
        !is_unsupported(keyword) && *keyword != "minProperties" && !leads_out(keyword, value)
    });
    let loosen = |(keyword, value): (&String, &Value)| {
        let value = match value {
            Value::Array(schemas) if LIST.contains(&keyword.as_str()) => {
                schemas.iter().map(loosened).collect()
            }
            Value::Object(schemas) if NAMED.contains(&keyword.as_str()) => {
                let schemas = schemas.iter();
                schemas
                    .map(|(name, schema)| (name.clone(), loosened(schema)))
                    .collect()
            }
            _ if ONE.contains(&keyword.as_str()) => loosened(value),
            _ => value.clone(),
        };
        (keyword.clone(), value)
    };
    kept.map(loosen).collect()
}

fn is_unsupported(keyword: &str) -> bool {
    UNSUPPORTED.contains(&keyword) || UNSUPPORTED_REFERENCES.contains(&keyword)
}

/// A part of the schema `root` that can stand alone.
pub(super) fn rooted(part: &Value, root: &Value) -> Value {
    let Value::Object(part) = part else {
        return part.clone();
    };
    let mut part = part.clone();
    for key in ["$defs", "definitions"] {
        if let Some(definitions) = root.get(key) {
            part.entry(key).or_insert_with(|| definitions.clone());
        }
    }
    Value::Object(part)
}

/// Checks `schema` and brings it to the form in which the engine gets it.
///
/// # Errors
/// As [`check_schema`].
pub(super) fn prepared(schema: &Value) -> Result<Value, ModelError> {
    let size = schema.to_string().len();
    if size > SCHEMA_BYTES_MAX {
        return Err(refused(format!(
            "the JSON Schema has {size} bytes, the limit is {SCHEMA_BYTES_MAX}"
        )));
    }
    let mut preparation = Preparation {
        schemas: 0,
        // Free values of both sides of an intersection would be crossed with each other.
        bounds_any: !intersects(schema),
    };
    let mut prepared = preparation.schema(schema, "", 0)?;
    if !prepared.is_object() {
        prepared = json!({"allOf": [prepared]});
    }
    if let Some(root) = prepared.as_object_mut() {
        if preparation.bounds_any {
            add_any(root);
        }
        root.insert("x-guidance".to_owned(), options());
    }
    Ok(prepared)
}

/// White space is fixed, and every character has one spelling, so that a key cannot come back in
/// another one.
fn options() -> Value {
    json!({
        "whitespace_flexible": false,
        "item_separator": ", ",
        "key_separator": ": ",
        "json_allowed_escapes": "nrbtf\\\"",
    })
}

/// Whether schemas are intersected with each other somewhere.
fn intersects(schema: &Value) -> bool {
    match schema {
        Value::Object(schema) => {
            let applies = |key: &str| schema.contains_key(key);
            applies("allOf")
                || (applies("$ref") && schema.len() > 1)
                || (applies("properties") && (applies("anyOf") || applies("oneOf")))
                || schema.values().any(intersects)
        }
        Value::Array(schemas) => schemas.iter().any(intersects),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => false,
    }
}

struct Preparation {
    schemas: usize,
    bounds_any: bool,
}

impl Preparation {
    fn schema(&mut self, schema: &Value, place: &str, depth: usize) -> Result<Value, ModelError> {
        self.schemas += 1;
        if depth > DEPTH_MAX {
            return Err(refused(format!(
                "the JSON Schema nests deeper than {DEPTH_MAX}"
            )));
        }
        if self.schemas > SCHEMAS_MAX {
            return Err(refused(format!(
                "the JSON Schema holds more than {SCHEMAS_MAX} schemas"
            )));
        }
        let Value::Object(keywords) = schema else {
            return match schema {
                Value::Bool(true) => Ok(self.any()),
                Value::Bool(false) => Ok(Value::Bool(false)),
                _ => Err(refused(format!(
                    "`{place}` of the JSON Schema is no schema"
                ))),
            };
        };
        let mut out = Map::new();
        for (keyword, value) in keywords {
            if REMARKS.contains(&keyword.as_str()) || keyword.starts_with("x-") {
                continue;
            }
            let value = self.keyword(keyword, value, place, depth)?;
            out.insert(keyword.clone(), value);
        }
        check_counts(&out, place)?;
        if self.bounds_any && depth > 0 && is_any(&out) {
            return Ok(self.any());
        }
        self.bound(&mut out);
        bound_time(&mut out);
        Ok(Value::Object(out))
    }

    fn keyword(
        &mut self,
        keyword: &str,
        value: &Value,
        place: &str,
        depth: usize,
    ) -> Result<Value, ModelError> {
        let inner = format!("{place}/{keyword}");
        if is_unsupported(keyword) {
            return Err(unsupported(place, keyword));
        }
        match value {
            Value::Object(_) | Value::Bool(_) if ONE.contains(&keyword) => {
                self.schema(value, &inner, depth + 1)
            }
            Value::Array(schemas) if LIST.contains(&keyword) => {
                let schemas = schemas.iter().enumerate();
                let schemas = schemas
                    .map(|(at, schema)| self.schema(schema, &format!("{inner}/{at}"), depth + 1));
                schemas.collect::<Result<_, _>>().map(Value::Array)
            }
            Value::Object(schemas) if NAMED.contains(&keyword) => {
                let mut named = Map::new();
                for (name, schema) in schemas {
                    let schema = self.schema(schema, &format!("{inner}/{name}"), depth + 1)?;
                    named.insert(name.clone(), schema);
                }
                Ok(Value::Object(named))
            }
            Value::String(reference) if keyword == "$ref" && !reference.starts_with('#') => {
                Err(refused(format!(
                    "`$ref` of the JSON Schema at `{inner}` leads out of it"
                )))
            }
            _ => Ok(value.clone()),
        }
    }

    fn any(&self) -> Value {
        if self.bounds_any {
            json!({"$ref": ANY_REF})
        } else {
            Value::Bool(true)
        }
    }

    /// Says of an object, array or number what it leaves open.
    fn bound(&self, schema: &mut Map<String, Value>) {
        let says = |keys: &[&str]| keys.iter().any(|key| schema.contains_key(*key));
        if says(&["$ref", "const", "enum"]) {
            return;
        }
        let kind = schema.get("type").cloned();
        let open = kind.is_none() && !says(&["anyOf", "allOf", "oneOf"]);
        let may_be = |name: &str| match &kind {
            None => open,
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == name),
            Some(kind) => kind == name,
        };
        let (objects, arrays) = (may_be("object"), may_be("array"));
        if may_be("number") || may_be("integer") {
            bound_number(schema);
        }
        if self.bounds_any && objects && !schema.contains_key("additionalProperties") {
            schema.insert("additionalProperties".to_owned(), self.any());
        }
        if self.bounds_any && arrays && !schema.contains_key("items") {
            schema.insert("items".to_owned(), self.any());
        }
    }
}

/// Times have fractions of a second that end.
fn bound_time(schema: &mut Map<String, Value>) {
    // The 29th of February depends on the year, so it is left out.
    const DATE: &str = "[0-9]{4}-((0[13578]|1[02])-(0[1-9]|[12][0-9]|3[01])\
        |(0[469]|11)-(0[1-9]|[12][0-9]|30)|02-(0[1-9]|1[0-9]|2[0-8]))";
    const TIME: &str = "([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](\\.[0-9]{1,9})?\
        (Z|[+-]([01][0-9]|2[0-3]):[0-5][0-9])";
    let pattern = match schema.get("format").and_then(Value::as_str) {
        Some("time") => format!("^{TIME}$"),
        Some("date-time") => format!("^{DATE}T{TIME}$"),
        Some(_) | None => return,
    };
    if !schema.contains_key("pattern") {
        schema.remove("format");
        schema.insert("pattern".to_owned(), pattern.into());
    }
}

fn bound_number(schema: &mut Map<String, Value>) {
    let number = |keys: [&str; 2]| keys.iter().find_map(|key| schema.get(*key)?.as_f64());
    let least = number(["minimum", "exclusiveMinimum"]);
    let most = number(["maximum", "exclusiveMaximum"]);
    if least.is_none() && most.is_none_or(|most| most > -NUMBER_MAX) {
        schema.insert("minimum".to_owned(), json!(-999_999_999_999_999_i64));
    }
    if most.is_none() && least.is_none_or(|least| least < NUMBER_MAX) {
        schema.insert("maximum".to_owned(), json!(999_999_999_999_999_i64));
    }
}

/// Counts of properties that keys written twice could feign.
fn check_counts(schema: &Map<String, Value>, place: &str) -> Result<(), ModelError> {
    let required = schema
        .get("required")
        .and_then(Value::as_array)
        .map_or(0, Vec::len);
    let least = schema
        .get("minProperties")
        .and_then(Value::as_u64)
        .unwrap_or(0);
    let closed = schema.get("additionalProperties") == Some(&Value::Bool(false));
    if !closed && least as usize > required + 1 {
        return Err(unsupported(place, "minProperties"));
    }
    Ok(())
}

/// How long checking a schema may take.
pub(super) const CHECK_MAX: Duration = Duration::from_secs(5);

/// Runs `work` on a thread of its own and waits for it until the deadline.
///
/// # Errors
/// Its own, and [`ModelError::Grammar`] when it takes too long or stops.
pub(super) fn within_deadline<T: Send + 'static>(
    limit: Duration,
    work: impl FnOnce() -> Result<T, ModelError> + Send + 'static,
) -> Result<T, ModelError> {
    let (sender, receiver) = std::sync::mpsc::channel();
    let started = Instant::now();
    let thread = std::thread::Builder::new()
        .name("grammar".to_owned())
        .stack_size(32 << 20)
        .spawn(move || {
            // Nobody hears it when the deadline has passed.
            let _ = sender.send(work());
        });
    thread.map_err(|error| said(&error))?;
    receiver.recv_timeout(limit).unwrap_or_else(|_| {
        let reason = if started.elapsed() >= limit {
            format!(
                "the grammar took longer than {} s to build",
                limit.as_secs()
            )
        } else {
            "the grammar engine stopped while building it".to_owned()
        };
        Err(refused(reason))
    })
}
