//! What is heard, what may leave, and where it goes.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use aldo_backends::{Endpoint, Reach};
use jiff::Timestamp;

use crate::config::{Config, Setting, is_true};
use crate::env;
use crate::store::{Heard, Listener};
use crate::ui::Ui;

mod admission;
mod attributes;
mod content;
mod otlp_wire;
mod sender;
mod span;
mod traces;

use admission::{Admission, Withheld};
use sender::Sender;
use span::SpanId;
use traces::Traces;

/// Spans of the runs of this process, on their way to a collector.
#[derive(Debug)]
pub(crate) struct Telemetry {
    exporter: Result<Arc<Exporter>, Off>,
}

/// Why nothing is sent.
#[derive(Debug)]
enum Off {
    /// Nobody asks for it, in this sentence.
    Unasked(&'static str),
    /// The endpoint that is set cannot be used.
    Unusable(String),
}

#[derive(Debug)]
struct Exporter {
    admission: Admission,
    traces: Mutex<Traces>,
    sender: Sender,
    /// Whether the kernel lets nothing out any more.
    closed: AtomicBool,
    /// Why spans of a run were not sent, the first time.
    withheld: OnceLock<Withheld>,
}

impl Telemetry {
    /// Reads where spans go.
    pub(crate) fn new(config: &Config) -> Self {
        let off = |off| Self { exporter: Err(off) };
        let Some(setting) = config.setting(&env::OTEL_ENDPOINT) else {
            return off(Off::Unasked(
                "off: `OTEL_EXPORTER_OTLP_ENDPOINT` is not set",
            ));
        };
        let says = |variable| {
            let setting = config.setting(variable);
            setting.is_some_and(|setting: &Setting| is_true(setting.value.trim()))
        };
        if says(&env::OTEL_DISABLED) {
            return off(Off::Unasked("off: `OTEL_SDK_DISABLED` is set"));
        }
        let content = says(&env::OTEL_CONTENT);
        // Names and numbers may cross the operator's network in the clear, what was said may not.
        let reach = if content {
            Reach::Internet
        } else {
            Reach::OperatorNetwork
        };
        match Endpoint::new(setting.value.trim(), reach) {
            Ok(endpoint) => Self {
                exporter: Ok(Arc::new(Exporter::new(endpoint, content))),
            },
            Err(error) => off(Off::Unusable(format!("{}: {error}", setting.origin))),
        }
    }

    /// Returns where spans go, or why none are sent.
    pub(crate) fn described(&self) -> Result<String, String> {
        match &self.exporter {
            Ok(exporter) => Ok(exporter.admission.described()),
            Err(Off::Unasked(why)) => Err((*why).to_owned()),
            Err(Off::Unusable(why)) => Err(why.clone()),
        }
    }

    /// Returns what hears the store.
    pub(crate) fn listener(&self) -> Option<Listener> {
        let exporter = Arc::clone(self.exporter.as_ref().ok()?);
        Some(Box::new(move |heard: &Heard<'_>| exporter.hear(heard)))
    }

    /// Returns the port of this machine that spans need, where the collector is here.
    pub(crate) fn loopback_port(&self) -> Option<u16> {
        self.exporter.as_ref().ok()?.admission.loopback_port()
    }

    /// Sends nothing from now on: the kernel lets nothing out of this process.
    pub(crate) fn close(&self) {
        if let Ok(exporter) = &self.exporter {
            exporter.closed.store(true, Ordering::SeqCst);
        }
    }

    /// Sends what is left, for three seconds at most, and says what was not sent.
    pub(crate) fn conclude(&self, ui: &Ui) {
        match &self.exporter {
            Ok(exporter) => exporter.conclude(ui),
            Err(Off::Unusable(why)) => ui.warn(&format!("no spans are sent: {why}")),
            Err(Off::Unasked(_)) => {}
        }
    }
}

impl Exporter {
    fn new(endpoint: Endpoint, content: bool) -> Self {
        Self {
            sender: Sender::new(endpoint.clone()),
            admission: Admission::new(endpoint, content),
            traces: Mutex::default(),
            closed: AtomicBool::new(false),
            withheld: OnceLock::new(),
        }
    }

    fn hear(&self, heard: &Heard<'_>) {
        if self.closed.load(Ordering::SeqCst) {
            // A second reason tells nothing more.
            let _ = self.withheld.set(Withheld::Sealed);
            return;
        }
        // Whoever panicked with it left whole spans behind.
        let mut traces = self.traces.lock().unwrap_or_else(PoisonError::into_inner);
        match traces.hear(heard, &self.admission, Timestamp::now(), SpanId::random) {
            Ok(spans) => {
                for span in spans {
                    self.sender.send(span);
                }
            }
            Err(withheld) => {
                let _ = self.withheld.set(withheld);
            }
        }
    }

    fn conclude(&self, ui: &Ui) {
        if let Some(withheld) = self.withheld.get() {
            ui.note(withheld.sentence());
        }
        if self.closed.load(Ordering::SeqCst) {
            return;
        }
        if let Some(lost) = self.sender.finish(sender::FINISH_MAX) {
            ui.warn(&lost);
        }
    }
}
