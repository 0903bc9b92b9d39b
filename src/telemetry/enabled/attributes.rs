//! What is said of a span, under the names of OpenTelemetry's conventions for generative AI.

/// The value of an attribute.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// A text.
    Text(String),
    /// Several texts.
    Texts(Vec<String>),
    /// A count.
    Count(u64),
    /// A measure.
    Real(f64),
}

/// The attributes of a span, in the order they were set.
#[derive(Debug, Clone, PartialEq, Default)]
pub(super) struct Attributes(pub(super) Vec<(&'static str, Value)>);

impl Attributes {
    /// Begins with what is done.
    pub(super) fn of(operation: &str) -> Self {
        Self::default().text("gen_ai.operation.name", operation)
    }

    pub(super) fn text(self, key: &'static str, text: impl Into<String>) -> Self {
        self.with(key, Value::Text(text.into()))
    }

    /// Sets a text that may not be known.
    pub(super) fn known(self, key: &'static str, text: Option<impl Into<String>>) -> Self {
        match text {
            Some(text) => self.text(key, text),
            None => self,
        }
    }

    pub(super) fn texts(self, key: &'static str, texts: Vec<String>) -> Self {
        self.with(key, Value::Texts(texts))
    }

    pub(super) fn count(self, key: &'static str, count: u64) -> Self {
        self.with(key, Value::Count(count))
    }

    /// Sets a count that says something only where it is not 0.
    pub(super) fn some(self, key: &'static str, count: u64) -> Self {
        if count == 0 {
            return self;
        }
        self.count(key, count)
    }

    /// Sets a measure that says something only where it is above 0.
    pub(super) fn measure(self, key: &'static str, measure: f64) -> Self {
        if measure.is_finite() && measure > 0.0 {
            return self.with(key, Value::Real(measure));
        }
        self
    }

    fn with(mut self, key: &'static str, value: Value) -> Self {
        self.0.push((key, value));
        self
    }
}
