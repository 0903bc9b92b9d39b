#![allow(clippy::unwrap_used)]

use std::fs;

use tempfile::TempDir;

use super::*;

/// A project and a user's folder, both empty.
struct Places {
    root: TempDir,
}

impl Places {
    fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    fn agents(&self) -> Agents {
        Agents {
            project: self.root.path().join("project"),
            user: Some(self.root.path().join("user")),
            default_tier: PrivacyTier::Internal,
        }
    }

    /// Writes a spec at `path` below the root.
    fn write(&self, path: &str, name: &str, rest: &str) {
        let path = self.root.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        let text = format!(
            "apiVersion: aldo-ai/agent.v1\nname: {name}\nmodel_policy: {{capability_class: fast-draft}}\n{rest}\n"
        );
        fs::write(path, text).unwrap();
    }

    fn find(&self, name: &str) -> Found {
        self.agents().find(name).unwrap()
    }
}

#[test]
fn the_builtin_agency_answers_when_no_folder_has_the_name() {
    let found = Places::new().find("hello");
    assert_eq!(found.origin, Origin::Builtin);
    assert_eq!(found.path, "builtin:hello");
    assert_eq!(found.warnings, Vec::<String>::new());
}

#[test]
fn agents_comes_before_agency_before_the_users_folder_before_the_binary() {
    let places = Places::new();
    places.write("user/hello.yaml", "hello", "");
    assert_eq!(places.find("hello").origin, Origin::User);
    places.write("project/agency/support/deep/hello.yaml", "hello", "");
    assert!(
        places
            .find("hello")
            .path
            .ends_with("agency/support/deep/hello.yaml")
    );
    places.write("project/agents/hello.yml", "hello", "");
    let found = places.find("hello");
    assert!(found.path.ends_with("agents/hello.yml"));
    assert_eq!(found.origin, Origin::Project);
}

#[test]
fn listing_and_finding_agree() {
    let places = Places::new();
    for path in [
        "agency/a/x.yaml",
        "agency/b/x.yaml",
        "agents/y.yaml",
        "agents/y.yml",
        "agency/y.yaml",
    ] {
        places.write(
            &format!("project/{path}"),
            path.rsplit(['/', '.']).nth(1).unwrap(),
            "",
        );
    }
    places.write("user/z.yaml", "z", "");
    places.write("project/agency/eval/suite.yaml", "suite", "");
    let rows = places.agents().list();
    let names: Vec<&str> = rows.iter().map(|row| row.name.as_str()).collect();
    let builtin = super::builtin::names();
    let theirs: Vec<&str> = names.iter().copied().filter(|name| name.len() == 1).collect();
    assert_eq!(theirs, ["x", "y", "z"]);
    assert_eq!(names.len(), builtin.count() + theirs.len());
    assert!(names.is_sorted());
    for row in rows {
        let found = row.found.unwrap();
        assert_eq!(
            (row.path, row.origin),
            (found.path, found.origin),
            "{}",
            row.name
        );
    }
    assert!(places.find("x").path.ends_with("agency/a/x.yaml"));
    assert!(places.find("y").path.ends_with("agents/y.yaml"));
}

#[test]
fn a_wrong_spec_is_a_row_of_the_list_and_an_error_of_find() {
    let places = Places::new();
    places.write("project/agents/bad.yaml", "bad", "oops: 1");
    let rows = places.agents().list();
    let bad = rows.iter().find(|row| row.name == "bad").unwrap();
    assert!(
        bad.found
            .as_ref()
            .unwrap_err()
            .to_string()
            .contains("unknown key `oops`")
    );
    assert!(places.agents().find("bad").is_err());
}

#[test]
fn an_unknown_agent_is_named_with_the_nearest() {
    let error = Places::new().agents().find("helo").unwrap_err();
    assert_eq!(error.to_string(), "no agent named `helo`");
    let AgentError::Unknown { nearest, .. } = error else {
        panic!("{error:?}")
    };
    assert_eq!(nearest.as_deref(), Some("hello"));
    for name in ["", "..", "Hello", "a b", "\u{1b}[2J"] {
        let error = Places::new().agents().find(name).unwrap_err();
        assert!(!error.to_string().contains('\u{1b}'), "{error}");
    }
}

#[test]
fn a_path_is_read_as_it_is_and_may_loosen() {
    let places = Places::new();
    places.write("elsewhere/open.yaml", "other-name", "privacy_tier: public");
    let path = places.root.path().join("elsewhere/open.yaml");
    let found = places.find(path.to_str().unwrap());
    assert_eq!(found.origin, Origin::Named);
    assert_eq!(found.spec.tier(), PrivacyTier::Public);
    assert_eq!(found.spec.name(), "other-name");
}

#[test]
fn a_file_called_after_another_agent_is_refused() {
    let places = Places::new();
    places.write("project/agents/hello.yaml", "evil", "");
    let error = places.agents().find("hello").unwrap_err().to_string();
    assert!(
        error.ends_with("hello.yaml` holds the agent `evil`"),
        "{error}"
    );
}

#[test]
fn r05_a_project_agent_with_the_name_of_a_users_runs_at_the_higher_tier() {
    let places = Places::new();
    places.write("user/mine.yaml", "mine", "privacy_tier: sensitive");
    places.write("project/agents/mine.yaml", "mine", "privacy_tier: internal");
    let found = places.find("mine");
    assert_eq!(found.origin, Origin::Project);
    assert_eq!(found.spec.tier(), PrivacyTier::Sensitive);
    assert_eq!(found.warnings.len(), 1);
    let warning = &found.warnings[0];
    assert!(
        warning.contains("`privacy_tier: internal` is ignored"),
        "{warning}"
    );
    assert!(warning.contains("agents/mine.yaml"), "{warning}");
}

#[test]
fn r05_a_project_agent_with_the_name_of_a_sensitive_builtin_one_is_sensitive() {
    let places = Places::new();
    places.write(
        "project/agency/confidant.yaml",
        "confidant",
        "privacy_tier: public",
    );
    assert_eq!(places.find("confidant").spec.tier(), PrivacyTier::Sensitive);
}

#[test]
fn r05_a_project_agent_keeps_its_own_tier_when_that_is_higher() {
    let places = Places::new();
    places.write("user/mine.yaml", "mine", "privacy_tier: public");
    places.write(
        "project/agents/mine.yaml",
        "mine",
        "privacy_tier: sensitive",
    );
    let found = places.find("mine");
    assert_eq!(found.spec.tier(), PrivacyTier::Sensitive);
    assert_eq!(found.warnings, Vec::<String>::new());
}

#[test]
fn r05_a_project_agent_may_not_go_below_the_default_tier_and_a_users_may() {
    let places = Places::new();
    places.write("project/agents/open.yaml", "open", "privacy_tier: public");
    assert_eq!(places.find("open").spec.tier(), PrivacyTier::Internal);
    places.write("user/mine.yaml", "mine", "privacy_tier: public");
    assert_eq!(places.find("mine").spec.tier(), PrivacyTier::Public);
}

#[test]
fn r05_a_users_agent_that_cannot_be_read_blocks_the_projects_of_its_name() {
    let places = Places::new();
    places.write("user/mine.yaml", "mine", "privacy_teir: sensitive");
    places.write("project/agents/mine.yaml", "mine", "privacy_tier: internal");
    let error = places.agents().find("mine").unwrap_err().to_string();
    assert!(error.contains("user/mine.yaml"), "{error}");
}

#[test]
fn r05_a_project_agent_may_not_wave_approvals() {
    let places = Places::new();
    let tools =
        "tools: {native: [fs.read, fs.write], approvals: {fs.write: never, fs.read: always}}";
    places.write("project/agents/quick.yaml", "quick", tools);
    let found = places.find("quick");
    assert_eq!(
        found.spec.tools.approvals.keys().collect::<Vec<_>>(),
        ["fs.read"]
    );
    assert!(found.warnings[0].contains("`fs.write: never` is ignored"));
}

#[cfg(unix)]
#[test]
fn r05_links_of_a_project_that_lead_out_are_not_followed() {
    let places = Places::new();
    places.write("outside/agency/secret.yaml", "secret", "");
    fs::create_dir_all(places.root.path().join("project/agents")).unwrap();
    let link = |from: &str, to: &str| {
        let root = places.root.path();
        std::os::unix::fs::symlink(root.join(from), root.join(to)).unwrap();
    };
    link("outside/agency/secret.yaml", "project/agents/secret.yaml");
    link("outside/agency", "project/agency");
    assert!(places.agents().find("secret").is_err());
    assert!(
        places
            .agents()
            .list()
            .iter()
            .all(|row| row.name != "secret")
    );
}

#[test]
fn a_project_that_is_not_there_has_no_agents() {
    let agents = Agents {
        project: PathBuf::from("/nonexistent/project"),
        user: None,
        default_tier: PrivacyTier::Internal,
    };
    assert_eq!(agents.list().len(), super::builtin::names().count());
}
