//! What computes on the processor. Nothing here knows layers, files or tensors: slices go in and out.
//!
//! Every kernel exists for several instruction sets and in plain Rust; the plain one is what the others
//! are tested against. [`isa::level`] says which set this process uses, [`pool::run`] spreads work over
//! the cores.
// `unsafe`: vector instructions are only there once the processor was asked, and their loads and stores
// take pointers.
#![allow(unsafe_code)]

pub(crate) mod activations;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
pub(crate) mod format;
pub(crate) mod isa;
mod level;
pub(crate) mod pack;
pub(crate) mod pool;
pub(crate) mod product;
mod quantise;
mod scalar;
