use std::io;
use std::time::Duration;

use super::super::context::Context;
use super::super::fs::{Inside, Place, text};
use super::super::problem::{Done, Problem};
use super::super::root::Root;
use super::retention;
use crate::capabilities::PrivacyTier;

/// How long a name may be, in bytes.
const NAME_BYTES_MAX: usize = 128;
/// How many notes a scope may have.
const NOTES_MAX: usize = 1000;
/// The scope whose notes only the agent itself sees.
const PRIVATE: &str = "private";

/// The name of a note, a tenant or a scope: letters, digits, `-`, `_` and `.`, which cannot begin it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Name(String);

impl Name {
    pub(super) fn parse(text: &str) -> Result<Self, Problem> {
        let plain = |c: char| c.is_ascii_alphanumeric() || "-_.".contains(c);
        let is_fine = !text.is_empty()
            && text.len() <= NAME_BYTES_MAX
            && text.chars().all(plain)
            && !text.starts_with('.');
        if is_fine {
            return Ok(Self(text.to_owned()));
        }
        let shown: String = text.chars().take(NAME_BYTES_MAX).collect();
        Err(Problem::failed(format!(
            "`{}` is no name: expected up to {NAME_BYTES_MAX} letters, digits, `-`, `_` or `.`",
            shown.escape_debug()
        )))
    }
}

/// The notes of one scope.
#[derive(Debug)]
pub(super) struct Notes<'a> {
    root: &'a Root,
    /// The folder of the run's own tier, then those of lower ones.
    folders: Vec<Inside>,
    kept: Option<Duration>,
}

impl<'a> Notes<'a> {
    pub(super) fn of(
        root: &'a Root,
        tenant: &str,
        scope: &str,
        context: &Context,
    ) -> Result<Self, Problem> {
        let (tenant, scope) = (Name::parse(tenant)?, Name::parse(scope)?);
        let tiers = [
            PrivacyTier::Sensitive,
            PrivacyTier::Internal,
            PrivacyTier::Public,
        ];
        let tiers = tiers.into_iter().filter(|tier| *tier <= context.tier);
        let folder = |tier: PrivacyTier| {
            let scope = Inside::default()
                .child(&tenant.0)
                .child(tier.as_str())
                .child(&scope.0);
            if scope.names().last().is_some_and(|name| name == PRIVATE) {
                return scope.child(&context.agent);
            }
            scope
        };
        Ok(Self {
            root,
            folders: tiers.map(folder).collect(),
            kept: retention::of(&context.remembers.scopes)?,
        })
    }

    /// Returns the newest note of this name that the run may read.
    pub(super) fn read(&self, name: &Name) -> Done {
        for folder in &self.folders {
            let inside = folder.child(&name.0);
            let place = match Place::find(self.root, &inside) {
                Ok(place) => place,
                Err(Problem::Failed(_)) => continue,
                Err(refused) => return Err(refused),
            };
            match place.metadata()? {
                Some(metadata) if !self.is_over(&metadata) => return text(place.open()?, &name.0),
                Some(_) | None => {}
            }
        }
        Err(Problem::failed(format!("there is no note `{}`", name.0)))
    }

    pub(super) fn write(&self, name: &Name, value: &str) -> Done {
        let own = self.own()?;
        let inside = own.child(&name.0);
        let place = Place::find_or_make(self.root, &inside)?;
        if place.metadata()?.is_none() && self.names_in(own)?.len() >= NOTES_MAX {
            return Err(Problem::failed(format!(
                "the scope has {NOTES_MAX} notes already; delete some"
            )));
        }
        place.put(value.as_bytes())?;
        Ok(format!("noted `{}`", name.0))
    }

    pub(super) fn scan(&self, prefix: &str) -> Done {
        let mut names = Vec::new();
        for folder in &self.folders {
            names.extend(self.names_in(folder)?);
        }
        names.retain(|name| name.starts_with(prefix));
        names.sort_unstable();
        names.dedup();
        if names.is_empty() {
            return Ok("[no notes]".to_owned());
        }
        Ok(names.join("\n"))
    }

    /// Deletes the note of the run's own tier.
    pub(super) fn delete(&self, name: &Name) -> Done {
        let gone = || Problem::failed(format!("there is no note `{}`", name.0));
        let place = Place::find(self.root, &self.own()?.child(&name.0)).map_err(|_| gone())?;
        place.metadata()?.ok_or_else(gone)?;
        place.remove()?;
        Ok(format!("deleted `{}`", name.0))
    }

    fn own(&self) -> Result<&Inside, Problem> {
        self.folders
            .first()
            .ok_or_else(|| Problem::failed("there is no such scope"))
    }

    fn names_in(&self, folder: &Inside) -> Result<Vec<String>, Problem> {
        let entries = match self.root.dir().read_dir(folder.path()) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(Problem::of_io(&folder.shown(), &error)),
        };
        let names = entries.flatten().filter_map(|entry| {
            let name = entry.file_name().into_string().ok()?;
            let metadata = entry.metadata().ok()?;
            let is_note = metadata.is_file() && Name::parse(&name).is_ok();
            (is_note && !self.is_over(&metadata)).then_some(name)
        });
        Ok(names.collect())
    }

    /// Whether a note is older than the spec keeps it.
    fn is_over(&self, metadata: &cap_std::fs::Metadata) -> bool {
        let age = metadata
            .modified()
            .ok()
            .and_then(|time| time.into_std().elapsed().ok());
        matches!((age, self.kept), (Some(age), Some(kept)) if age > kept)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g01_a_name_is_no_path() {
        for text in [
            "",
            ".",
            "..",
            "a/b",
            "../x",
            ".hidden",
            "a\0",
            "é",
            &"x".repeat(129),
        ] {
            assert!(Name::parse(text).is_err(), "{text:?}");
        }
        assert!(Name::parse("todo-2026.md").is_ok());
    }
}
