//! Checkpoints for tests, written from nothing. Not part of the crate's interface.
