//! The build without spans: nothing is heard and nothing is sent.

use crate::config::Config;
use crate::store::Listener;
use crate::ui::Ui;

/// Sends nothing.
#[derive(Debug)]
pub(crate) struct Telemetry;

impl Telemetry {
    /// Reads nothing.
    pub(crate) fn new(_: &Config) -> Self {
        Self
    }

    /// Returns where spans go, or why none are sent.
    #[allow(clippy::unused_self)] // the signature of the enabled one
    pub(crate) fn described(&self) -> Result<String, String> {
        Err("this build leaves it out (cargo feature `otel`)".to_owned())
    }

    /// Returns what hears the store: nobody.
    #[allow(clippy::unused_self)] // the signature of the enabled one
    pub(crate) fn listener(&self) -> Option<Listener> {
        None
    }

    /// Returns the port of this machine that spans need: none.
    #[allow(clippy::unused_self)] // the signature of the enabled one
    pub(crate) fn loopback_port(&self) -> Option<u16> {
        None
    }

    /// Does nothing: nothing is sent as it is.
    #[allow(clippy::unused_self)] // the signature of the enabled one
    pub(crate) fn close(&self) {}

    /// Does nothing: nothing is left to be sent.
    #[allow(clippy::unused_self)] // the signature of the enabled one
    pub(crate) fn conclude(&self, _: &Ui) {}
}
