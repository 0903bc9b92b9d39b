//! Spans of runs: what a sensitive one is told to a collector on another machine, which is nothing.

use super::in_rig;
use super::network::{NEIGHBOUR, SECRET};
use crate::telemetry::{BUILT, ENDPOINT};

#[test]
fn spans_of_a_sensitive_run_stay_and_those_of_another_hold_nothing_that_was_said() {
    in_rig(|rig| {
        let endpoint = format!("http://{NEIGHBOUR}:8080");
        let args = ["run", "hello", "--inputs", "-"];
        let ran = rig.aldo(args).env(ENDPOINT, &endpoint).run().exits(0);
        // The control: in a build that sends spans, they arrive.
        let left = rig.left();
        let told = left.messages.join("\n");
        assert_eq!(
            told.contains("resourceSpans"),
            BUILT,
            "{left:?} after {ran}"
        );
        assert!(!told.contains(SECRET), "{left:?} after {ran}");
        for more in ["--no-seal", "--quiet"] {
            let args = ["run", "vault", "--inputs", "-", more];
            let ran = rig.aldo(args).env(ENDPOINT, &endpoint).run().exits(0);
            rig.nothing_left(&ran);
        }
    });
}
