//! Family F against a hub on raw sockets that lies.

#![allow(clippy::unwrap_used)]

#[path = "../../../tests/support/hub.rs"]
mod hub;
mod names;
mod ranges;
#[path = "../../../tests/support/raw_server.rs"]
mod raw_server;
mod token;
mod wrong_bytes;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::*;
use hub::{Held, REPOSITORY};
use raw_server::{Act, RawServer, Received};
use tempfile::TempDir;

/// A cache with something beside it that must not change.
struct Place {
    root: TempDir,
}

impl Place {
    fn new() -> Self {
        let root = tempfile::tempdir().unwrap();
        fs::create_dir(root.path().join("cache")).unwrap();
        fs::write(root.path().join("canary"), "untouched").unwrap();
        Self { root }
    }

    fn cache(&self) -> PathBuf {
        self.root.path().join("cache")
    }

    fn client(&self, server: &RawServer) -> Hub {
        self.client_with(server, None)
    }

    fn client_with(&self, server: &RawServer, token: Option<(Token, TokenPlace)>) -> Hub {
        Hub::new(HubOptions {
            address: HubAddress::new(&server.base_url()).unwrap(),
            token,
            cache: HubCache::new(self.cache()),
            patience: patience(),
        })
        .unwrap()
    }

    /// Finds and pulls what there is.
    fn pull(&self, server: &RawServer) -> Result<Pulled, HubError> {
        let mut client = self.client(server);
        let found = client.find(&REPOSITORY.parse().unwrap())?;
        client.pull(&found, &mut |_| ())
    }

    /// Everything in the cache that is a file or a link, locks left out.
    fn files(&self) -> Vec<String> {
        let mut all = Vec::new();
        collect(&self.cache(), &mut all);
        let names = all.iter().map(|path| {
            path.strip_prefix(self.cache())
                .unwrap()
                .display()
                .to_string()
        });
        let mut names: Vec<_> = names.filter(|name| !name.starts_with(".locks")).collect();
        names.sort();
        names
    }

    /// Whether anything stands beside the cache that was not there.
    fn nothing_beside(&self) {
        let names = fs::read_dir(self.root.path())
            .unwrap()
            .map(|it| it.unwrap().file_name());
        let mut names: Vec<_> = names.collect();
        names.sort();
        assert_eq!(names, ["cache", "canary"]);
        assert_eq!(
            fs::read(self.root.path().join("canary")).unwrap(),
            b"untouched"
        );
    }

    fn incomplete(&self, digest: &str) -> PathBuf {
        let folder = self.cache().join("models--org--tiny-GGUF/blobs");
        fs::create_dir_all(&folder).unwrap();
        folder.join(format!("{digest}.incomplete"))
    }
}

fn collect(folder: &Path, into: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_dir() {
            collect(&entry.path(), into);
        } else {
            into.push(entry.path());
        }
    }
}

fn patience() -> Patience {
    Patience {
        connect: Duration::from_secs(2),
        idle: Duration::from_millis(300),
        pace: Duration::from_millis(200),
        pace_bytes: 1000,
        attempts: 3,
        backoff: Duration::from_millis(1),
    }
}

/// A file of bytes that look random, called so that it is chosen.
fn held(len: usize) -> Held {
    let bytes: Vec<u8> = (0..len as u32)
        .map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8)
        .collect();
    let mut fingerprint = BlobId::new(&"0".repeat(64))
        .unwrap()
        .fingerprint(len as u64);
    fingerprint.update(&bytes);
    Held {
        name: "tiny-Q8_0.gguf".to_owned(),
        digest: fingerprint.finish().to_string(),
        bytes,
    }
}

/// What the cache holds after the file was pulled.
fn whole(file: &Held) -> [String; 3] {
    [
        format!("models--org--tiny-GGUF/blobs/{}", file.digest),
        "models--org--tiny-GGUF/refs/main".to_owned(),
        format!(
            "models--org--tiny-GGUF/snapshots/{}/{}",
            hub::COMMIT,
            file.name
        ),
    ]
}

/// A hub that is honest but for what `lie` answers to a request for the file; `lie` is told how many
/// requests for it came before.
fn lying(
    file: &Held,
    lie: impl Fn(&Received, usize) -> Option<Vec<Act>> + Send + Sync + 'static,
) -> RawServer {
    let files = vec![file.clone()];
    let count = std::sync::atomic::AtomicUsize::new(0);
    RawServer::start(move |request| {
        if hub::asked(request, &files).is_none() {
            return hub::polite(request, &files);
        }
        let before = count.fetch_add(1, std::sync::atomic::Ordering::SeqCst);
        lie(request, before).unwrap_or_else(|| hub::polite(request, &files))
    })
}

#[test]
fn a_pull_has_the_layout_of_pythons_library() {
    let (place, file) = (Place::new(), held(300_000));
    let server = hub::serve(vec![file.clone()]);
    let pulled = place.pull(&server).unwrap();
    assert_eq!(place.files(), whole(&file));
    assert_eq!(pulled.files[0].1, 300_000);
    assert_eq!(fs::read(&pulled.path).unwrap(), file.bytes);
    let link = fs::read_link(&pulled.path).unwrap();
    assert_eq!(link, Path::new("../../blobs").join(&file.digest));
    let main = place.cache().join("models--org--tiny-GGUF/refs/main");
    assert_eq!(fs::read_to_string(main).unwrap(), hub::COMMIT);
    let origin = HubCache::origin(&pulled.path).unwrap();
    assert_eq!(
        (origin.repository.as_str(), origin.commit.as_str()),
        (REPOSITORY, hub::COMMIT)
    );
    let again = place.pull(&server).unwrap();
    assert_eq!(again.files[0].1, 0, "what is here is not fetched");
}
