use std::os::unix::fs::symlink;
use std::thread;

use rustix::fs::{CWD, RenameFlags, renameat_with};
use serde_json::json;

use super::workshop::{SECRET, Workshop};

/// How often a link takes the place of a folder, or gives it back.
const SWAPS: u64 = 10_000;

/// Somebody swaps a folder for a link to the outside all the time, while tools read and write in it.
#[test]
fn g01_a_link_swapped_ten_thousand_times() {
    let workshop = Workshop::new();
    workshop.write("d/secret", "inside");
    symlink(workshop.beside("outside"), workshop.root().join("link")).unwrap();
    let before = workshop.outside();
    let (mut inside, mut refused) = (0, 0);
    thread::scope(|scope| {
        let swapping = scope.spawn(|| {
            let (folder, link) = (workshop.root().join("d"), workshop.root().join("link"));
            for _ in 0..SWAPS {
                renameat_with(CWD, &folder, CWD, &link, RenameFlags::EXCHANGE).unwrap();
            }
        });
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap();
        while !swapping.is_finished() {
            let calls = [
                ("fs.read", json!({"path": "d/secret"})),
                ("fs.write", json!({"path": "d/secret", "content": "inside"})),
                (
                    "fs.edit",
                    json!({"path": "d/secret", "old": "canary", "new": "evil"}),
                ),
                ("fs.search", json!({"pattern": "canary"})),
                ("fs.move", json!({"from": "d/deep", "to": "stolen"})),
                ("fs.delete", json!({"path": "d/deep/secret"})),
            ];
            for (tool, arguments) in calls {
                let outcome = runtime.block_on(workshop.call(tool, arguments));
                assert!(!outcome.text().contains(SECRET), "{tool}: {outcome:?}");
                if outcome.is_done() {
                    inside += 1;
                } else {
                    refused += 1;
                }
            }
        }
    });
    assert_eq!(workshop.outside(), before);
    assert!(!workshop.root().join("stolen").exists());
    assert!(
        inside > 0 && refused > 0,
        "the race did not happen: {inside} and {refused}"
    );
}
