//! The JSON Schema of `aldo-ai/agent.v1`, for editors: made of the very types that read the YAML.
//!
//! It says what may stand where. Checks that need more than one key are `aldo agents validate`'s.

use std::borrow::Cow;
use std::collections::BTreeMap;

use schemars::{JsonSchema, Schema, SchemaGenerator, generate::SchemaSettings, json_schema};
use serde_json::{Value, json};

use super::check::API_VERSION;
use super::raw::{
    ClassMap, OneOrMany, RawAgent, RawClass, RawPrompt, RawPromptFile, RawTool, RawToolSection,
    RawTools, RawVariables, ToolMap,
};
use crate::capabilities::{Capability, CapabilityClass};
use crate::tools::schema;

/// What a class or a capability looks like.
const WORD: &str = "^[a-z0-9][a-z0-9._-]{0,63}$";

/// Returns the JSON Schema of a spec, in draft 2020-12.
pub fn json_schema() -> Value {
    let generator = SchemaSettings::draft2020_12().into_generator();
    let mut schema = generator.into_root_schema_for::<RawAgent>();
    schema.insert(
        "title".to_owned(),
        json!(format!("aldo agent ({API_VERSION})")),
    );
    schema.remove("description");
    let mut schema = schema.to_value();
    let properties = &mut schema["properties"];
    properties["apiVersion"]["const"] = json!(API_VERSION);
    properties["kind"]["const"] = json!("Agent");
    // One of the two ends a loop; both are an error.
    schema["not"] = json!({"required": ["composite", "iteration"]});
    schema
}

/// Describes a type that is written in one of several shapes.
macro_rules! described {
    ($type:ty, $generator:ident => $schema:expr) => {
        impl JsonSchema for $type {
            fn schema_name() -> Cow<'static, str> {
                stringify!($type).into()
            }

            fn inline_schema() -> bool {
                true
            }

            fn json_schema($generator: &mut SchemaGenerator) -> Schema {
                $schema
            }
        }
    };
}

described!(Capability, _generator => word(&Capability::KNOWN.map(|word| word.as_str().to_owned())));
described!(CapabilityClass, _generator => word(&CapabilityClass::SHIPPED.map(|word| word.as_str().to_owned())));
described!(RawClass, generator => either(
    &generator.subschema_for::<CapabilityClass>(),
    &generator.subschema_for::<ClassMap>(),
));
described!(OneOrMany, generator => either(
    &generator.subschema_for::<CapabilityClass>(),
    &generator.subschema_for::<Vec<CapabilityClass>>(),
));
described!(RawPrompt, generator => either(
    &generator.subschema_for::<String>(),
    &generator.subschema_for::<RawPromptFile>(),
));
described!(RawVariables, generator => either(
    &generator.subschema_for::<Vec<String>>(),
    &generator.subschema_for::<BTreeMap<String, Value>>(),
));
described!(RawTools, generator => either(
    &generator.subschema_for::<Vec<RawTool>>(),
    &generator.subschema_for::<RawToolSection>(),
));
described!(RawTool, generator => {
    let name = json_schema!({"type": "string", "enum": schema::names()});
    let mut named = generator.subschema_for::<ToolMap>();
    named.insert("description".to_owned(), json!("The tool by its id."));
    either(&name, &named)
});

fn either(one: &Schema, other: &Schema) -> Schema {
    json_schema!({ "anyOf": [one, other] })
}

/// A word of an open set: the known ones are suggested, others are accepted.
fn word(known: &[String]) -> Schema {
    json_schema!({
        "type": "string",
        "pattern": WORD,
        "examples": known.to_vec(),
    })
}

#[cfg(test)]
mod tests;
