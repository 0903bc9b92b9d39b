use std::io::{self, Write};

use cap_std::fs::{Dir, File, Metadata, OpenOptions, OpenOptionsExt};
use rustix::fs::{OFlags, RenameFlags, renameat_with};
use uuid::Uuid;

use super::super::problem::Problem;
use super::super::root::Root;
use super::inside::Inside;

/// A name in a folder that was reached without following a link.
#[derive(Debug)]
pub(crate) struct Place {
    parent: Dir,
    name: String,
    shown: String,
}

impl Place {
    /// Goes to the folder that `inside` names its last name in.
    pub(crate) fn find(root: &Root, inside: &Inside) -> Result<Self, Problem> {
        Self::reach(root, inside, |_, _| Ok(()))
    }

    /// Goes there, making the folders that are missing.
    pub(crate) fn find_or_make(root: &Root, inside: &Inside) -> Result<Self, Problem> {
        Self::reach(root, inside, make_folder)
    }

    fn reach(
        root: &Root,
        inside: &Inside,
        before: impl Fn(&Dir, &str) -> io::Result<()>,
    ) -> Result<Self, Problem> {
        let names = inside.names();
        let Some((name, above)) = names.split_last() else {
            return Err(Problem::failed(
                "`.` is the folder itself; name something in it",
            ));
        };
        let mut parent = root
            .dir()
            .try_clone()
            .map_err(|error| Problem::of_io(".", &error))?;
        let mut shown = Inside::default();
        for name in above {
            shown = shown.child(name);
            let opened = before(&parent, name).and_then(|()| folder(&parent, name));
            parent = opened.map_err(|error| Problem::of_io(&shown.shown(), &error))?;
        }
        Ok(Self {
            parent,
            name: name.clone(),
            shown: inside.shown(),
        })
    }

    /// What is there, links not followed; nothing where nothing is.
    pub(crate) fn metadata(&self) -> Result<Option<Metadata>, Problem> {
        match self.parent.symlink_metadata(&self.name) {
            Ok(metadata) => Ok(Some(metadata)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(self.problem(&error)),
        }
    }

    /// Opens the file, links not followed.
    pub(crate) fn open(&self) -> Result<File, Problem> {
        open(&self.parent, &self.name, OFlags::NOFOLLOW).map_err(|error| self.problem(&error))
    }

    /// Puts a file there, in one step; what was there before is replaced, whatever other names it has.
    pub(crate) fn put(&self, content: &[u8]) -> Result<(), Problem> {
        let before = self.metadata()?;
        if let Some(metadata) = &before {
            self.is_replaceable(metadata)?;
        }
        let temporary = format!(".aldo-{}.tmp", Uuid::now_v7().simple());
        let written = self.write(&temporary, content, before.as_ref());
        let moved = written.and_then(|()| self.parent.rename(&temporary, &self.parent, &self.name));
        moved.map_err(|error| {
            let _ = self.parent.remove_file(&temporary);
            self.problem(&error)
        })
    }

    fn is_replaceable(&self, metadata: &Metadata) -> Result<(), Problem> {
        let shown = self.shown.escape_debug();
        if metadata.is_file() {
            return Ok(());
        }
        if metadata.is_dir() {
            return Err(Problem::failed(format!("`{shown}` is a folder")));
        }
        let what = if metadata.is_symlink() {
            "a link"
        } else {
            "no regular file"
        };
        Err(Problem::refused(format!("`{shown}` is {what}")))
    }

    fn write(&self, name: &str, content: &[u8], before: Option<&Metadata>) -> io::Result<()> {
        let mut options = OpenOptions::new();
        let mut file = self
            .parent
            .open_with(name, options.write(true).create_new(true))?;
        file.write_all(content)?;
        match before {
            Some(before) => file.set_permissions(before.permissions()),
            None => Ok(()),
        }
    }

    /// Makes a folder there.
    pub(crate) fn make_folder(&self) -> Result<(), Problem> {
        let made = make_folder(&self.parent, &self.name);
        made.and_then(|()| folder(&self.parent, &self.name).map(drop))
            .map_err(|error| self.problem(&error))
    }

    /// Removes the file, the link itself, or the empty folder there.
    pub(crate) fn remove(&self) -> Result<(), Problem> {
        let metadata = self.metadata()?;
        let is_folder = metadata.is_some_and(|metadata| metadata.is_dir());
        let removed = if is_folder {
            self.parent.remove_dir(&self.name)
        } else {
            self.parent.remove_file(&self.name)
        };
        removed.map_err(|error| self.problem(&error))
    }

    /// Moves what is there to `to`, where nothing may be.
    pub(crate) fn move_to(&self, to: &Self) -> Result<(), Problem> {
        let flags = RenameFlags::NOREPLACE;
        let moved = renameat_with(&self.parent, &self.name, &to.parent, &to.name, flags);
        moved.map_err(|error| {
            let error = io::Error::from(error);
            match error.kind() {
                io::ErrorKind::AlreadyExists => to.problem(&error),
                _ => self.problem(&error),
            }
        })
    }

    fn problem(&self, error: &io::Error) -> Problem {
        Problem::of_io(&self.shown, error)
    }
}

/// Opens a folder by one name, not through a link.
pub(super) fn folder(parent: &Dir, name: &str) -> io::Result<Dir> {
    let file = open(parent, name, OFlags::NOFOLLOW | OFlags::DIRECTORY)?;
    Ok(Dir::from_std_file(file.into_std()))
}

/// Opens for reading; a pipe or a device does not hold the program up.
pub(super) fn open(
    parent: &Dir,
    path: impl AsRef<std::path::Path>,
    flags: OFlags,
) -> io::Result<File> {
    let flags = flags | OFlags::NONBLOCK | OFlags::NOCTTY;
    let mut options = OpenOptions::new();
    options.read(true).custom_flags(flags.bits() as i32);
    parent.open_with(path, &options)
}

fn make_folder(parent: &Dir, name: &str) -> io::Result<()> {
    match parent.create_dir(name) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists => Ok(()),
        made => made,
    }
}
