//! What computes on the processor. Nothing here knows layers, files or tensors: slices go in and out.
//!
//! Every kernel exists for several instruction sets and in plain Rust; the plain one is what the others
//! are tested against. [`isa::level`] says which set this process uses, [`pool::run`] spreads work over
//! the cores.
// `unsafe`: vector instructions are only there once the processor was asked, and their loads and stores
// take pointers, whose alignment they do not ask for. Kernels are compiled into functions that may use the
// instructions of a level, so everything they are made of has to be inlined. The instructions have names of
// their own, which a list of imports would only repeat.
#![allow(
    unsafe_code,
    clippy::inline_always,
    clippy::cast_ptr_alignment,
    clippy::wildcard_imports
)]

mod activations;
mod arena;
pub(crate) mod attention;
#[cfg(target_arch = "x86_64")]
mod avx2;
#[cfg(target_arch = "x86_64")]
mod avx512;
mod buffer;
mod floats;
mod format;
pub(crate) mod isa;
pub(crate) mod lanes;
mod level;
pub(crate) mod math;
pub(crate) mod native;
#[cfg(target_arch = "aarch64")]
mod neon;
mod pack;
pub(crate) mod pages;
pub(crate) mod pool;
mod product;
mod quantise;
mod scalar;
mod shared;
