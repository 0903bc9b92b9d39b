//! The suites compiled into the binary, and the files beside them.

use super::Suite;
use super::files::Files;
use super::find::Origin;
use crate::yaml::FileError;

/// The path of a file of the rating suite, with its bytes.
macro_rules! embedded {
    ($path:literal) => {
        (
            $path,
            include_bytes!(concat!("../../../agency/eval/local-model-rating/", $path)) as &[u8],
        )
    };
}

/// The text of the rating suite.
const RATING: &str = include_str!("../../../agency/eval/local-model-rating/suite.yaml");

/// Every file beside the rating suite.
pub(super) const RATING_FILES: &[(&str, &[u8])] = &[
    embedded!("prompts/code-refactor.md"),
    embedded!("prompts/long-recall.md"),
    embedded!("prompts/needle-in-haystack.md"),
    embedded!("images/dots.png"),
    embedded!("images/triangle.png"),
];

/// Returns the names of the built-in suites.
pub(super) fn names() -> impl Iterator<Item = &'static str> {
    [super::ROUTING_SUITE].into_iter()
}

/// Returns the built-in suite called `name`.
pub(super) fn load(name: &str) -> Option<Result<Suite, FileError>> {
    (name == super::ROUTING_SUITE).then(|| {
        let path = format!("builtin:{name}");
        Suite::parse(
            RATING,
            &path,
            &Files::Embedded(RATING_FILES),
            Origin::Builtin,
        )
    })
}
