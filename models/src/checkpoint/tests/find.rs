use std::path::Path;
use std::time::{Duration, Instant};

use super::super::Checkpoint;
use super::{refusal, tiny, write};
use crate::test_support::{GgufWriter, TinyShape, Value};

/// The rows of a folder as `id` or `name: message`.
pub(super) fn rows(root: &Path) -> Vec<String> {
    let name = |path: &Path| path.file_name().unwrap().to_string_lossy().into_owned();
    Checkpoint::find(root)
        .into_iter()
        .map(|(path, row)| match row {
            Ok(checkpoint) => checkpoint.id().to_owned(),
            Err(error) => format!("{}: {error}", name(&path)),
        })
        .collect()
}

#[test]
fn a16_a_thousand_bad_files_beside_a_good_one() {
    let folder = tempfile::tempdir().unwrap();
    for index in 0..1000 {
        std::fs::write(folder.path().join(format!("bad-{index}.gguf")), "GGUF").unwrap();
    }
    write(&folder.path().join("good.gguf"), &tiny());
    let started = Instant::now();
    let found = rows(folder.path());
    assert!(started.elapsed() < Duration::from_secs(5));
    assert_eq!(found.len(), 1001);
    assert!(found.contains(&"good".to_owned()));
}

#[test]
fn equal_names_get_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    write(&folder.path().join("A/m.gguf"), &tiny());
    write(&folder.path().join("A/._m.gguf"), &GgufWriter::default());
    write(&folder.path().join(".trash/old.gguf"), &tiny());
    write(&folder.path().join("B/m.gguf"), &tiny());
    assert_eq!(rows(folder.path()), ["m", "b/m"]);
    assert!(rows(&folder.path().join("none")).is_empty());
    let found = rows(&folder.path().join("A/m.gguf"));
    assert!(
        found.len() == 1 && found[0].starts_with("m.gguf: cannot read"),
        "{found:?}"
    );
}

#[test]
fn split_files_are_one_row() {
    let folder = tempfile::tempdir().unwrap();
    for part in 1..=3 {
        write(
            &folder.path().join(format!("m-0000{part}-of-00003.gguf")),
            &tiny(),
        );
    }
    let found = rows(folder.path());
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("one of 3 parts"), "{found:?}");
    let path = folder.path().join("t.gguf");
    write(&path, &tiny().key("split.count", Value::Raw(2, vec![2, 0])));
    assert!(refusal(&path).contains("one of 2 parts"));
}

#[cfg(unix)]
mod unix {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::test_support::tiny_safetensors;

    #[test]
    fn a16_what_is_no_regular_file_is_not_opened() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let made = std::process::Command::new("mkfifo")
            .arg(path("pipe.gguf"))
            .status()
            .unwrap();
        assert!(made.success());
        symlink("/dev/zero", path("zero.gguf")).unwrap();
        symlink("loop.gguf", path("loop.gguf")).unwrap();
        symlink(".", path("self")).unwrap();
        std::fs::create_dir(path("folder.gguf")).unwrap();
        std::fs::write(path("empty.gguf"), "").unwrap();
        let sparse = std::fs::File::create(path("sparse.gguf")).unwrap();
        sparse.set_len(1 << 40).unwrap();
        write(&path("good.gguf"), &tiny());
        let started = Instant::now();
        let found = rows(folder.path());
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{:?}",
            started.elapsed()
        );
        let row = |name: &str| {
            found
                .iter()
                .find(|row| row.starts_with(name))
                .unwrap()
                .as_str()
        };
        assert!(row("pipe.gguf").contains("not a regular file"), "{found:?}");
        assert!(row("zero.gguf").contains("not a regular file"), "{found:?}");
        assert!(row("loop.gguf").contains("cannot read"), "{found:?}");
        assert!(row("folder.gguf").contains("holds no GGUF"), "{found:?}");
        assert!(
            row("empty.gguf").contains("truncated at byte 0"),
            "{found:?}"
        );
        assert!(
            row("sparse.gguf").contains("does not begin with `GGUF`"),
            "{found:?}"
        );
        assert_eq!(row("good"), "good");
        assert_eq!(found.len(), 7, "{found:?}");
    }

    #[test]
    fn a16_a_terabyte_with_a_good_magic_is_refused_at_once() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.gguf");
        let list = [&8u32.to_le_bytes()[..], &(1u64 << 36).to_le_bytes()].concat();
        write(&path, &GgufWriter::default().key("a", Value::Raw(9, list)));
        std::fs::OpenOptions::new()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(1 << 40)
            .unwrap();
        let started = Instant::now();
        assert!(refusal(&path).contains("`a`: the header is longer than 128 MiB"));
        assert!(
            started.elapsed() < Duration::from_secs(5),
            "{:?}",
            started.elapsed()
        );
    }

    #[test]
    fn a_hugging_face_cache_is_read() {
        let hub = tempfile::tempdir().unwrap();
        let repository = hub.path().join("models--Org--Name");
        let blobs = repository.join("blobs");
        tiny_safetensors(&blobs, &TinyShape::default()).unwrap();
        for (revision, good) in [("aaa", true), ("bbb", false)] {
            let snapshot = repository.join("snapshots").join(revision);
            std::fs::create_dir_all(&snapshot).unwrap();
            for entry in std::fs::read_dir(&blobs).unwrap() {
                let name = entry.unwrap().file_name();
                let target = Path::new("../../blobs").join(&name);
                symlink(target, snapshot.join(&name)).unwrap();
            }
            if !good {
                std::fs::remove_file(snapshot.join("config.json")).unwrap();
            }
        }
        std::fs::create_dir_all(repository.join("refs")).unwrap();
        std::fs::write(repository.join("refs/main"), "aaa\n").unwrap();
        std::fs::create_dir_all(hub.path().join("datasets--x--y/snapshots/1")).unwrap();
        assert_eq!(rows(hub.path()), ["Org/Name"]);
        std::fs::remove_file(repository.join("refs/main")).unwrap();
        let found = rows(hub.path());
        assert!(
            found[0].starts_with("bbb: ") && found.len() == 1,
            "{found:?}"
        );
    }
}
