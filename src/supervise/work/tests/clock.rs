//! The one clock of a tree.

use super::*;

#[tokio::test]
async fn a_tree_that_has_no_time_left_stops_by_name() {
    let mut stage = Stage::saying(vec![Turn::text("one")]);
    stage.time_max = Duration::ZERO;
    let came = stage.work(&tree(sequential()), json!({"task": "t"})).await;
    assert_eq!(
        came.report.stop.message().unwrap(),
        "`b` stopped with `wall_clock`: the run may take 0 s"
    );
    assert_eq!(stage.tree(), "a:subagent_failed(b:wall_clock)");
}
