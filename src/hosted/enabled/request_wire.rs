//! The request that starts a run, as `POST /v1/runs` takes it.

use serde::Serialize;
use serde_json::Value;

use crate::hosted::Order;

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Body<'a> {
    agent_name: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    agent_version: Option<&'a str>,
    #[serde(skip_serializing_if = "Value::is_null")]
    inputs: &'a Value,
    #[serde(skip_serializing_if = "Option::is_none")]
    project: Option<&'a str>,
}

/// Returns the JSON of a request for `order`.
pub(super) fn body(order: &Order) -> Vec<u8> {
    let body = Body {
        agent_name: &order.agent,
        agent_version: order.agent_version.as_deref(),
        inputs: &order.inputs,
        project: order.project.as_deref(),
    };
    serde_json::to_vec(&body).expect("texts and JSON values always have a JSON form")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use serde_json::json;

    use super::*;

    fn text(order: &Order) -> String {
        String::from_utf8(body(order)).unwrap()
    }

    #[test]
    fn what_was_not_given_is_left_out() {
        let order = Order {
            agent: "reviewer".to_owned(),
            agent_version: None,
            inputs: Value::Null,
            project: None,
        };
        assert_eq!(text(&order), r#"{"agentName":"reviewer"}"#);
        let order = Order {
            agent_version: Some("1.2.0".to_owned()),
            inputs: json!({"brief": "x"}),
            project: Some("p".to_owned()),
            ..order
        };
        assert_eq!(
            text(&order),
            r#"{"agentName":"reviewer","agentVersion":"1.2.0","inputs":{"brief":"x"},"project":"p"}"#
        );
    }
}
