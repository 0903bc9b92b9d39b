//! The decoder against golden checkpoints: tiny random networks made with Hugging Face transformers,
//! with the logits it computed for them (`make_golden.py` beside this file made both).

mod cache;
mod cases;
mod hostile;
mod kinds;
mod logits;
mod other;
mod page;
mod perplexity;
mod support;
