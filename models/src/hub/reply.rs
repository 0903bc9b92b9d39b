//! What the headers of a reply say about the bytes that follow. Pure.

use std::time::Duration;

use super::blob::BlobId;

/// The head of a reply, as far as it is looked at.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Head {
    pub(super) status: u16,
    /// `Content-Range`.
    pub(super) range: Option<String>,
    /// `Content-Length`.
    pub(super) length: Option<u64>,
    /// `Retry-After`, where it is a number of seconds.
    pub(super) retry_after: Option<Duration>,
    /// What the hub itself said the file is, not who it sent us to.
    pub(super) announced: Option<String>,
    /// The commit the hub said it is from.
    pub(super) commit: Option<String>,
}

/// What to do with the bytes that follow.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Body {
    /// They follow the ones that are here.
    Continues,
    /// They are the file from its beginning.
    Begins,
    /// They are of no use; the file that is here may be.
    Wrong(&'static str),
    /// What is here is longer than the file, or another one.
    StartAgain,
    /// It is a file of another size.
    OtherSize(u64),
}

impl Head {
    /// Says what follows, when `have` bytes of `size` were here and the rest was asked for.
    pub(super) fn body(&self, have: u64, size: u64) -> Option<Body> {
        match self.status {
            200 => Some(match self.length {
                Some(length) if length != size => Body::OtherSize(length),
                Some(_) | None => Body::Begins,
            }),
            206 => Some(match self.range.as_deref().and_then(parse_range) {
                Some((_, _, Some(total))) if total != size => Body::OtherSize(total),
                Some((start, end, _)) if start == have && end < size => Body::Continues,
                Some(_) => Body::Wrong("it sent another part of the file than was asked for"),
                None => Body::Wrong("it sent a part of the file without saying which"),
            }),
            416 if have > 0 => Some(Body::StartAgain),
            416 => Some(Body::Wrong("it has no byte of the file")),
            _ => None,
        }
    }

    /// What the hub says the file is, where that is another one than `blob` of `commit`.
    pub(super) fn contradicts(&self, blob: &BlobId, commit: &str) -> Option<String> {
        let etag = self
            .announced
            .as_deref()
            .map(|it| it.trim_start_matches("W/").trim_matches('"'));
        let other_blob = etag.and_then(BlobId::new).filter(|it| {
            let same_kind = std::mem::discriminant(it) == std::mem::discriminant(blob);
            same_kind && it != blob
        });
        let other_commit = self.commit.as_deref().filter(|it| *it != commit);
        other_blob
            .map(|it| it.to_string())
            .or_else(|| other_commit.map(|it| format!("commit {it}")))
    }
}

/// Reads `bytes 0-99/100`; the total may be `*`.
fn parse_range(text: &str) -> Option<(u64, u64, Option<u64>)> {
    let (range, total) = text.strip_prefix("bytes ")?.split_once('/')?;
    let (start, end) = range.split_once('-')?;
    let number = |text: &str| text.parse::<u64>().ok();
    let (start, end) = (number(start)?, number(end)?);
    let total = if total == "*" {
        None
    } else {
        Some(number(total)?)
    };
    (start <= end).then_some((start, end, total))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn head(status: u16, range: &str, length: Option<u64>) -> Head {
        Head {
            status,
            range: (!range.is_empty()).then(|| range.to_owned()),
            length,
            ..Head::default()
        }
    }

    #[test]
    fn f02_only_the_part_that_was_asked_for_continues() {
        assert_eq!(
            head(206, "bytes 5-9/10", None).body(5, 10),
            Some(Body::Continues)
        );
        assert_eq!(
            head(206, "bytes 5-9/*", None).body(5, 10),
            Some(Body::Continues)
        );
        for range in [
            "bytes 4-9/10",
            "bytes 0-9/10",
            "bytes 5-10/10",
            "bytes 9-5/10",
            "5-9/10",
            "bytes x-9/10",
            "",
        ] {
            let body = head(206, range, None).body(5, 10).unwrap();
            assert!(matches!(body, Body::Wrong(_)), "{range}: {body:?}");
        }
        assert_eq!(
            head(206, "bytes 5-9/11", None).body(5, 10),
            Some(Body::OtherSize(11))
        );
    }

    #[test]
    fn f02_other_statuses_begin_again_or_are_errors() {
        assert_eq!(head(200, "", Some(10)).body(5, 10), Some(Body::Begins));
        assert_eq!(
            head(200, "", Some(11)).body(0, 10),
            Some(Body::OtherSize(11))
        );
        assert_eq!(head(416, "", None).body(5, 10), Some(Body::StartAgain));
        assert!(matches!(
            head(416, "", None).body(0, 10),
            Some(Body::Wrong(_))
        ));
        assert_eq!(head(404, "", None).body(0, 10), None);
    }

    #[test]
    fn f02_a_digest_that_changed_is_noticed() {
        let (one, other) = ("a".repeat(64), "b".repeat(64));
        let blob = BlobId::new(&one).unwrap();
        let says = |etag: &str, commit: Option<&str>| {
            let head = Head {
                announced: Some(etag.to_owned()),
                commit: commit.map(str::to_owned),
                ..Head::default()
            };
            head.contradicts(&blob, "c")
        };
        assert_eq!(says(&format!("\"{one}\""), Some("c")), None);
        assert_eq!(says(&format!("W/\"{other}\""), None), Some(other));
        assert_eq!(says("\"../../x\"", None), None);
        assert_eq!(
            says(&format!("\"{one}\""), Some("d")),
            Some("commit d".to_owned())
        );
    }
}
