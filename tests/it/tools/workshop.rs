//! A root with neighbours: what tools may work on, and what they must leave as it is.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use aldo::agent::Cancel;
use aldo::capabilities::PrivacyTier;
use aldo::spec::{Approval, FilesystemPermission, NetworkPermission, Permissions, Tools};
use aldo::tools::{
    Approver, Context, Guards, Launcher, MemoryRoot, Permit, Remembers, Root, Roots, ToolOutcome,
    Toolbox,
};
use serde_json::Value;
use tempfile::TempDir;

/// Stands in every file outside.
pub(crate) const SECRET: &str = "canary-outside-6161";

/// A root, its neighbours, and the tools that work in it.
pub(crate) struct Workshop {
    folder: TempDir,
    pub(crate) tier: PrivacyTier,
    pub(crate) loopback: bool,
    pub(crate) permissions: Permissions,
    pub(crate) approvals: BTreeMap<String, Approval>,
    pub(crate) approver: Approver,
    pub(crate) guards: Value,
    pub(crate) remembers: Remembers,
    pub(crate) agent: String,
    pub(crate) cancel: Cancel,
    pub(crate) environment: Vec<(String, String)>,
    pub(crate) readable: Vec<PathBuf>,
}

/// Every file and folder below a path: what it is, its permissions, and what is in it.
pub(crate) type Tree = BTreeMap<PathBuf, (u32, Vec<u8>)>;

impl Workshop {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        for name in ["proj", "proj-evil", "outside/deep", "scratch", "memory"] {
            fs::create_dir_all(folder.path().join(name)).unwrap();
        }
        for name in [
            "outside/secret",
            "outside/deep/secret",
            "proj-evil/secret",
            "secret",
        ] {
            fs::write(folder.path().join(name), SECRET).unwrap();
        }
        let permissions = Permissions {
            network: NetworkPermission::None,
            filesystem: FilesystemPermission::ReadWrite,
        };
        Self {
            folder,
            tier: PrivacyTier::Internal,
            loopback: false,
            permissions,
            approvals: BTreeMap::new(),
            approver: Approver::nobody(true),
            guards: serde_json::json!({}),
            remembers: Remembers::default(),
            agent: "worker".to_owned(),
            cancel: Cancel::new(),
            environment: vec![("PATH".to_owned(), "/usr/local/bin:/usr/bin:/bin".to_owned())],
            readable: Vec::new(),
        }
    }

    /// The folder tools work in.
    pub(crate) fn root(&self) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join("proj")
    }

    /// A path beside the root.
    pub(crate) fn beside(&self, name: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(name)
    }

    /// Writes a file below the root.
    pub(crate) fn write(&self, name: &str, content: impl AsRef<[u8]>) {
        let path = self.root().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }

    /// Reads a file below the root.
    pub(crate) fn read(&self, name: &str) -> String {
        fs::read_to_string(self.root().join(name)).unwrap()
    }

    /// All that is not below the root.
    pub(crate) fn outside(&self) -> Tree {
        let mut tree = tree(self.folder.path());
        tree.retain(|path, _| !path.starts_with("proj") && !path.starts_with("memory"));
        tree
    }

    pub(crate) fn context(&self) -> Context {
        let open = |name| Root::open(&self.beside(name)).unwrap();
        let environment = self.environment.iter();
        let environment = environment.map(|(name, value)| (name.clone(), value.into()));
        let aldo = env!("CARGO_BIN_EXE_aldo");
        Context {
            agent: self.agent.clone(),
            tier: self.tier,
            loopback: self.loopback,
            permissions: self.permissions,
            guards: Guards::of(self.guards.as_object().unwrap()).unwrap(),
            remembers: self.remembers.clone(),
            launcher: Launcher::new(aldo, environment)
                .with_scratch(self.beside("scratch"))
                .with_readable(self.readable.clone()),
            roots: Arc::new(Roots {
                files: None,
                files_writable: Some(open("proj")),
                shell: Some(open("proj")),
                git: Some(open("proj")),
                memory: Some(MemoryRoot {
                    root: open("memory"),
                    tenants: Vec::new(),
                }),
            }),
            cancel: self.cancel.clone(),
        }
    }

    /// Calls a tool as the loop does.
    pub(crate) async fn call(&self, tool: &str, arguments: Value) -> ToolOutcome {
        let tools = Tools {
            native: vec![tool.to_owned()],
            approvals: self.approvals.clone(),
            ..Tools::default()
        };
        let toolbox = Toolbox::new(&tools, Vec::new(), self.approver.clone(), self.context());
        match toolbox.permit(tool, &arguments, false).await {
            Permit::Granted(approved) => approved.run().await,
            Permit::Refused(outcome) => outcome,
        }
    }

    /// Calls a tool that must do what it is asked.
    #[track_caller]
    pub(crate) fn done(&self, tool: &str, arguments: Value) -> String {
        match self.outcome(tool, arguments) {
            ToolOutcome::Done(text) => text,
            other => panic!("{tool}: {other:?}"),
        }
    }

    /// Calls a tool.
    pub(crate) fn outcome(&self, tool: &str, arguments: Value) -> ToolOutcome {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.unwrap().block_on(self.call(tool, arguments))
    }
}

/// Whether a call was not done, and gave nothing away.
pub(crate) fn is_refused(outcome: &ToolOutcome) -> bool {
    !outcome.is_done() && !outcome.text().contains(SECRET)
}

/// Reads a tree without following links.
pub(crate) fn tree(root: &Path) -> Tree {
    let mut found = Tree::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = path.symlink_metadata().unwrap();
            let content = if metadata.is_dir() {
                folders.push(path.clone());
                Vec::new()
            } else if metadata.is_file() {
                fs::read(&path).unwrap()
            } else {
                fs::read_link(&path)
                    .unwrap_or_default()
                    .into_os_string()
                    .into_encoded_bytes()
            };
            let name = path.strip_prefix(root).unwrap().to_owned();
            found.insert(name, (metadata.mode(), content));
        }
    }
    found
}
