//! Family G, row 5, over HTTP: a small server of the protocol that is honest but where a test says otherwise.

mod runs;
mod sessions;

use std::time::{Duration, Instant};

use aldo::capabilities::PrivacyTier;
use aldo::spec::{McpServer, Tools};
use aldo::tools::mcp::{McpError, Pins, Servers, connect};
use aldo::tools::{Approver, ToolOutcome, Toolbox};
use serde_json::{Value, json};

use super::mcp::{in_runtime, outcome, say};
use super::raw_server::{
    Act, RawServer, Received, event, json as reply_json, nobody, reply, sse, sse_head,
};
use super::tools::Workshop;

/// Proves who asks.
const TOKEN: &str = "canary-token-7391";

/// Starts a server at `/mcp`; `change` answers what is not to be answered honestly.
fn serve(
    change: impl Fn(&Received, &str) -> Option<Vec<Act>> + Send + Sync + 'static,
) -> RawServer {
    RawServer::start(move |request| {
        let method = method(request);
        change(request, &method).unwrap_or_else(|| honest(request, &method))
    })
}

/// What a request of the protocol asks for; of any other its HTTP method.
fn method(request: &Received) -> String {
    if request.method != "POST" {
        return request.method.clone();
    }
    request.json()["method"]
        .as_str()
        .unwrap_or_default()
        .to_owned()
}

fn honest(request: &Received, method: &str) -> Vec<Act> {
    if request.path != "/mcp" {
        return reply(404, "", b"no such page");
    }
    match method {
        "initialize" => greeting(request, "one"),
        "tools/list" => reply_json(200, &answer(request, &tools())),
        "tools/call" => sse(&[answer(request, &said(request))]),
        "GET" => reply(405, "", b""),
        "DELETE" => reply(200, "", b""),
        method if method.starts_with("notifications/") => reply(202, "", b""),
        _ => reply(400, "Content-Type: text/plain\r\n", b"no such method"),
    }
}

fn greeting(request: &Received, session: &str) -> Vec<Act> {
    let version = request.json()["params"]["protocolVersion"].clone();
    let result = json!({
        "protocolVersion": version,
        "capabilities": {"tools": {"listChanged": true}},
        "serverInfo": {"name": "test", "version": "1"},
    });
    let headers = format!("Content-Type: application/json\r\nMcp-Session-Id: {session}\r\n");
    reply(
        200,
        &headers,
        answer(request, &result).to_string().as_bytes(),
    )
}

fn answer(request: &Received, result: &Value) -> Value {
    json!({"jsonrpc": "2.0", "id": request.json()["id"], "result": result})
}

fn tools() -> Value {
    let schema = json!({"type": "object", "properties": {"text": {"type": "string"}}});
    json!({"tools": [
        {"name": "echo", "description": "Says what it is told.", "inputSchema": schema,
         "annotations": {"readOnlyHint": true}},
        {"name": "change", "description": "Changes something.", "inputSchema": schema},
    ]})
}

fn said(request: &Received) -> Value {
    let text = &request.json()["params"]["arguments"]["text"];
    json!({"content": [{"type": "text", "text": text}]})
}

/// How often a server was asked for `method`.
fn times(server: &RawServer, wanted: &str) -> usize {
    let received = server.received();
    received.iter().filter(|one| method(one) == wanted).count()
}

fn workshop() -> Workshop {
    let mut workshop = Workshop::new();
    workshop
        .environment
        .push(("TEST_TOKEN".to_owned(), TOKEN.to_owned()));
    workshop
}

async fn toolbox(workshop: &Workshop, url: &str, more: &str) -> Result<Toolbox, McpError> {
    let servers = Servers::parse(&format!("[servers.test]\nurl = \"{url}\"\n{more}\n"));
    let wanted = McpServer {
        server: "test".to_owned(),
        allow: vec!["echo".to_owned()],
    };
    let pins = Pins::at(workshop.beside("pins/pins.json"));
    let (context, approver) = (workshop.context(), Approver::nobody(true));
    let tools = connect(&[wanted], &servers.unwrap(), &pins, &context, &approver).await?;
    Ok(Toolbox::new(&Tools::default(), tools, approver, context))
}

fn at(server: &RawServer) -> String {
    format!("{}/mcp", server.base_url())
}

fn refused(url: &str, more: &str) -> String {
    refused_for(&workshop(), url, more)
}

fn refused_for(workshop: &Workshop, url: &str, more: &str) -> String {
    in_runtime(async { toolbox(workshop, url, more).await.unwrap_err().to_string() })
}

/// Calls `echo` of a server once.
fn call(server: &RawServer, more: &str) -> ToolOutcome {
    in_runtime(async {
        let toolbox = toolbox(&workshop(), &at(server), more).await.unwrap();
        outcome(&toolbox, "echo", say("hello")).await
    })
}

#[test]
fn a_server_is_asked_over_http_with_its_token() {
    let server = serve(|_, _| None);
    let more = "token_env = \"TEST_TOKEN\"\nheaders_env = {X-Also = \"TEST_TOKEN\"}";
    in_runtime(async {
        let workshop = workshop();
        let toolbox = toolbox(&workshop, &at(&server), more).await.unwrap();
        assert_eq!(toolbox.specs().len(), 1);
        for text in ["one", "two\nlines", "日本"] {
            assert_eq!(
                outcome(&toolbox, "echo", say(text)).await,
                ToolOutcome::Done(text.to_owned())
            );
        }
    });
    for request in server.received() {
        let bearer = format!("Bearer {TOKEN}");
        assert_eq!(request.header("authorization"), Some(bearer.as_str()));
        assert_eq!(request.header("x-also"), Some(TOKEN));
        if method(&request) == "tools/call" {
            assert_eq!(request.header("mcp-session-id"), Some("one"));
            assert!(request.header("mcp-protocol-version").is_some());
            assert_eq!(
                request.header("accept"),
                Some("application/json, text/event-stream")
            );
        }
    }
    assert_eq!(times(&server, "initialize"), 1);
}

#[test]
fn g05_what_is_no_server_says_so() {
    let elsewhere = serve(|_, _| None);
    let location = format!("Location: {}\r\n", at(&elsewhere));
    let html = "Content-Type: text/html; charset=utf-8\r\n";
    let typed = "Content-Type: application/json\r\n";
    for (acts, expected) in [
        (
            reply(401, "", b""),
            "it asks for a token (401): `token_env` in `mcp.toml`",
        ),
        (reply(403, "", b""), "it does not let aldo in (403)"),
        (reply(404, "", b""), "nothing is at that address (404)"),
        (
            reply(500, "", b"out of \x1b[31mdisk"),
            r"it answers with status 500: out of \u{1b}[31mdisk",
        ),
        (reply(307, &location, b""), "where aldo does not follow"),
        (reply(302, &location, b""), "where aldo does not follow"),
        (
            reply(200, html, b"<html>"),
            "it answers with `text/html`, neither JSON nor",
        ),
        (
            reply(200, typed, b"<html>"),
            "its answer is no message of the protocol: `<html>`",
        ),
        (
            reply(200, typed, b""),
            "its answer is no message of the protocol",
        ),
        (vec![Act::Reset], "broke"),
    ] {
        let server = serve(move |_, _| Some(acts.clone()));
        let said = refused(&at(&server), "");
        assert!(said.contains(expected), "{said}");
        assert!(!said.contains('\u{1b}'), "{said:?}");
    }
    assert_eq!(elsewhere.connections(), 0, "a redirect was followed");
    let unknown = serve(|_, _| Some(reply(401, "", b"")));
    let said = refused(&at(&unknown), "token_env = \"TEST_TOKEN\"");
    assert!(
        said.contains("does not accept the token in `TEST_TOKEN`") && !said.contains(TOKEN),
        "{said}"
    );
    let said = refused(&format!("{}/mcp", nobody()), "");
    assert!(said.contains("cannot connect to"), "{said}");
    let said = refused(&at(&elsewhere), "token_env = \"NOT_SET\"");
    assert!(said.contains("the variable `NOT_SET`"), "{said}");
    assert_eq!(elsewhere.connections(), 0, "it was asked without its token");
}

/// Each is an error of the call, in time, and the call is not made twice.
#[test]
fn g05_an_answer_that_goes_wrong_is_an_error_of_the_call() {
    let large = vec![b'x'; 1 << 20];
    let head = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n";
    for (acts, expected) in [
        (
            reply(500, "", b"no disk"),
            "it answers with status 500: no disk",
        ),
        (
            reply(307, "Location: http://127.0.0.1:1/\r\n", b""),
            "where aldo does not follow",
        ),
        (
            reply(200, "Content-Type: text/html\r\n", b"<html>"),
            "it answers with `text/html`",
        ),
        (
            reply(200, "Content-Type: application/json\r\n", b"{"),
            "is no message of the protocol",
        ),
        (vec![sse_head()], "its answer ended too early"),
        (vec![sse_head(), event("{\"jsonrpc\"")], "it is not JSON"),
        (vec![Act::Reset], "broke"),
        (
            vec![
                sse_head(),
                Act::Send(b"data: ".to_vec()),
                Act::Repeat(large.clone(), 9),
            ],
            "an event is longer than 8388608 bytes",
        ),
        (
            vec![Act::Send(head.to_vec()), Act::Repeat(large.clone(), 5)],
            "is longer than 4194304 bytes",
        ),
    ] {
        let server = serve(move |_, method| (method == "tools/call").then(|| acts.clone()));
        let began = Instant::now();
        let came = call(&server, "timeout_ms = 20000");
        assert!(matches!(came, ToolOutcome::Failed(_)), "{came:?}");
        assert!(came.text().contains(expected), "{expected}: {came:?}");
        assert!(began.elapsed() < Duration::from_secs(15), "{expected}");
        assert_eq!(times(&server, "tools/call"), 1, "{expected}");
    }
}

#[test]
fn g05_a_server_that_hangs_is_waited_for_no_longer_than_it_may_take() {
    for acts in [
        vec![Act::Hold],
        vec![sse_head(), Act::Hold],
        vec![
            sse_head(),
            Act::Drip(vec![b':'; 600], Duration::from_millis(50)),
        ],
    ] {
        let server = serve(move |_, method| (method == "tools/call").then(|| acts.clone()));
        let began = Instant::now();
        let came = call(&server, "timeout_ms = 500");
        assert!(came.text().contains("did not answer in 500 ms"), "{came:?}");
        assert!(began.elapsed() < Duration::from_secs(15));
    }
}

#[test]
fn g05_an_error_in_the_protocols_words_is_what_the_server_says() {
    for status in [200, 400, 500] {
        let server = serve(move |request, method| {
            let error = json!({"code": -32602, "message": "no such issue"});
            let body = json!({"jsonrpc": "2.0", "id": request.json()["id"], "error": error});
            (method == "tools/call").then(|| reply_json(status, &body))
        });
        let came = call(&server, "");
        assert!(came.text().contains("it says: no such issue"), "{came:?}");
    }
}

#[test]
fn g05_tools_that_change_while_a_server_is_asked_are_called_no_more() {
    let server = serve(|request, method| {
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        (method == "tools/call").then(|| sse(&[changed, answer(request, &said(request))]))
    });
    in_runtime(async {
        let toolbox = toolbox(&workshop(), &at(&server), "").await.unwrap();
        assert!(outcome(&toolbox, "echo", say("x")).await.is_done());
        // What a server says by the way is heard beside its answers, a moment later at times.
        let began = Instant::now();
        let mut later = outcome(&toolbox, "echo", say("y")).await;
        while later.is_done() && began.elapsed() < Duration::from_secs(5) {
            later = outcome(&toolbox, "echo", say("y")).await;
        }
        assert!(
            later.text().contains("changed its tools during the run"),
            "{later:?}"
        );
    });
}

/// What a sensitive run says stays here: the address, the user's word and the seal have to permit it.
#[test]
fn g05_a_sensitive_run_asks_only_where_it_stays() {
    let server = serve(|_, _| None);
    let url = at(&server);
    let mut workshop = workshop();
    workshop.tier = PrivacyTier::Sensitive;
    workshop.loopback = true;
    let said = refused_for(&workshop, &url, "");
    assert!(
        said.contains("`sensitive = true` in `mcp.toml` says so"),
        "{said}"
    );
    for far in [
        "https://mcp.invalid/mcp",
        "http://192.0.2.1/mcp",
        "http://localhost.evil/mcp",
    ] {
        let said = refused_for(&workshop, far, "sensitive = true\non_prem = true");
        assert!(said.contains("is not an address of this machine"), "{said}");
    }
    workshop.loopback = false;
    let said = refused_for(&workshop, &url, "sensitive = true");
    assert!(
        said.contains("the system closes every connection"),
        "{said}"
    );
    assert_eq!(server.connections(), 0);
    workshop.loopback = true;
    in_runtime(async {
        let toolbox = toolbox(&workshop, &url, "sensitive = true").await.unwrap();
        assert!(outcome(&toolbox, "echo", say("x")).await.is_done());
    });
    let received = server.received();
    for request in &received {
        assert_eq!(request.header("connection"), Some("close"), "{request:?}");
        assert!(request.source.ip().is_loopback());
    }
    // Each had a connection of its own; one may have been opened and not needed.
    assert!(server.connections() >= received.len());
}
