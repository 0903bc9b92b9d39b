use schemars::JsonSchema;
use serde::Deserialize;

use super::super::problem::{Done, Problem};
use super::place::Place;
use super::text::{FILE_BYTES_MAX, text};
use super::{Changes, Writable};

/// Replaces one passage of a text file; the passage must occur exactly once.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Arguments {
    /// Path below the root.
    path: String,
    /// The passage as it stands.
    old: String,
    /// What replaces it.
    new: String,
    /// Replace every occurrence.
    all: Option<bool>,
}

impl Changes for Arguments {
    fn change(&self, at: &Writable<'_>) -> Done {
        let inside = at.inside(&self.path)?;
        let place = Place::find(at.root, &inside)?;
        let shown = inside.shown();
        let (changed, count) = self.edited(&text(place.open()?, &shown)?)?;
        if changed.len() as u64 > FILE_BYTES_MAX {
            return Err(Problem::failed("a text may have 16 MiB"));
        }
        place.put(changed.as_bytes())?;
        Ok(format!("replaced {count} in `{shown}`"))
    }
}

impl Arguments {
    fn edited(&self, text: &str) -> Result<(String, usize), Problem> {
        if self.old.is_empty() {
            return Err(Problem::failed(
                "`old` is empty; `fs.write` writes a whole file",
            ));
        }
        let count = text.matches(&self.old).count();
        let all = self.all.unwrap_or(false);
        match count {
            0 => Err(Problem::failed(
                "the passage is not in the file; copy it exactly, white space included",
            )),
            1 => Ok((text.replacen(&self.old, &self.new, 1), 1)),
            _ if all => Ok((text.replace(&self.old, &self.new), count)),
            _ => Err(Problem::failed(format!(
                "the passage is there {count} times; take more of its surroundings, or set `all`"
            ))),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn edited(text: &str, old: &str, all: Option<bool>) -> Result<(String, usize), Problem> {
        let (path, old, new) = (String::new(), old.to_owned(), "x".to_owned());
        Arguments {
            path,
            old,
            new,
            all,
        }
        .edited(text)
    }

    #[test]
    fn a_passage_must_be_there_once_unless_all_are_meant() {
        assert_eq!(edited("abc", "b", None), Ok(("axc".into(), 1)));
        assert_eq!(edited("bab", "b", Some(true)), Ok(("xax".into(), 2)));
        for (text, old) in [("abc", "d"), ("bab", "b"), ("abc", "")] {
            assert!(matches!(edited(text, old, None), Err(Problem::Failed(_))));
        }
    }
}
