#![allow(clippy::unwrap_used)]

use std::fs;

use serde_json::{Value, json};

use super::*;
use crate::Checkpoint;
use crate::test_support::{TinyShape, tiny_gguf, tiny_safetensors};

fn manifest() -> Value {
    json!({
        "format": "aldo-bundle",
        "version": 1,
        "id": "tiny",
        "source": null,
        "files": [{"name": "tiny.gguf", "sizeBytes": 5, "sha256": "a".repeat(64)}],
    })
}

fn refusal(manifest: &Value) -> String {
    BundleManifest::parse(manifest.to_string().as_bytes())
        .unwrap_err()
        .to_string()
}

#[test]
fn a_checkpoint_comes_back_as_it_went() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("Tiny.gguf");
    fs::write(&path, tiny_gguf(&TinyShape::default()).bytes()).unwrap();
    let safetensors = folder.path().join("org-tiny");
    tiny_safetensors(&safetensors, &TinyShape::default()).unwrap();
    for from in [path, safetensors] {
        let original = Checkpoint::open(&from).unwrap();
        let bundle = folder.path().join(format!("{}.aldo.tar", original.id()));
        let written = export_bundle(&original, None, &bundle, &mut |_| ()).unwrap();
        let again = export_bundle(&original, None, &bundle, &mut |_| ()).unwrap_err();
        assert!(matches!(again, BundleError::AlreadyThere { .. }));
        let models = folder.path().join("models");
        let mut last = None;
        let imported =
            import_bundle(&bundle, &models, &mut |progress| last = Some(progress)).unwrap();
        assert_eq!(imported.manifest, written);
        assert_eq!(last.unwrap().done_bytes, written.total_bytes());
        assert_eq!(
            imported.checkpoint.sha256().unwrap(),
            original.sha256().unwrap()
        );
        assert_eq!(imported.checkpoint.config(), original.config());
        assert_eq!(imported.checkpoint.id(), original.id());
        imported.checkpoint.tokenizer().unwrap();
        let twice = import_bundle(&bundle, &models, &mut |_| ()).unwrap_err();
        assert!(matches!(twice, BundleError::AlreadyThere { .. }));
    }
    let left = fs::read_dir(folder.path())
        .unwrap()
        .map(|it| it.unwrap().file_name());
    assert!(
        !left
            .into_iter()
            .any(|name| name.to_string_lossy().contains(".part"))
    );
}

#[test]
fn the_same_checkpoint_gives_the_same_bundle() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("tiny.gguf");
    fs::write(&path, tiny_gguf(&TinyShape::default()).bytes()).unwrap();
    let checkpoint = Checkpoint::open(&path).unwrap();
    let bytes = ["one", "two"].map(|name| {
        let to = folder.path().join(name);
        export_bundle(&checkpoint, None, &to, &mut |_| ()).unwrap();
        fs::read(to).unwrap()
    });
    assert_eq!(bytes[0], bytes[1]);
    let builtin = Checkpoint::builtin().unwrap();
    let error = export_bundle(&builtin, None, &folder.path().join("x"), &mut |_| ()).unwrap_err();
    assert_eq!(
        error.to_string(),
        "`aldo-nano` cannot be bundled: it is in every program"
    );
}

#[test]
fn f08_a_manifest_is_read_strictly() {
    assert!(BundleManifest::parse(manifest().to_string().as_bytes()).is_ok());
    let with = |pointer: &str, value: Value| {
        let mut changed = manifest();
        *changed.pointer_mut(pointer).unwrap() = value;
        refusal(&changed)
    };
    assert!(with("/version", json!(2)).contains("has version 2"));
    assert!(with("/format", json!("zip")).contains("something else"));
    for id in [
        "../x", "/x", "a/../b", "a/b/c", "", ".hidden", "a\nb", "a\\b",
    ] {
        assert!(with("/id", json!(id)).contains("is no id"), "{id:?}");
    }
    for name in [
        "../x.gguf",
        "/x.gguf",
        "a/x.gguf",
        "a\\x.gguf",
        ".x.gguf",
        "x.sh",
        "x.bin",
        "aldo-bundle.json",
        "x\u{1b}.gguf",
        "",
    ] {
        assert!(
            with("/files/0/name", json!(name)).contains("is no file of a checkpoint"),
            "{name:?}"
        );
    }
    for digest in ["", "a", "../../x", &"A".repeat(64), &"g".repeat(64)] {
        assert!(
            with("/files/0/sha256", json!(digest)).contains("has no SHA-256"),
            "{digest:?}"
        );
    }
    assert!(with("/files", json!([])).contains("holds 0 files"));
    assert!(with("/files/0/sizeBytes", json!(1_u64 << 63)).contains("promises"));
    let mut twice = manifest();
    let mut other = twice["files"][0].clone();
    other["name"] = json!("TINY.gguf");
    twice["files"].as_array_mut().unwrap().push(other);
    assert!(refusal(&twice).contains("stands there twice"));
    let mut more = manifest();
    more["surprise"] = json!(1);
    assert!(refusal(&more).contains("surprise"));
    assert!(BundleManifest::parse(&vec![b' '; (1 << 20) + 1]).is_err());
    assert!(BundleManifest::parse(&vec![b'['; 100_000]).is_err());
}
