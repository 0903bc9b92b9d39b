//! What a sensitive tree keeps off.

use super::*;

#[tokio::test]
async fn e06_a_public_child_of_a_sensitive_parent_keeps_off_what_is_not_local() {
    let root = agent(
        "a",
        "privacy_tier: sensitive\nspawn: {allowed: [b]}\ncomposite: {strategy: sequential, subagents: [{agent: b}]}\n",
    );
    let open = agent("b", "privacy_tier: public\nprompt: Work.");
    let member = gathered(root, &[open]).unwrap();
    let stage = Stage::saying(vec![Turn::text("here")]).and(
        "cheap-cloud",
        Locality::Cloud,
        vec![Turn::text("there")],
    );
    assert!(
        stage
            .work(&member, json!({"task": "t"}))
            .await
            .report
            .is_done()
    );
    assert!(stage.models[1].1.requests().is_empty());
    let root = stage.store.find(&Which::Last).unwrap();
    let child = &stage.store.children(&root).unwrap()[0];
    assert_eq!(child.privacy_tier, "sensitive");
    let decision = &stage.events(child)[0].body;
    let dropped = decision["trace"].as_array().unwrap().iter();
    let steps: Vec<&Value> = dropped.map(|row| &row["dropped"]["step"]).collect();
    assert_eq!(steps, [&Value::Null, &json!("privacy")]);
}

#[tokio::test]
async fn e02_nothing_in_the_tree_is_routed_where_only_the_cloud_would_serve() {
    let mut stage = Stage::saying(Vec::new());
    stage.models.clear();
    let stage = stage.and("cloud", Locality::Cloud, vec![Turn::text("there")]);
    for root in [
        agent(
            "a",
            "privacy_tier: sensitive\nspawn: {allowed: [b]}\ncomposite: {strategy: parallel, subagents: [{agent: b}]}\n",
        ),
        agent(
            "a",
            "privacy_tier: sensitive\nspawn: {allowed: [b, judge]}\ncomposite: {strategy: debate, aggregator: judge, subagents: [{agent: b}]}\n",
        ),
        agent(
            "a",
            "privacy_tier: sensitive\nprompt: Lead.\nspawn: {allowed: [b]}\ncomposite: {strategy: sequential, subagents: [{agent: b}]}\n",
        ),
    ] {
        let came = stage.work(&tree(root), json!({"task": "t"})).await;
        assert_eq!(came.report.stop.exit_code(), 3);
    }
    assert!(stage.models[0].1.requests().is_empty());
}
