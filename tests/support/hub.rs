//! A hub for tests: what it holds, how it describes that, and the polite answer to each request. Tests
//! begin with it and lie where they want to.

#![allow(dead_code)] // no single test program uses all of it
#![allow(clippy::unwrap_used)]

use serde_json::{Value, json};

use super::raw_server::{self, Act, RawServer, Received};

/// The only commit there is.
pub(crate) const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The only repository.
pub(crate) const REPOSITORY: &str = "org/tiny-GGUF";

/// A file of the repository.
#[derive(Debug, Clone)]
pub(crate) struct Held {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
    /// SHA-256 for a large file, git's name for a small one.
    pub(crate) digest: String,
}

/// The description with `blobs=true`.
pub(crate) fn description(files: &[Held]) -> Value {
    let siblings = files.iter().map(|file| {
        let size = file.bytes.len();
        if file.digest.len() == 40 {
            json!({"rfilename": file.name, "size": size, "blobId": file.digest})
        } else {
            let lfs = json!({"sha256": file.digest, "size": size, "pointerSize": 130});
            json!({"rfilename": file.name, "size": size, "blobId": "f".repeat(40), "lfs": lfs})
        }
    });
    json!({"id": REPOSITORY, "sha": COMMIT, "siblings": siblings.collect::<Vec<_>>()})
}

/// Whether a request is for the description.
pub(crate) fn asks_for_description(request: &Received) -> bool {
    request
        .path
        .starts_with(&format!("/api/models/{REPOSITORY}/revision/"))
}

/// The file a request is for.
pub(crate) fn asked<'a>(request: &Received, files: &'a [Held]) -> Option<&'a Held> {
    let name = request
        .path
        .strip_prefix(&format!("/{REPOSITORY}/resolve/{COMMIT}/"))?;
    files.iter().find(|file| file.name == name)
}

/// The first and last byte that a request asks for.
pub(crate) fn asked_range(request: &Received) -> Option<(usize, usize)> {
    let range = request.header("range")?.strip_prefix("bytes=")?;
    let (first, last) = range.split_once('-')?;
    Some((first.parse().unwrap(), last.parse().unwrap()))
}

/// The head of a reply with the part `first..=last` of a file.
pub(crate) fn part_head(file: &Held, first: usize, last: usize) -> Vec<u8> {
    let (total, length) = (file.bytes.len(), last + 1 - first);
    format!(
        "HTTP/1.1 206 Said\r\nConnection: close\r\nContent-Length: {length}\r\n\
         Content-Range: bytes {first}-{last}/{total}\r\nETag: \"{}\"\r\nX-Repo-Commit: {COMMIT}\r\n\r\n",
        file.digest
    )
    .into_bytes()
}

/// The part of a file that a request asks for.
pub(crate) fn part(file: &Held, request: &Received) -> Vec<Act> {
    let Some((first, last)) = asked_range(request) else {
        return raw_server::reply(200, "", &file.bytes);
    };
    let last = last.min(file.bytes.len() - 1);
    let mut reply = part_head(file, first, last);
    reply.extend(&file.bytes[first..=last]);
    vec![Act::Send(reply)]
}

/// What an honest hub answers.
pub(crate) fn polite(request: &Received, files: &[Held]) -> Vec<Act> {
    if asks_for_description(request) {
        return raw_server::json(200, &description(files));
    }
    match asked(request, files) {
        Some(file) => part(file, request),
        None => raw_server::reply(404, "", b"no"),
    }
}

/// An honest hub.
pub(crate) fn serve(files: Vec<Held>) -> RawServer {
    RawServer::start(move |request| polite(request, &files))
}
