//! The list of models that every server has, read leniently and never beyond its limits.

use std::collections::HashSet;
use std::fmt;

use serde::de::{IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

use super::ServedModel;
use super::asker::Odd;
use crate::net::WholeReply;

/// The most models of one server.
const MODELS_MAX: usize = 10_000;
/// The longest name of a model, in bytes.
const ID_BYTES_MAX: usize = 256;
/// The longest context that is believed, in tokens.
const CONTEXT_TOKENS_MAX: u64 = 1 << 30;

/// Where servers say how many tokens a model reads, most exact first: what it was loaded with, then
/// what it could be loaded with.
const CONTEXT_FIELDS: [&str; 9] = [
    "/loaded_context_length",
    "/meta/n_ctx",
    "/n_ctx",
    "/max_model_len",
    "/context_length",
    "/max_context_length",
    "/max_context_window",
    "/meta/n_ctx_train",
    "/n_ctx_train",
];

/// A list of models.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Listing {
    /// The rows of `data`; `None` when there is no such list.
    pub(super) data: Option<Vec<Value>>,
    /// The rows of `models`; `None` when there is no such list.
    pub(super) models: Option<Vec<Value>>,
}

impl Listing {
    /// Reads a reply of status 200.
    pub(super) fn of(reply: &WholeReply) -> Result<Self, Odd> {
        let unexpected = |reason: String| Err(Odd::Unexpected(reason));
        match reply.status {
            200 => {}
            503 if is_loading(&reply.body) => return Err(Odd::Starting),
            300..400 => {
                return unexpected(format!(
                    "it answers with status {}, and redirects are not followed",
                    reply.status
                ));
            }
            status => return unexpected(format!("it answers with status {status}")),
        }
        if reply.body.iter().all(u8::is_ascii_whitespace) {
            return unexpected("its list of models is empty, not even a list".to_owned());
        }
        serde_json::from_slice(&reply.body).or_else(|_| {
            let bytes = reply.body.len();
            unexpected(format!(
                "its list of models is {bytes} bytes that are no such list"
            ))
        })
    }

    /// What any server says of the models in `data`.
    pub(super) fn served(&self) -> Option<Vec<ServedModel>> {
        let rows = self.data.as_deref()?;
        Some(unique(rows.iter().filter_map(|row| {
            Some(ServedModel {
                id: id(&row["id"])?,
                context_tokens: context(row),
                ..ServedModel::default()
            })
        })))
    }
}

/// Whether a refusal says that a model is being loaded.
fn is_loading(body: &[u8]) -> bool {
    String::from_utf8_lossy(body)
        .to_lowercase()
        .contains("loading")
}

/// The name of a model; `None` for what cannot be one.
pub(super) fn id(value: &Value) -> Option<String> {
    let id = value.as_str()?;
    let good = !id.is_empty() && id.len() <= ID_BYTES_MAX && !id.chars().any(char::is_control);
    good.then(|| id.to_owned())
}

/// How many tokens a row says that its model reads.
pub(super) fn context(row: &Value) -> Option<u64> {
    let said = CONTEXT_FIELDS
        .iter()
        .filter_map(|field| row.pointer(field)?.as_u64());
    said.into_iter().find(|tokens| believable(*tokens))
}

/// Whether a context of so many tokens can be.
pub(super) fn believable(tokens: u64) -> bool {
    (1..=CONTEXT_TOKENS_MAX).contains(&tokens)
}

/// The first model of each name.
pub(super) fn unique(models: impl Iterator<Item = ServedModel>) -> Vec<ServedModel> {
    let mut seen = HashSet::new();
    models
        .filter(|model| seen.insert(model.id.clone()))
        .collect()
}

impl<'de> Deserialize<'de> for Listing {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ListingVisitor)
    }
}

struct ListingVisitor;

impl<'de> Visitor<'de> for ListingVisitor {
    type Value = Listing;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of models")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Listing, A::Error> {
        let mut listing = Listing::default();
        while let Some(key) = map.next_key::<String>()? {
            match key.as_str() {
                "data" => listing.data = Some(map.next_value::<Rows>()?.0),
                "models" => listing.models = Some(map.next_value::<Rows>()?.0),
                _ => {
                    map.next_value::<IgnoredAny>()?;
                }
            }
        }
        Ok(listing)
    }
}

/// At most [`MODELS_MAX`] rows; what follows is read and dropped. Null is no row.
struct Rows(Vec<Value>);

impl<'de> Deserialize<'de> for Rows {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RowsVisitor)
    }
}

struct RowsVisitor;

impl<'de> Visitor<'de> for RowsVisitor {
    type Value = Rows;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("rows")
    }

    fn visit_unit<E>(self) -> Result<Rows, E> {
        Ok(Rows(Vec::new()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<Rows, A::Error> {
        let mut rows = Vec::new();
        while rows.len() < MODELS_MAX {
            match seq.next_element()? {
                Some(row) => rows.push(row),
                None => return Ok(Rows(rows)),
            }
        }
        while seq.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Rows(rows))
    }
}
