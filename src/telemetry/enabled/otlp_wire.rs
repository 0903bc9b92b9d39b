//! The body of a request to a collector: OTLP over HTTP, in its JSON form.
//!
//! Ids are hexadecimal and whole numbers are texts, as the protocol's mapping to JSON wants.

use jiff::Timestamp;
use serde_json::{Value as Json, json};

use super::attributes::{Attributes, Value};
use super::span::{Kind, Span};

/// Where spans are posted, below the endpoint.
pub(super) const PATH: &str = "/v1/traces";

const NAME: &str = "aldo";
const VERSION: &str = env!("CARGO_PKG_VERSION");
/// `STATUS_CODE_ERROR`.
const FAILED: u8 = 2;

/// Returns the request that tells of `spans`.
pub(super) fn request(spans: &[Span]) -> Json {
    let resource = Attributes::default()
        .text("service.name", NAME)
        .text("service.version", VERSION);
    json!({"resourceSpans": [{
        "resource": {"attributes": attributes(&resource)},
        "scopeSpans": [{
            "scope": {"name": NAME, "version": VERSION},
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }]})
}

/// Returns how many spans the reply says were not taken.
pub(super) fn rejected(reply: &[u8]) -> u64 {
    let reply: Json = serde_json::from_slice(reply).unwrap_or_default();
    match &reply["partialSuccess"]["rejectedSpans"] {
        Json::String(count) => count.parse().unwrap_or_default(),
        count => count.as_u64().unwrap_or_default(),
    }
}

fn span(span: &Span) -> Json {
    let mut row = json!({
        "traceId": format!("{:032x}", span.trace),
        "spanId": format!("{:016x}", span.id.0),
        "name": span.name,
        "kind": match span.kind {
            Kind::Internal => 1,
            Kind::Client => 3,
        },
        "startTimeUnixNano": nanoseconds(span.start),
        "endTimeUnixNano": nanoseconds(span.end),
        "attributes": attributes(&span.attributes),
    });
    if let Some(parent) = span.parent {
        row["parentSpanId"] = json!(format!("{:016x}", parent.0));
    }
    if span.error.is_some() {
        row["status"] = json!({"code": FAILED});
    }
    row
}

fn nanoseconds(at: Timestamp) -> String {
    at.as_nanosecond().max(0).to_string()
}

fn attributes(attributes: &Attributes) -> Vec<Json> {
    let rows = attributes.0.iter();
    rows.map(|(key, value)| json!({"key": key, "value": any(value)}))
        .collect()
}

fn any(value: &Value) -> Json {
    match value {
        Value::Text(text) => json!({"stringValue": text}),
        Value::Texts(texts) => {
            let values: Vec<Json> = texts
                .iter()
                .map(|text| json!({"stringValue": text}))
                .collect();
            json!({"arrayValue": {"values": values}})
        }
        Value::Count(count) => json!({"intValue": count.to_string()}),
        Value::Real(real) => json!({"doubleValue": real}),
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::span::SpanId;
    use super::*;

    #[test]
    fn spans_have_the_form_of_the_protocol() {
        let span = Span {
            trace: 0x0123_4567_89ab_cdef_0123_4567_89ab_cdef,
            id: SpanId(0xfe),
            parent: Some(SpanId(0x0a)),
            name: "chat m".to_owned(),
            kind: Kind::Client,
            start: Timestamp::from_nanosecond(1_700_000_000_123_456_789).unwrap(),
            end: Timestamp::from_nanosecond(1_700_000_001_000_000_000).unwrap(),
            attributes: Attributes::of("chat")
                .texts("gen_ai.response.finish_reasons", vec!["stop".to_owned()])
                .count("gen_ai.usage.input_tokens", 12)
                .some("gen_ai.usage.cache_read.input_tokens", 0)
                .measure("gen_ai.response.time_to_first_chunk", 0.25)
                .measure("nothing", f64::NAN),
            error: Some("length_limit"),
        };
        let body = request(&[span]).to_string();
        insta::assert_snapshot!(body, @r#"{"resourceSpans":[{"resource":{"attributes":[{"key":"service.name","value":{"stringValue":"aldo"}},{"key":"service.version","value":{"stringValue":"0.1.0"}}]},"scopeSpans":[{"scope":{"name":"aldo","version":"0.1.0"},"spans":[{"traceId":"0123456789abcdef0123456789abcdef","spanId":"00000000000000fe","name":"chat m","kind":3,"startTimeUnixNano":"1700000000123456789","endTimeUnixNano":"1700000001000000000","attributes":[{"key":"gen_ai.operation.name","value":{"stringValue":"chat"}},{"key":"gen_ai.response.finish_reasons","value":{"arrayValue":{"values":[{"stringValue":"stop"}]}}},{"key":"gen_ai.usage.input_tokens","value":{"intValue":"12"}},{"key":"gen_ai.response.time_to_first_chunk","value":{"doubleValue":0.25}}],"parentSpanId":"000000000000000a","status":{"code":2}}]}]}]}"#);
    }

    #[test]
    fn a_reply_says_how_many_were_not_taken() {
        for (reply, count) in [
            (r#"{"partialSuccess": {"rejectedSpans": "3"}}"#, 3),
            (r#"{"partialSuccess": {"rejectedSpans": 2}}"#, 2),
            (r#"{"partialSuccess": {"rejectedSpans": -1}}"#, 0),
            (r#"{"partialSuccess": {}}"#, 0),
            ("{}", 0),
            ("[1]", 0),
            ("", 0),
            ("<html>", 0),
        ] {
            assert_eq!(rejected(reply.as_bytes()), count, "{reply}");
        }
    }
}
