//! What a hub says a repository holds. Everything in it may be a lie; what is kept has been checked.

use std::collections::HashSet;

use serde::Deserialize;

use super::blob::BlobId;
use super::error::HubError;
use super::file_name::FileName;

/// The longest description of a repository, in bytes.
pub(super) const LISTING_BYTES_MAX: usize = 32 << 20;
/// The most files of a repository.
const FILES_MAX: usize = 100_000;
/// The largest file, in bytes.
const FILE_BYTES_MAX: u64 = 1 << 42;

/// A repository at one commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listing {
    /// The commit, 40 hexadecimal digits.
    pub commit: String,
    /// The files whose name, size and digest can be used.
    pub files: Vec<HubFile>,
    /// How many files were left out because of their name or because nothing is known of them.
    pub left_out: usize,
}

/// A file of a repository.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HubFile {
    /// Its name.
    pub name: FileName,
    /// Its size in bytes.
    pub size_bytes: u64,
    /// What its bytes must be.
    pub blob: BlobId,
}

#[derive(Deserialize)]
struct Description {
    sha: String,
    siblings: Vec<Sibling>,
}

#[derive(Deserialize)]
struct Sibling {
    rfilename: String,
    size: Option<u64>,
    #[serde(rename = "blobId")]
    blob_id: Option<String>,
    lfs: Option<LargeFile>,
}

#[derive(Deserialize)]
struct LargeFile {
    #[serde(alias = "oid")]
    sha256: String,
    size: Option<u64>,
}

impl Listing {
    /// Reads the hub's description of a repository with `blobs=true`.
    ///
    /// # Errors
    /// [`HubError::BadListing`] for `repository` at `address`.
    pub fn parse(bytes: &[u8], address: &str, repository: &str) -> Result<Self, HubError> {
        let bad = |reason: String| HubError::BadListing {
            address: address.to_owned(),
            repository: repository.to_owned(),
            reason,
        };
        let description: Description =
            serde_json::from_slice(bytes).map_err(|error| bad(error.to_string()))?;
        // A commit names a folder: only what can be one is taken.
        if !matches!(BlobId::new(&description.sha), Some(BlobId::Git(_))) {
            return Err(bad("`sha` is no commit".to_owned()));
        }
        let total = description.siblings.len();
        if total > FILES_MAX {
            return Err(bad(format!("it has more than {FILES_MAX} files")));
        }
        let files: Vec<_> = description.siblings.iter().filter_map(file).collect();
        let mut names = HashSet::new();
        if let Some(twice) = files.iter().find(|it| !names.insert(&it.name)) {
            return Err(bad(format!("`{}` stands there twice", twice.name)));
        }
        Ok(Self {
            commit: description.sha,
            left_out: total - files.len(),
            files,
        })
    }
}

fn file(sibling: &Sibling) -> Option<HubFile> {
    let (digest, size) = match &sibling.lfs {
        Some(large) => (&large.sha256, large.size.or(sibling.size)),
        None => (sibling.blob_id.as_ref()?, sibling.size),
    };
    let blob = BlobId::new(digest)?;
    // What is stored as a large file must be known by SHA-256.
    if sibling.lfs.is_some() && !matches!(blob, BlobId::Sha256(_)) {
        return None;
    }
    Some(HubFile {
        name: FileName::new(&sibling.rfilename)?,
        size_bytes: size.filter(|&it| it <= FILE_BYTES_MAX)?,
        blob,
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use serde_json::json;

    use super::*;

    const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";

    fn parse(value: &serde_json::Value) -> Result<Listing, String> {
        let parsed = Listing::parse(value.to_string().as_bytes(), "http://hub", "org/name");
        parsed.map_err(|error| error.to_string())
    }

    fn one(name: &str, lfs: &str, size: u64) -> serde_json::Value {
        json!({"rfilename": name, "size": size, "blobId": "b".repeat(40), "lfs": {"sha256": lfs, "size": size}})
    }

    #[test]
    fn large_and_small_files_are_known_by_their_digests() {
        let listing = parse(&json!({"sha": COMMIT, "siblings": [
            one("a.gguf", &"a".repeat(64), 7),
            {"rfilename": "config.json", "size": 3, "blobId": "c".repeat(40)},
        ]}))
        .unwrap();
        assert_eq!(listing.commit, COMMIT);
        assert!(matches!(listing.files[0].blob, BlobId::Sha256(_)));
        assert!(matches!(listing.files[1].blob, BlobId::Git(_)));
        assert_eq!((listing.files[0].size_bytes, listing.left_out), (7, 0));
    }

    #[test]
    fn f04_names_and_digests_that_climb_are_left_out() {
        let good = "a".repeat(64);
        let long = "x".repeat(300);
        for name in [
            "../x",
            "/etc/passwd",
            "a\\b",
            "c:x",
            "a\0b",
            &long,
            "a/../../b",
        ] {
            let listing =
                parse(&json!({"sha": COMMIT, "siblings": [one(name, &good, 1)]})).unwrap();
            assert_eq!((listing.files.len(), listing.left_out), (0, 1), "{name:?}");
        }
        for digest in ["../../../x", "/etc/passwd", &"b".repeat(40), ""] {
            let listing =
                parse(&json!({"sha": COMMIT, "siblings": [one("a", digest, 1)]})).unwrap();
            assert_eq!(listing.files.len(), 0, "{digest:?}");
        }
        let listing =
            parse(&json!({"sha": COMMIT, "siblings": [one("a", &good, 1 << 43)]})).unwrap();
        assert_eq!(listing.files.len(), 0);
    }

    #[test]
    fn f04_commits_that_climb_are_refused() {
        for sha in [
            "../../x",
            "main",
            "",
            "/etc",
            &"a".repeat(64),
            &"A".repeat(40),
        ] {
            let error = parse(&json!({"sha": sha, "siblings": []})).unwrap_err();
            assert!(error.contains("`sha` is no commit"), "{error}");
        }
    }

    #[test]
    fn what_stands_twice_or_is_no_description_is_refused() {
        let digest = "a".repeat(64);
        let twice =
            json!({"sha": COMMIT, "siblings": [one("a", &digest, 1), one("a", &digest, 2)]});
        assert!(
            parse(&twice)
                .unwrap_err()
                .contains("`a` stands there twice")
        );
        assert!(
            parse(&json!({"sha": COMMIT}))
                .unwrap_err()
                .contains("siblings")
        );
        assert!(parse(&json!("<html>")).is_err());
    }
}
