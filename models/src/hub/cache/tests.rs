#![allow(clippy::unwrap_used)]

use super::*;

/// Two files at one commit and one of them at another.
fn cache(root: &Path) -> (HubCache, PathBuf, PathBuf) {
    let cache = HubCache::new(root.to_owned());
    let id = RepositoryId::new("org/name").unwrap();
    let repository = cache.repository(&id);
    repository.prepare().unwrap();
    let snapshots = ["a", "b"].map(|digit| cache.snapshot(&id, &digit.repeat(40)));
    for (snapshot, name, digit) in [
        (0, "one.gguf", "1"),
        (0, "two.gguf", "2"),
        (1, "sub/two.gguf", "2"),
    ] {
        let blob = BlobId::new(&digit.repeat(64)).unwrap();
        fs::write(repository.blob(&blob), digit.repeat(10)).unwrap();
        RepositoryCache::link(&snapshots[snapshot], &FileName::new(name).unwrap(), &blob).unwrap();
    }
    repository
        .point(&Revision::new("main").unwrap(), &"a".repeat(40))
        .unwrap();
    repository
        .point(&Revision::new("refs/pr/1").unwrap(), &"b".repeat(40))
        .unwrap();
    let [one, other] = snapshots;
    (cache, one, other)
}

#[test]
fn links_lead_to_blobs_from_any_depth() {
    let folder = tempfile::tempdir().unwrap();
    let (_, one, other) = cache(folder.path());
    assert_eq!(
        fs::read_to_string(one.join("one.gguf")).unwrap(),
        "1".repeat(10)
    );
    assert_eq!(
        fs::read_to_string(other.join("sub/two.gguf")).unwrap(),
        "2".repeat(10)
    );
    let pr = folder.path().join("models--org--name/refs/refs/pr/1");
    assert_eq!(fs::read_to_string(pr).unwrap(), "b".repeat(40));
}

#[test]
fn what_another_snapshot_links_to_stays() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, one, other) = cache(folder.path());
    assert_eq!(
        cache.remove(&one.join("two.gguf")).unwrap(),
        Removed { bytes: 0, files: 0 }
    );
    assert!(other.join("sub/two.gguf").exists());
    assert_eq!(
        cache.remove(&one.join("one.gguf")).unwrap(),
        Removed {
            bytes: 10,
            files: 1
        }
    );
    let refs = folder.path().join("models--org--name/refs");
    assert!(!one.exists() && !refs.join("main").exists() && refs.join("refs/pr/1").exists());
    assert_eq!(
        cache.remove(&other).unwrap(),
        Removed {
            bytes: 10,
            files: 1
        }
    );
    assert!(!folder.path().join("models--org--name").exists());
}

#[test]
fn nothing_outside_is_deleted() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path().join("hub");
    let (cache, one, _) = cache(&root);
    let canary = folder.path().join("canary");
    fs::write(&canary, "x").unwrap();
    let link = one.join("evil.gguf");
    symlink(&canary, &link).unwrap();
    assert!(cache.remove(&canary).is_err());
    assert!(cache.remove(&root).is_err());
    assert!(
        cache
            .remove(&root.join("models--org--name/snapshots"))
            .is_err()
    );
    assert!(cache.remove(&one.join("../../../../canary")).is_err());
    assert_eq!(cache.remove(&link).unwrap().files, 0);
    assert!(canary.exists() && link.symlink_metadata().is_err());
}

#[test]
fn unfinished_downloads_are_listed() {
    let folder = tempfile::tempdir().unwrap();
    let (cache, ..) = cache(folder.path());
    assert_eq!(cache.unfinished(), []);
    let blobs = folder.path().join("models--org--name/blobs");
    fs::write(blobs.join(format!("{}.incomplete", "3".repeat(64))), "abc").unwrap();
    let row = Unfinished {
        repository: "org/name".to_owned(),
        bytes: 3,
    };
    assert_eq!(cache.unfinished(), [row]);
}
