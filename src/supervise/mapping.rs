//! What an agent of a tree is given: the usual, or what its `input_map` says.

use serde_json::{Map, Value, json};

use super::crew::{Child, Member};

/// What stands between the names of a path into JSON.
const SEPARATOR: char = '.';

/// What agents of one supervisor can be given: its inputs, and what others have written.
#[derive(Debug, Clone, PartialEq)]
pub(crate) struct Scope {
    inputs: Map<String, Value>,
    /// What the first agents are given where nothing is mapped.
    first: Value,
    /// Names that outputs go by, with the text of those that are there.
    outputs: Vec<(String, Option<String>)>,
}

impl Scope {
    /// Makes one of a supervisor's inputs. Of `names`, none has written anything yet.
    pub(crate) fn new(inputs: Map<String, Value>, names: impl IntoIterator<Item = String>) -> Self {
        Self {
            first: Value::Object(inputs.clone()),
            inputs,
            outputs: names.into_iter().map(|name| (name, None)).collect(),
        }
    }

    /// Adds what the supervisor itself said first: it is what the first agents are given.
    pub(crate) fn said(&mut self, name: &str, text: &str) {
        self.first = task(text);
        self.note(name, text);
    }

    /// Adds what an agent wrote, in place of what it wrote before.
    pub(crate) fn note(&mut self, name: &str, text: &str) {
        self.outputs.retain(|(known, _)| known != name);
        self.outputs.push((name.to_owned(), Some(text.to_owned())));
    }

    /// Returns the inputs of `child`; `previous` is what it goes on with where nothing is mapped.
    ///
    /// # Errors
    /// A sentence that names what is missing.
    pub(super) fn inputs_of(&self, child: &Child, previous: Option<&str>) -> Result<Value, String> {
        if child.input_map.is_empty() {
            return Ok(previous.map_or_else(|| self.first.clone(), task));
        }
        let mut inputs = Map::new();
        for (name, source) in &child.input_map {
            let found = self.find(source);
            let found = found.map_err(|reason| {
                format!("`{}` cannot be given `{name}`: {reason}", child.alias)
            })?;
            if let Some(value) = found {
                inputs.insert(name.clone(), value);
            }
        }
        Ok(Value::Object(inputs))
    }

    /// Returns what joins outputs: the inputs, and each output under its name.
    pub(super) fn everything(&self) -> Value {
        let mut all = self.inputs.clone();
        for (name, text) in &self.outputs {
            if let Some(text) = text {
                all.insert(name.clone(), json!(text));
            }
        }
        Value::Object(all)
    }

    /// Returns what `supervisor` and its agents wrote, each under its name; alone, as it is.
    pub(super) fn sections(&self, supervisor: &Member) -> String {
        let names = std::iter::once(supervisor.name());
        let names = names.chain(supervisor.children.iter().map(|child| child.alias.as_str()));
        let written = names.filter_map(|name| {
            let (_, text) = self.outputs.iter().find(|(known, _)| known == name)?;
            Some((name, text.as_deref()?))
        });
        match written.collect::<Vec<_>>().as_slice() {
            [(_, text)] => (*text).to_owned(),
            all => {
                let sections = all
                    .iter()
                    .map(|(name, text)| format!("## {name}\n\n{}", text.trim()));
                sections.collect::<Vec<_>>().join("\n\n")
            }
        }
    }

    /// Finds what `source` names; nothing where it is an output that is not there yet.
    fn find(&self, source: &str) -> Result<Option<Value>, String> {
        let name = head(source);
        let rest = source.get(name.len() + 1..);
        let value = match self.outputs.iter().find(|(known, _)| known == name) {
            Some((_, None)) => return Ok(None),
            Some((_, Some(text))) => match rest {
                Some(_) => serde_json::from_str(text)
                    .map_err(|_| format!("what `{name}` wrote is not JSON"))?,
                None => json!(text),
            },
            None => match self.inputs.get(name) {
                Some(value) => value.clone(),
                None => return Err(format!("there is no input and no output `{name}`")),
            },
        };
        let Some(rest) = rest else {
            return Ok(Some(value));
        };
        let found = rest
            .split(SEPARATOR)
            .try_fold(&value, |at, key| at.get(key));
        let found = found.ok_or_else(|| format!("`{name}` has no `{rest}`"))?;
        Ok(Some(found.clone()))
    }
}

/// Returns the name a source begins with: an output's or an input's.
pub(super) fn head(source: &str) -> &str {
    source.split(SEPARATOR).next().unwrap_or(source)
}

fn task(text: &str) -> Value {
    json!({ "task": text })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::super::crew::tests::child;
    use super::*;

    fn scope() -> Scope {
        let inputs = json!({"brief": "b", "limits": {"lines": 9}});
        let names = ["design", "review"].map(str::to_owned);
        Scope::new(inputs.as_object().unwrap().clone(), names)
    }

    fn mapped(scope: &Scope, pairs: &[(&str, &str)]) -> Result<Value, String> {
        scope.inputs_of(&child("plan", pairs), Some("before"))
    }

    #[test]
    fn without_a_map_an_agent_goes_on_with_what_was_written_last() {
        let mut scope = scope();
        let plain = child("plan", &[]);
        let inputs = json!({"brief": "b", "limits": {"lines": 9}});
        assert_eq!(scope.inputs_of(&plain, None).unwrap(), inputs);
        assert_eq!(
            scope.inputs_of(&plain, Some("text")).unwrap(),
            json!({"task": "text"})
        );
        scope.said("lead", "do this");
        assert_eq!(
            scope.inputs_of(&plain, None).unwrap(),
            json!({"task": "do this"})
        );
    }

    #[test]
    fn a_map_names_inputs_outputs_and_what_is_inside_them() {
        let mut scope = scope();
        scope.note("design", r#"{"parts": ["a", "b"]}"#);
        let map = [
            ("why", "brief"),
            ("most", "limits.lines"),
            ("parts", "design.parts"),
            ("all", "design"),
        ];
        assert_eq!(
            mapped(&scope, &map).unwrap(),
            json!({
                "why": "b", "most": 9, "parts": ["a", "b"], "all": "{\"parts\": [\"a\", \"b\"]}",
            })
        );
    }

    #[test]
    fn an_output_that_is_not_there_yet_is_left_out_and_an_unknown_name_is_an_error() {
        let mut scope = scope();
        let map = [("why", "brief"), ("notes", "review")];
        assert_eq!(mapped(&scope, &map).unwrap(), json!({"why": "b"}));
        for (source, reason) in [
            ("breif", "there is no input and no output `breif`"),
            ("limits.words", "`limits` has no `words`"),
            ("design.parts", "what `design` wrote is not JSON"),
        ] {
            scope.note("design", "text");
            assert_eq!(
                mapped(&scope, &[("x", source)]).unwrap_err(),
                format!("`plan` cannot be given `x`: {reason}")
            );
        }
    }

    #[test]
    fn everything_is_the_inputs_and_the_last_output_of_each() {
        let mut scope = scope();
        scope.note("review", "first");
        scope.note("review", "second");
        assert_eq!(
            scope.everything(),
            json!({"brief": "b", "limits": {"lines": 9}, "review": "second"})
        );
    }
}
