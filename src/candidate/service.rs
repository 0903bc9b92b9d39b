//! A service that a catalogue describes: its address, and what is sent along with a request.

use std::fmt;

use secrecy::{ExposeSecret, SecretString};
use serde::ser::{Serialize, Serializer};
use serde_json::{Map, Value};

use super::Runtime;

/// Where a catalogue's model is reached.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Service {
    /// Its address, as it is written: `http://10.0.0.5:8000`, `https://api.example.com/v1`.
    pub base_url: String,
    /// The runtime that answers there, where the row's provider is one.
    pub runtime: Option<Runtime>,
    /// The variable that holds the key; its value is read when a request is made.
    pub api_key_env: Option<String>,
    /// What is sent in the head of every request.
    pub headers: Headers,
    /// What is sent in the body of every request.
    pub extra: Map<String, Value>,
}

/// Names and values of headers; values are never shown, stored or written down.
#[derive(Clone, Default)]
pub struct Headers(Vec<(String, SecretString)>);

impl Headers {
    /// Returns each name with its value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &SecretString)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value))
    }

    /// Whether there is none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns the names.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().map(|(name, _)| name.as_str())
    }
}

impl FromIterator<(String, String)> for Headers {
    fn from_iter<T: IntoIterator<Item = (String, String)>>(pairs: T) -> Self {
        let pairs = pairs.into_iter();
        Self(
            pairs
                .map(|(name, value)| (name, SecretString::from(value)))
                .collect(),
        )
    }
}

impl PartialEq for Headers {
    fn eq(&self, other: &Self) -> bool {
        let both = || self.0.iter().zip(&other.0);
        self.0.len() == other.0.len()
            && both().all(|((a, x), (b, y))| a == b && x.expose_secret() == y.expose_secret())
    }
}

impl Eq for Headers {}

impl fmt::Debug for Headers {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_list().entries(self.names()).finish()
    }
}

impl Serialize for Headers {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_seq(self.names())
    }
}

#[cfg(test)]
mod tests {
    use super::Headers;

    #[test]
    fn j01_values_of_headers_are_in_no_text() {
        let headers: Headers = [("X-Key".to_owned(), "canary-6161".to_owned())]
            .into_iter()
            .collect();
        let json = serde_json::to_string(&headers).expect("names are text");
        assert_eq!(json, r#"["X-Key"]"#);
        assert_eq!(format!("{headers:?}"), json);
    }
}
