//! What computes on the processor. Nothing here knows layers, files or tensors: slices go in and out.
#![allow(unsafe_code)]

pub(crate) mod attention;
pub(crate) mod isa;
pub(crate) mod lanes;
pub(crate) mod math;
pub(crate) mod pages;
pub(crate) mod pool;
mod shared;
