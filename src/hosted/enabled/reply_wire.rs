//! What the hosted plane answers: a run, or an error. Fields nobody here knows are left alone, and
//! what is missing is no fault, except the run's id and status.

use serde::Deserialize;
use serde_json::Value;

use crate::hosted::{End, Finished, Notice, Used};

/// The longest id and status that are believed, in bytes.
const WORD_BYTES_MAX: usize = 128;
/// The most steps whose usage is kept.
const USED_MAX: usize = 1000;
/// The most tokens of a step that are believed.
const TOKENS_MAX: u64 = 1 << 40;

/// A run, read from a reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct RunReply {
    /// Its id, which is safe as a part of a path.
    pub(super) id: String,
    /// The plane's word for where it stands.
    pub(super) status: String,
    output: Option<Value>,
    error: Option<Value>,
    total_usd: Option<f64>,
    last_model: Option<String>,
    last_provider: Option<String>,
    events: Option<Vec<EventReply>>,
    usage: Option<Vec<UsageReply>>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
struct EventReply {
    #[serde(rename = "type")]
    kind: String,
    payload: Option<Value>,
}

#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(rename_all = "camelCase")]
struct UsageReply {
    provider: String,
    model: String,
    tokens_in: u64,
    tokens_out: u64,
    usd: f64,
}

/// An error, read from a reply.
#[derive(Debug, Clone, PartialEq, Deserialize)]
pub(super) struct ErrorReply {
    /// Its word.
    pub(super) code: String,
    /// Its sentence.
    pub(super) message: String,
    /// What it adds.
    pub(super) details: Option<Value>,
}

/// Reads `{error: {code, message, details?}}`; nothing where the body is anything else.
pub(super) fn error(body: &[u8]) -> Option<ErrorReply> {
    #[derive(Deserialize)]
    struct Reply {
        error: ErrorReply,
    }
    let reply: Reply = serde_json::from_slice(body).ok()?;
    Some(reply.error)
}

impl RunReply {
    /// Reads `{run: {…}}`.
    ///
    /// # Errors
    /// What the body is instead.
    pub(super) fn read(body: &[u8]) -> Result<Self, &'static str> {
        #[derive(Deserialize)]
        struct Reply {
            run: RunReply,
        }
        let value: Value = serde_json::from_slice(body).map_err(|_| "no JSON")?;
        let reply: Reply = serde_json::from_value(value).map_err(|_| "no run of its interface")?;
        let run = reply.run;
        if !is_word(&run.id) || run.id.chars().all(|c| c == '.') {
            return Err("a run whose id cannot be part of an address");
        }
        if !is_word(&run.status) {
            return Err("a run whose status is no word");
        }
        Ok(run)
    }

    /// Returns what is said about where the run stands.
    pub(super) fn notice(&self) -> Notice {
        Notice::Status {
            run: self.id.clone(),
            status: self.status.clone(),
        }
    }

    /// Returns the run as it ended.
    pub(super) fn finished(self, end: End) -> Finished {
        let output = self.output().map(text).unwrap_or_default();
        let reason = self.reason();
        let steps: Vec<Used> = self.usage.into_iter().flatten().filter_map(used).collect();
        let last = steps.last();
        Finished {
            run: self.id,
            end,
            output,
            reason,
            model: last.map(|step| step.model.clone()).or(self.last_model),
            provider: last
                .map(|step| step.provider.clone())
                .or(self.last_provider),
            usd: if steps.is_empty() {
                self.total_usd.filter(is_price).unwrap_or_default()
            } else {
                steps.iter().map(|step| step.usd).sum()
            },
            used: steps.into_iter().take(USED_MAX).collect(),
        }
    }

    /// The answer: of the run itself, or of the event that ended it.
    fn output(&self) -> Option<&Value> {
        let ended = self
            .payload("run.completed")
            .map(|payload| &payload["output"]);
        self.output
            .as_ref()
            .or(ended)
            .filter(|value| !value.is_null())
    }

    /// Why it failed: of the run itself, or of its last error.
    fn reason(&self) -> Option<String> {
        let error = self.error.as_ref().or_else(|| self.payload("error"))?;
        let message = error.get("message").unwrap_or(error);
        (!message.is_null()).then(|| text(message))
    }

    fn payload(&self, kind: &str) -> Option<&Value> {
        let events = self.events.as_ref()?;
        let last = events.iter().rev().find(|event| event.kind == kind)?;
        last.payload.as_ref()
    }
}

/// A text as it is, anything else as JSON.
fn text(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => {
            value.to_string()
        }
    }
}

/// A step whose price is a price and whose tokens can be counted.
fn used(reply: UsageReply) -> Option<Used> {
    let countable = reply.tokens_in.max(reply.tokens_out) <= TOKENS_MAX;
    (countable && is_price(&reply.usd)).then_some(Used {
        provider: reply.provider,
        model: reply.model,
        tokens_in: reply.tokens_in,
        tokens_out: reply.tokens_out,
        usd: reply.usd,
    })
}

#[allow(clippy::trivially_copy_pass_by_ref)] // for `filter`
fn is_price(usd: &f64) -> bool {
    usd.is_finite() && *usd >= 0.0
}

/// Whether the text can be shown, and be a part of a path, as it is.
fn is_word(text: &str) -> bool {
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.~:".contains(&b);
    (1..=WORD_BYTES_MAX).contains(&text.len()) && text.bytes().all(plain)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn read(value: &Value) -> Result<RunReply, &'static str> {
        RunReply::read(value.to_string().as_bytes())
    }

    #[test]
    fn a_run_is_read_with_its_answer_and_usage() {
        let run = read(&json!({"run": {
            "id": "run-1", "agentName": "a", "agentVersion": "1.0.0", "status": "completed",
            "startedAt": "2026-05-05T00:00:00Z", "endedAt": null, "tags": [],
            "events": [
                {"id": "1", "type": "message", "at": "x", "payload": {"output": "not this"}},
                {"id": "2", "type": "run.completed", "at": "x", "payload": {"output": "hello", "finishReason": "stop"}},
            ],
            "usage": [
                {"provider": "p", "model": "m1", "tokensIn": 10, "tokensOut": 5, "usd": 0.001, "at": "x"},
                {"provider": "q", "model": "m2", "tokensIn": 1, "tokensOut": 2, "usd": 0.002, "at": "x"},
            ],
        }}))
        .unwrap();
        let ended = run.finished(End::Completed);
        assert_eq!(
            (ended.run.as_str(), ended.output.as_str()),
            ("run-1", "hello")
        );
        assert_eq!(
            (ended.model.as_deref(), ended.provider.as_deref()),
            (Some("m2"), Some("q"))
        );
        assert_eq!(ended.used.len(), 2);
        assert!((ended.usd - 0.003).abs() < 1e-12);
    }

    #[test]
    fn a_run_that_says_little_is_read_as_far_as_it_goes() {
        let run = read(&json!({"run": {"id": "r", "status": "queued"}})).unwrap();
        assert_eq!(End::of(&run.status), None);
        let run = read(&json!({"run": {
            "id": "r", "status": "failed", "totalUsd": 0.5, "lastModel": "m", "lastProvider": null,
            "events": null, "usage": null, "error": {"code": "x", "message": "it broke"},
        }}))
        .unwrap();
        let ended = run.finished(End::Failed);
        assert_eq!(
            (ended.output.as_str(), ended.reason.as_deref()),
            ("", Some("it broke"))
        );
        assert_eq!(ended.model.as_deref(), Some("m"));
        assert!((ended.usd - 0.5).abs() < 1e-12);
    }

    #[test]
    fn an_answer_that_is_no_text_is_shown_as_json() {
        let run = json!({"run": {"id": "r", "status": "completed", "output": {"a": [1]}}});
        assert_eq!(
            read(&run).unwrap().finished(End::Completed).output,
            r#"{"a":[1]}"#
        );
    }

    #[test]
    fn d12_an_id_that_would_lead_elsewhere_is_refused() {
        for id in [
            "../me", "a/b", "a?b", "a#b", "..", ".", "", "a b", "a\u{1b}", "ä", "%2e",
        ] {
            let reply = read(&json!({"run": {"id": id, "status": "queued"}}));
            assert_eq!(
                reply,
                Err("a run whose id cannot be part of an address"),
                "{id:?}"
            );
        }
        let long = "a".repeat(WORD_BYTES_MAX + 1);
        assert!(read(&json!({"run": {"id": long, "status": "queued"}})).is_err());
        assert!(read(&json!({"run": {"id": "r", "status": "\u{1b}[2J"}})).is_err());
        assert_eq!(RunReply::read(b"<html>"), Err("no JSON"));
        assert_eq!(read(&json!({"runs": []})), Err("no run of its interface"));
    }

    #[test]
    fn a_price_that_is_no_price_costs_nothing_and_is_not_kept() {
        let step =
            json!({"provider": "p", "model": "m", "tokensIn": 1, "tokensOut": 1, "usd": -5.0});
        let run =
            json!({"run": {"id": "r", "status": "completed", "usage": [step], "totalUsd": -1}});
        let ended = read(&run).unwrap().finished(End::Completed);
        assert_eq!(
            (ended.used.len(), ended.usd.to_bits()),
            (0, 0.0_f64.to_bits())
        );
    }

    #[test]
    fn errors_come_in_their_envelope_only() {
        let body = json!({"error": {"code": "c", "message": "m", "details": {"a": 1}}}).to_string();
        let read = error(body.as_bytes()).unwrap();
        assert_eq!((read.code.as_str(), read.message.as_str()), ("c", "m"));
        assert_eq!(read.details, Some(json!({"a": 1})));
        assert_eq!(error(b"<html>nope</html>"), None);
        assert_eq!(error(br#"{"error":"no"}"#), None);
    }
}
