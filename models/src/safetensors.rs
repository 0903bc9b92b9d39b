//! safetensors checkpoints: one file or shards with an index.
