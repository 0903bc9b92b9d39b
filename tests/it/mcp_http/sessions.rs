//! A server that does not know its session any more, and one that is listened to.

use std::sync::atomic::{AtomicUsize, Ordering};

use super::*;

/// Answers the first question of each session with `first` and hands out sessions by number.
fn forgetful(forgets: usize) -> RawServer {
    let greeted = AtomicUsize::new(0);
    let asked = AtomicUsize::new(0);
    serve(move |request, method| match method {
        "initialize" => {
            let number = greeted.fetch_add(1, Ordering::SeqCst);
            Some(greeting(request, &format!("session-{number}")))
        }
        "tools/call" if asked.fetch_add(1, Ordering::SeqCst) < forgets => {
            Some(reply(404, "", b"no such session"))
        }
        _ => None,
    })
}

#[test]
fn a_session_that_a_server_forgot_is_begun_again_once() {
    let server = forgetful(1);
    assert_eq!(call(&server, ""), ToolOutcome::Done("hello".to_owned()));
    assert_eq!(times(&server, "initialize"), 2);
    let calls: Vec<_> = server
        .received()
        .iter()
        .filter(|one| method(one) == "tools/call")
        .map(|one| one.header("mcp-session-id").unwrap().to_owned())
        .collect();
    assert_eq!(calls, ["session-0", "session-1"]);
}

#[test]
fn g05_a_server_that_forgets_every_session_is_not_asked_for_ever() {
    let server = forgetful(usize::MAX);
    let came = call(&server, "timeout_ms = 20000");
    assert!(
        came.text()
            .contains("does not know its own session any more"),
        "{came:?}"
    );
    assert_eq!(
        (times(&server, "initialize"), times(&server, "tools/call")),
        (2, 2)
    );
}

/// A server that closes what it is listened to at is not listened to in a loop.
#[test]
fn g05_a_server_that_hangs_up_is_not_called_all_the_time() {
    let server = serve(|_, method| {
        let retry = Act::Send(b"retry: 0\n\n".to_vec());
        (method == "GET").then(|| vec![sse_head(), retry])
    });
    in_runtime(async {
        let toolbox = toolbox(&workshop(), &at(&server), "").await.unwrap();
        assert!(outcome(&toolbox, "echo", say("x")).await.is_done());
        tokio::time::sleep(Duration::from_millis(2500)).await;
        assert!(outcome(&toolbox, "echo", say("y")).await.is_done());
    });
    let times = times(&server, "GET");
    assert!((1..=4).contains(&times), "{times}");
}

#[test]
fn what_a_server_says_unasked_is_heard() {
    let server = serve(|_, method| {
        let changed = json!({"jsonrpc": "2.0", "method": "notifications/tools/list_changed"});
        (method == "GET").then(|| vec![sse_head(), event(changed), Act::Hold])
    });
    in_runtime(async {
        let toolbox = toolbox(&workshop(), &at(&server), "").await.unwrap();
        tokio::time::sleep(Duration::from_millis(500)).await;
        let came = outcome(&toolbox, "echo", say("x")).await;
        assert!(came.text().contains("changed its tools"), "{came:?}");
    });
}
