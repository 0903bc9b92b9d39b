use crate::ToolSpec;

/// The longest name of a tool that the strictest services take.
const NAME_CHARS_MAX: usize = 64;

/// Names of tools here and on the wire.
#[derive(Debug, Clone, Default)]
pub(crate) struct ToolNames {
    /// Here, and on the wire; only pairs that differ.
    changed: Vec<(String, String)>,
}

impl ToolNames {
    /// Leaves every name as it is.
    pub(crate) fn as_they_are() -> Self {
        Self::default()
    }

    /// Replaces what services refuse by `_`, so that `fs.read` is `fs_read` on the wire. Names that
    /// would then be equal get a number.
    pub(crate) fn strict(tools: &[ToolSpec]) -> Self {
        let mut taken: Vec<String> = Vec::new();
        let mut changed = Vec::new();
        for tool in tools {
            let allowed = |c: char| c.is_ascii_alphanumeric() || c == '_' || c == '-';
            let plain = tool.name.chars().take(NAME_CHARS_MAX);
            let plain: String = plain.map(|c| if allowed(c) { c } else { '_' }).collect();
            let mut wire = plain.clone();
            let mut number = 2;
            while taken.contains(&wire) {
                let cut = plain.len().min(NAME_CHARS_MAX - 4);
                wire = format!("{}_{number}", &plain[..cut]);
                number += 1;
            }
            if wire != tool.name {
                changed.push((tool.name.clone(), wire.clone()));
            }
            taken.push(wire);
        }
        Self { changed }
    }

    /// The name to send.
    pub(crate) fn on_the_wire<'a>(&'a self, name: &'a str) -> &'a str {
        let found = self.changed.iter().find(|(here, _)| here == name);
        found.map_or(name, |(_, wire)| wire)
    }

    /// The name that was meant.
    pub(crate) fn here(&self, name: String) -> String {
        let found = self.changed.iter().find(|(_, wire)| *wire == name);
        found.map_or(name, |(here, _)| here.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dots_become_underscores_and_come_back() {
        let tool = |name: &str| ToolSpec {
            name: name.to_owned(),
            description: String::new(),
            parameters: serde_json::json!({}),
        };
        let tools = [
            tool("fs.read"),
            tool("fs_read"),
            tool("ask"),
            tool("fs:read"),
        ];
        let names = ToolNames::strict(&tools);
        let wire: Vec<&str> = tools
            .iter()
            .map(|tool| names.on_the_wire(&tool.name))
            .collect();
        assert_eq!(wire, ["fs_read", "fs_read_2", "ask", "fs_read_3"]);
        for tool in &tools {
            assert_eq!(
                names.here(names.on_the_wire(&tool.name).to_owned()),
                tool.name
            );
        }
        assert_eq!(names.here("unknown".to_owned()), "unknown");
        assert_eq!(ToolNames::as_they_are().on_the_wire("fs.read"), "fs.read");
    }
}
