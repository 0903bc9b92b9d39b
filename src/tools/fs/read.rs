use rustix::fs::OFlags;
use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::Looks;
use super::inside::Inside;
use super::place::open;
use super::text::text;

/// How much of a file is shown at once, in bytes.
const SHOWN_BYTES_MAX: usize = 32 << 10;

/// Reads a text file.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    path: String,
    /// First line to read, from 1.
    #[schemars(range(min = 1))]
    offset: Option<usize>,
    /// How many lines to read.
    #[schemars(range(min = 1))]
    limit: Option<usize>,
}

impl Looks for Arguments {
    fn path(&self) -> &str {
        &self.path
    }

    fn look(&self, root: &Root, inside: &Inside) -> Done {
        let shown = inside.shown();
        let file = open(root.dir(), inside.path(), OFlags::empty());
        let file = file.map_err(|error| Problem::of_io(&shown, &error))?;
        self.part(&text(file, &shown)?)
    }
}

impl Arguments {
    fn part(&self, text: &str) -> Done {
        let lines: Vec<&str> = text.split_inclusive('\n').collect();
        let start = self.offset.unwrap_or(1).max(1) - 1;
        if start > 0 && start >= lines.len() {
            let count = lines.len();
            return Err(Problem::failed(format!("the file has {count} lines")));
        }
        let wanted = lines
            .iter()
            .skip(start)
            .take(self.limit.unwrap_or(usize::MAX));
        let mut part = String::new();
        let mut end = start;
        for line in wanted {
            if part.len() + line.len() > SHOWN_BYTES_MAX {
                break;
            }
            part.push_str(line);
            end += 1;
        }
        if end == start && start < lines.len() {
            let line = lines[start];
            let cut = line.floor_char_boundary(SHOWN_BYTES_MAX);
            let left_out = line.len() - cut;
            return Ok(format!(
                "{}\n[{left_out} bytes more of line {} are not shown]",
                &line[..cut],
                start + 1
            ));
        }
        if start > 0 || end < lines.len() {
            part.push_str(&note(start, end, lines.len()));
        }
        Ok(part)
    }
}

fn note(start: usize, end: usize, count: usize) -> String {
    let shown = format!("\n[lines {} to {end} of {count}", start + 1);
    if end < count {
        return format!("{shown}; go on with `offset` {}]", end + 1);
    }
    format!("{shown}]")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn part(text: &str, offset: Option<usize>, limit: Option<usize>) -> Done {
        let path = String::new();
        let arguments = Arguments {
            path,
            offset,
            limit,
        };
        arguments.part(text)
    }

    #[test]
    fn a_part_says_what_it_is_a_part_of() {
        assert_eq!(part("a\nb\n", None, None), Ok("a\nb\n".into()));
        assert_eq!(part("", None, None), Ok(String::new()));
        let expected = "b\n\n[lines 2 to 2 of 3; go on with `offset` 3]";
        assert_eq!(part("a\nb\nc", Some(2), Some(1)), Ok(expected.into()));
        assert_eq!(
            part("a\nb", Some(2), None),
            Ok("b\n[lines 2 to 2 of 2]".into())
        );
        assert_eq!(
            part("a", Some(9), None),
            Err(Problem::failed("the file has 1 lines"))
        );
    }

    #[test]
    fn a_long_file_is_cut_with_a_note() {
        let text = "0123456789\n".repeat(10_000);
        let shown = part(&text, None, None).unwrap_or_default();
        assert!(shown.len() < SHOWN_BYTES_MAX + 100);
        assert!(
            shown.ends_with("of 10000; go on with `offset` 2979]"),
            "{}",
            &shown[32_000..]
        );
        let shown = part(&"é".repeat(20_000), None, None).unwrap_or_default();
        assert!(shown.ends_with("é\n[7232 bytes more of line 1 are not shown]"));
    }
}
