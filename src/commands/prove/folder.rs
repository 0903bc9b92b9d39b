//! A home and a project of the proof's own, removed afterwards.

use std::fs;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use uuid::Uuid;

use super::network::NEIGHBOUR;
use super::unavailable;
use crate::failure::Failure;

/// A folder nobody else can read.
pub(super) struct Folder {
    root: PathBuf,
    /// What must not arrive anywhere: part of every prompt.
    pub(super) secret: String,
}

impl Folder {
    /// Makes it, with agents and catalogues in it.
    pub(super) fn make() -> Result<Self, Failure> {
        let id = Uuid::now_v7();
        let folder = Self {
            root: std::env::temp_dir().join(format!("aldo-proof-{id}")),
            secret: format!("canary{}", id.simple()),
        };
        let mut builder = fs::DirBuilder::new();
        builder.recursive(true).mode(0o700);
        builder.create(folder.home()).map_err(failed)?;
        builder
            .create(folder.project().join("agents"))
            .map_err(failed)?;
        for (name, tier, class) in AGENTS {
            let path = folder.project().join("agents").join(name);
            let spec = agent(name, tier, class);
            fs::write(path.with_extension("yaml"), spec).map_err(failed)?;
            fs::write(path.with_extension("md"), "Keep it to yourself.\n").map_err(failed)?;
        }
        for (name, locality) in [("liar", "local"), ("cluster", "on-prem")] {
            let path = folder.project().join(name).with_extension("yaml");
            fs::write(path, catalogue(locality)).map_err(failed)?;
        }
        let servers = format!("nameserver {NEIGHBOUR}\n");
        fs::write(folder.resolver(), servers).map_err(failed)?;
        Ok(folder)
    }

    /// The user's home and everything aldo keeps.
    pub(super) fn home(&self) -> PathBuf {
        self.root.join("home")
    }

    /// The working folder.
    pub(super) fn project(&self) -> PathBuf {
        self.root.join("project")
    }

    /// The list of name servers: the trap.
    pub(super) fn resolver(&self) -> PathBuf {
        self.root.join("resolv.conf")
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = fs::remove_dir_all(Path::new(&self.root));
    }
}

/// Name, tier and class.
const AGENTS: [(&str, &str, &str); 4] = [
    ("vault", "sensitive", "local-reasoning"),
    ("vault-large", "sensitive", "reasoning-large"),
    ("vault-far", "sensitive", "proof"),
    ("memo-far", "internal", "proof"),
];

fn agent(name: &str, tier: &str, class: &str) -> String {
    format!(
        "apiVersion: aldo-ai/agent.v1\nname: {name}\nversion: 1.0.0\ndescription: Part of a proof.\n\
         privacy_tier: {tier}\nmodel_policy:\n  capability_class: {class}\nprompt:\n  system_file: {name}.md\n"
    )
}

/// A model at a neighbour's address, which is local only by its own word.
fn catalogue(locality: &str) -> String {
    format!(
        "apiVersion: aldo/models.v1\nkind: ModelCatalog\nmodels:\n  - id: far\n    provider: acme\n    \
         locality: {locality}\n    capabilityClass: proof\n    provides: [streaming]\n    \
         privacyAllowed: [public, internal, sensitive]\n    effectiveContextTokens: 8192\n    \
         cost: {{usdPerMtokIn: 0, usdPerMtokOut: 0}}\n    providerConfig: {{baseUrl: \"http://{NEIGHBOUR}:8080\"}}\n"
    )
}

fn failed(error: std::io::Error) -> Failure {
    unavailable("the folder of the proof cannot be made").because(error)
}
