//! The client against a real server that speaks the interface, and its failures.

#![allow(clippy::unwrap_used)]

#[path = "../../../tests/support/plane.rs"]
mod plane;

use std::time::Duration;

use secrecy::SecretString;
use serde_json::json;

use super::*;
use crate::failure::Failure;
use crate::raw_server::{self, Act, RawServer, json as reply, nobody};
use plane::{TOKEN, created, page, plane, plane_with, redirect, refusal, refusing_plane, run};

fn pace() -> Pace {
    Pace {
        connect_max: Duration::from_secs(5),
        reply_max: Duration::from_secs(5),
        poll_every: Duration::from_millis(1),
        run_max: Duration::from_secs(20),
    }
}

fn at(url: &str) -> Plane {
    Plane {
        url: url.to_owned(),
        token: SecretString::from(TOKEN),
        offline: false,
    }
}

fn order() -> Order {
    Order {
        agent: "reviewer".to_owned(),
        agent_version: Some("1.0.0".to_owned()),
        inputs: json!({"brief": "x"}),
        project: Some("website".to_owned()),
    }
}

/// Runs the order; returns what was said and how it ended.
fn ran(plane: &Plane, pace: Pace) -> (Vec<String>, Result<Finished, HostedError>) {
    let client = match Hosted::new(HostedTier::Internal, plane, pace) {
        Ok(client) => client,
        Err(error) => return (Vec::new(), Err(error)),
    };
    let mut said = Vec::new();
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let ended = runtime.block_on(client.run(&order(), &mut |notice| {
        said.push(match notice {
            Notice::Status { run, status } => format!("{run} → {status}"),
            Notice::PollFailed { run, reason } => format!("{run}: {reason}"),
        });
    }));
    (said, ended)
}

fn code(server: &RawServer) -> (u8, &'static str) {
    let (_, ended) = ran(&at(&server.base_url()), pace());
    let failure = Failure::from(ended.unwrap_err());
    assert!(!failure.hints.is_empty());
    (failure.kind.exit_code(), failure.code)
}

#[test]
fn a_run_is_started_followed_and_read() {
    let server = plane(&["queued", "running", "running", "completed"]);
    let (said, ended) = ran(&at(&server.base_url()), pace());
    let finished = ended.unwrap();
    assert_eq!(
        said,
        ["run-1 → queued", "run-1 → running", "run-1 → completed"]
    );
    assert_eq!(
        (finished.end, finished.output.as_str()),
        (End::Completed, "looks good")
    );
    assert_eq!(finished.model.as_deref(), Some("acme-large"));
    assert_eq!(finished.used[0].tokens_in, 120);
    let requests = server.received();
    assert_eq!(
        requests[0].json(),
        json!({"agentName": "reviewer", "agentVersion": "1.0.0", "inputs": {"brief": "x"}, "project": "website"})
    );
    let bearer = format!("Bearer {TOKEN}");
    assert!(
        requests
            .iter()
            .all(|request| request.header("authorization") == Some(bearer.as_str()))
    );
    assert_eq!(requests.len(), 5);
}

#[test]
fn d12_cancelled_is_read_in_both_spellings() {
    for word in ["canceled", "cancelled"] {
        let statuses: &'static [&'static str] = match word {
            "canceled" => &["canceled"],
            _ => &["cancelled"],
        };
        let (_, ended) = ran(&at(&plane(statuses).base_url()), pace());
        assert_eq!(ended.unwrap().end, End::Canceled);
    }
}

#[test]
fn d12_a_poll_that_fails_is_told_and_polling_goes_on() {
    let server = plane_with(
        |_| created("queued"),
        |look| match look {
            0 => page(500, "<html>oops</html>"),
            1 => page(200, "<html>login</html>"),
            2 => vec![Act::Reset],
            3 => refusal(503, "internal_error", "try later"),
            4 => reply(
                200,
                &json!({"run": {"id": "another", "status": "completed"}}),
            ),
            _ => reply(200, &run("completed")),
        },
    );
    let (said, ended) = ran(&at(&server.base_url()), pace());
    assert_eq!(ended.unwrap().end, End::Completed);
    assert_eq!(said.len(), 7, "{said:?}");
    assert!(said[1].contains("status 500 and 17 bytes"), "{said:?}");
    assert!(said[2].contains("no JSON"), "{said:?}");
    assert!(said[3].contains("broke"), "{said:?}");
    assert!(said[4].contains("try later"), "{said:?}");
    assert!(said[5].contains("about another run"), "{said:?}");
    assert!(
        !said.concat().contains("<html>"),
        "a body may hold anything"
    );
}

#[test]
fn d12_a_run_that_never_ends_is_waited_for_so_long_and_no_longer() {
    let server = plane(&["running"]);
    let short = Pace {
        run_max: Duration::from_millis(60),
        ..pace()
    };
    let (_, ended) = ran(&at(&server.base_url()), short);
    let failure = Failure::from(ended.unwrap_err());
    assert_eq!(
        (failure.kind.exit_code(), failure.code),
        (4, "HostedRunTimeoutError")
    );
    assert!(server.received().len() > 1, "it was looked at meanwhile");
}

#[test]
fn d12_refusals_come_with_their_code_and_a_hint() {
    let no = |status, code, message| refusing_plane(status, code, message);
    assert_eq!(
        code(&no(401, "unauthenticated", "bad token")),
        (2, "hosted_unauthorized")
    );
    assert_eq!(
        code(&no(402, "tenant_budget_exceeded", "cap reached")),
        (3, "hosted_budget")
    );
    assert_eq!(
        code(&no(422, "privacy_tier_unroutable", "no model")),
        (3, "privacy_tier_unroutable")
    );
    assert_eq!(
        code(&no(500, "internal_error", "oops")),
        (4, "hosted_failed")
    );
}

#[test]
fn d12_a_body_that_is_not_the_interfaces_is_told_by_its_length() {
    let server = plane_with(|_| page(200, "<html>"), |_| created(""));
    let (_, ended) = ran(&at(&server.base_url()), pace());
    assert_eq!(
        ended.unwrap_err().to_string(),
        "the hosted plane answers with status 200 and 6 bytes that are no JSON"
    );
}

#[test]
fn d12_a_redirect_is_not_followed_and_the_token_goes_nowhere_else() {
    for status in [301, 302, 303, 307, 308] {
        let elsewhere = RawServer::start(|_| created("completed"));
        let to = format!("{}/v1/runs", elsewhere.base_url());
        let server = plane_with(
            move |_| redirect(status, &to),
            |_| refusal(404, "not_found", "no"),
        );
        assert_eq!(code(&server), (4, "hosted_redirect"), "{status}");
        assert_eq!(elsewhere.connections(), 0, "{status}");
    }
    let elsewhere = RawServer::start(|_| reply(200, &run("completed")));
    let to = format!("{}/v1/runs/run-1", elsewhere.base_url());
    let server = plane_with(
        |_| created("queued"),
        move |look| match look {
            0 => redirect(302, &to),
            _ => reply(200, &run("failed")),
        },
    );
    let (said, ended) = ran(&at(&server.base_url()), pace());
    let finished = ended.unwrap();
    assert_eq!(
        (finished.end, finished.reason.as_deref()),
        (End::Failed, Some("the reviewer gave up"))
    );
    assert!(said[1].contains("302"), "{said:?}");
    assert_eq!(elsewhere.connections(), 0);
}

#[test]
fn d12_a_token_is_sent_over_tls_or_loopback_only() {
    for url in [
        "http://192.0.2.1:7878",
        "http://plane.test",
        "http://127.0.0.1.evil.test",
        "http://127.0.0.1@evil.test",
        "ftp://127.0.0.1",
        "plane.test",
    ] {
        let (_, ended) = ran(&at(url), pace());
        let failure = Failure::from(ended.unwrap_err());
        assert_eq!(
            (failure.kind.exit_code(), failure.code),
            (2, "hosted_address"),
            "{url}"
        );
    }
    let offline = Plane {
        offline: true,
        ..at("https://192.0.2.1")
    };
    let (_, ended) = ran(&offline, pace());
    assert!(matches!(ended, Err(HostedError::Address(_))), "e09");
}

#[test]
fn d12_a_plane_that_is_not_there_or_does_not_answer_is_an_error_in_time() {
    let (_, ended) = ran(&at(&nobody()), pace());
    let failure = Failure::from(ended.unwrap_err());
    assert_eq!(
        (failure.kind.exit_code(), failure.code),
        (4, "hosted_unreachable")
    );
    let silent = RawServer::always(vec![Act::Hold]);
    let short = Pace {
        reply_max: Duration::from_millis(50),
        ..pace()
    };
    let (_, ended) = ran(&at(&silent.base_url()), short);
    assert!(matches!(ended, Err(HostedError::NoReply(_))), "{ended:?}");
}

#[test]
fn j02_words_of_the_plane_that_repeat_the_token_are_shown_without_it() {
    let server = plane_with(
        |_| refusal(403, "forbidden", &format!("`{TOKEN}` may not")),
        |_| created(""),
    );
    let (_, ended) = ran(&at(&server.base_url()), pace());
    let error = ended.unwrap_err().to_string();
    assert_eq!(
        error,
        "the hosted plane refuses the run: `[token]` may not (`forbidden`)"
    );
    let shown = format!("{:?}", at("https://plane.test"));
    assert!(!shown.contains("canary"), "{shown}");
}
