//! The names of weights: GGUF's are canonical, Hugging Face's are translated to them.
