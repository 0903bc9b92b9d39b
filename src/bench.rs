//! How good and how fast a model is: suites of cases, what an answer is judged by, figures that are
//! honest, and the report.
//!
//! Knows no terminal and no router. Suites, evaluators, figures and pages are pure; only `ask` talks to a
//! model.

pub mod ask;
pub mod compare;
pub mod earned;
pub mod evaluate;
pub mod honest;
pub mod html;
pub mod identity;
pub mod judge;
pub mod layers;
pub mod machine;
pub mod page_cache;
pub mod report;
pub mod report_wire;
pub mod run;
pub mod saved;
pub mod stats;
pub mod suite;
pub mod warm;
