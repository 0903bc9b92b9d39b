//! The processor's features that matter to a model, one file for each kind of processor.

#[cfg_attr(target_arch = "x86_64", path = "features/x86_64.rs")]
#[cfg_attr(target_arch = "aarch64", path = "features/aarch64.rs")]
#[cfg_attr(
    not(any(target_arch = "x86_64", target_arch = "aarch64")),
    path = "features/other.rs"
)]
mod arch;

/// Returns the names of those this processor has.
pub(super) fn found() -> impl Iterator<Item = &'static str> {
    let all = arch::all().into_iter();
    all.filter_map(|(name, has)| has.then_some(name))
}
