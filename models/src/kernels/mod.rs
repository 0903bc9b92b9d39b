//! What computes on the processor. Nothing here knows layers, files or tensors: slices go in and out.
//!
//! Every kernel exists for several instruction sets and in plain Rust; the plain one is what the others
//! are tested against. [`isa::level`] says which set this process uses, [`pool::run`] spreads work over
//! the cores.
// `unsafe`: vector instructions are only there once the processor was asked, and their loads and stores
// take pointers.
#![allow(unsafe_code)]

pub(crate) mod isa;
pub(crate) mod pool;
