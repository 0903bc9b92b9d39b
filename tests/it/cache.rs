//! F6: the Hugging Face cache, made by Python's own library and by aldo, whole and damaged.

use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::hub::{self, COMMIT, Held, REPOSITORY};
use super::peers;
use super::pull::{Pull, tiny};
use super::raw_server::{RawServer, Received};

/// Python with `huggingface_hub`, or `None` with the reason printed.
fn python() -> Option<PathBuf> {
    peers::peer("mlx/bin/python")
}

/// A hub that knows the branch `main` as well, which Python's library asks for.
fn serve(files: Vec<Held>) -> RawServer {
    RawServer::start(move |request| {
        let to_commit = format!("/{REPOSITORY}/resolve/{COMMIT}/");
        let path = request
            .path
            .replace(&format!("/{REPOSITORY}/resolve/main/"), &to_commit);
        let request = Received {
            path,
            ..request.clone()
        };
        match hub::asked(&request, &files) {
            Some(file) if hub::asked_range(&request).is_none() => whole(file, &request),
            Some(_) | None => hub::polite(&request, &files),
        }
    })
}

/// The whole file; its head alone to `HEAD`.
fn whole(file: &Held, request: &Received) -> Vec<super::raw_server::Act> {
    let body: &[u8] = if request.method == "HEAD" {
        b""
    } else {
        &file.bytes
    };
    let mut reply = format!(
        "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Length: {}\r\nETag: \"{}\"\r\nX-Repo-Commit: {COMMIT}\r\n\r\n",
        file.bytes.len(),
        file.digest
    )
    .into_bytes();
    reply.extend(body);
    vec![super::raw_server::Act::Send(reply)]
}

fn run(python: &Path, pull: &Pull, script: &str) -> String {
    let output = Command::new(python)
        .args(["-c", script])
        .env("HF_ENDPOINT", pull.server.base_url())
        .env("HF_HOME", pull.hf_home())
        .env("HF_HUB_DISABLE_XET", "1")
        .output()
        .unwrap();
    let stderr = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{stderr}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

/// Every name below a folder, with sizes.
fn tree(folder: &Path) -> Vec<String> {
    let mut names = Vec::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap().map(Result::unwrap) {
            let metadata = entry.path().symlink_metadata().unwrap();
            names.push(format!("{} {}", entry.path().display(), metadata.len()));
            if metadata.is_dir() {
                folders.push(entry.path());
            }
        }
    }
    names.sort();
    names
}

#[test]
fn f06_a_cache_made_by_python_is_read_and_not_written_to() {
    let Some(python) = python() else { return };
    let pull = Pull::new(serve(vec![tiny()]));
    let script = format!(
        "from huggingface_hub import hf_hub_download; print(hf_hub_download('{REPOSITORY}', 'tiny-Q8_0.gguf'))"
    );
    let path = run(&python, &pull, &script);
    assert_eq!(fs::read(&path).unwrap(), tiny().bytes);
    let before = tree(&pull.hf_home());
    let asked = pull.server.connections();
    for args in [
        ["models", "ls", "--quiet"],
        ["models", "verify", "tiny-q8_0"],
        ["models", "inspect", "tiny-q8_0"],
        ["models", "fit", "tiny-q8_0"],
    ] {
        pull.aldo(args).env("HF_HUB_OFFLINE", "1").run().exits(0);
    }
    let ran = pull
        .aldo(["run", "hello", "--model", "tiny-q8_0"])
        .env("HF_HUB_OFFLINE", "1")
        .run();
    assert!(matches!(ran.code, Some(0 | 1)), "{ran}");
    assert_eq!(tree(&pull.hf_home()), before);
    assert_eq!(pull.server.connections(), asked, "nobody was asked");
    // And pulling it finds it there.
    let document = pull
        .aldo(["models", "pull", REPOSITORY, "--json"])
        .run()
        .exits(0)
        .json();
    assert_eq!(document["files"][0]["fetchedBytes"], 0);
}

#[test]
fn f06_python_reads_what_aldo_pulled() {
    let Some(python) = python() else { return };
    let pull = Pull::new(serve(vec![tiny()]));
    pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    let script = format!(
        "from huggingface_hub import hf_hub_download, scan_cache_dir\n\
         print(hf_hub_download('{REPOSITORY}', 'tiny-Q8_0.gguf', local_files_only=True))\n\
         info = scan_cache_dir()\n\
         assert not info.warnings, info.warnings\n\
         assert [r.repo_id for r in info.repos] == ['{REPOSITORY}'], info\n\
         assert list(list(info.repos)[0].refs) == ['main'], info"
    );
    let path = run(&python, &pull, &script);
    assert_eq!(fs::read(path).unwrap(), tiny().bytes);
}

#[test]
fn f06_a_dangling_link_and_a_cut_blob_are_named() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    let snapshot = pull
        .hf_home()
        .join("hub/models--org--tiny-GGUF/snapshots")
        .join(COMMIT);
    symlink("../../blobs/nowhere", snapshot.join("gone.gguf")).unwrap();
    let blob = pull.blobs().join(tiny().digest);
    fs::OpenOptions::new()
        .write(true)
        .open(&blob)
        .unwrap()
        .set_len(100_000)
        .unwrap();
    let ran = pull.aldo(["models", "ls", "--json"]).run().exits(0);
    let document = ran.json();
    let refused = document["refused"].as_array().unwrap();
    let reason = |name: &str| {
        let row = refused
            .iter()
            .find(|row| row["what"].as_str().unwrap().ends_with(name));
        row.unwrap_or_else(|| panic!("{ran}"))["reason"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert!(reason("gone.gguf").contains("No such file"), "{ran}");
    assert!(
        reason("tiny-Q8_0.gguf").contains("truncated at byte 100000"),
        "{ran}"
    );
    // A blob of another length is not the blob: it is fetched anew.
    pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    assert!(pull.blob_is(&tiny()));
}

#[test]
fn f06_a_changed_blob_fails_verification() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    let blob = pull.blobs().join(tiny().digest);
    let mut bytes = tiny().bytes;
    let last = bytes.len() - 1;
    bytes[last] ^= 1;
    fs::write(&blob, bytes).unwrap();
    let ran = pull.aldo(["models", "verify", "tiny-q8_0"]).run().exits(1);
    assert!(ran.stderr.contains("is not what was recorded"), "{ran}");
}

#[test]
fn f06_a_cache_that_cannot_be_written_to_is_named() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    // A file where the folder belongs stops even a superuser.
    pull.env.write(&pull.hf_home().join("hub"), "");
    let ran = pull.aldo(["models", "pull", REPOSITORY]).run().exits(1);
    assert!(
        ran.stderr.contains("cannot write") && ran.stderr.contains("hint: name a folder"),
        "{ran}"
    );
    pull.aldo(["models", "ls"]).run().exits(0);
}

#[test]
fn rm_frees_what_only_this_model_used() {
    let pull = Pull::new(hub::serve(vec![tiny()]));
    pull.aldo(["models", "pull", REPOSITORY]).run().exits(0);
    pull.aldo(["models", "rm", "tiny-q8_0"]).run().exits(2);
    let ran = pull
        .aldo(["models", "rm", "tiny-q8_0", "--yes"])
        .run()
        .exits(0);
    assert!(ran.stdout.starts_with("deleted tiny-q8_0 ("), "{ran}");
    assert!(!pull.hf_home().join("hub/models--org--tiny-GGUF").exists());
}
