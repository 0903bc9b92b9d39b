//! A checkpoint on disk to the next token: readers, tokenizers, templates, architectures, sampling.
//!
//! Nothing here knows agents or privacy tiers, and nothing but `hub` knows HTTP. Every file that comes
//! from outside is read by code of this crate with limits of its own, and reaches the tensor library
//! only when it was checked.

mod arch;
mod batch;
mod bounded;
mod bundle;
mod cache;
mod checkpoint;
mod companions;
mod config;
mod decoder;
mod detokenizer;
mod device;
mod dialect;
mod error;
mod escape;
mod folder;
#[doc(hidden)]
pub mod fuzz;
mod gguf;
mod grammar;
mod hub;
mod kernels;
mod layers;
mod mapping;
mod names;
mod nano;
mod offline;
mod pass;
mod quantize;
mod safetensors;
mod sampling;
mod template;
#[doc(hidden)]
pub mod test_support;
mod tokenizer;
mod weights;

pub use batch::{Batch, Logits, Span};
pub use bundle::{
    BundleError, BundleFile, BundleManifest, BundleProgress, BundleSource, Imported, export_bundle,
    import_bundle,
};
pub use cache::Cache;
pub use checkpoint::{Checkpoint, Facts, Format, TemplateFacts};
pub use config::{
    Architecture, ExpertsConfig, LayerKind, LinearAttentionConfig, LongRope, ModelConfig,
    OtherArchitecture, OtherConfig, RopeConfig, RopeLayout, RopeScaling, Scoring, ValueOrder,
};
pub use decoder::{Decoder, LoadProgress};
pub use detokenizer::Detokenizer;
pub use device::{DeviceChoice, pick, set_threads, threads};
pub use dialect::{CallMarkup, Dialect, DialectParser, Piece, Reading, ReasoningMarkup, Tool};
pub use error::ModelError;
pub use escape::{shown, shown_up_to};
pub use gguf::{
    Gguf, Metadata, MetadataValue, NumberList, StringList, TensorInfo, TensorKind, TextList,
};
pub use grammar::{Grammars, Guide, Plan, ResponseFormat, Rules, TokenSet, check_schema};
pub use hub::{
    BlobId, Choice, FileName, Found, HUB_BUILT, Hub, HubAddress, HubCache, HubError, HubFile,
    HubOptions, Listing, Origin, Patience, PullProgress, Pulled, Removed, RepositoryId, Revision,
    Token, TokenPlace, Unfinished, Wanted,
};
pub use kernels::attention::CacheElement;
pub use kernels::isa::{CpuLevel, level as cpu_level};
pub use offline::{go_offline, is_offline};
pub use quantize::Quantize;
pub use sampling::{Sampler, Sampling};
pub use template::{
    ChatTemplate, Conversation, Isolate, Jinja, Rendered, Renderer, isolate_templates,
};
pub use tokenizer::{Tokenizer, TokenizerSummary};
pub use weights::Weights;
