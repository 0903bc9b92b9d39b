//! What a repository's own settings must not do: run a program, reach another machine, lead elsewhere.

/// Settings that hold whatever the repository says.
const FIXED: [(&str, &str); 24] = [
    ("core.hooksPath", "/dev/null"),
    ("core.fsmonitor", "false"),
    ("core.untrackedCache", "false"),
    ("core.sshCommand", "false"),
    ("core.gitProxy", ""),
    ("core.askPass", "false"),
    ("core.editor", "false"),
    ("core.pager", "cat"),
    ("core.attributesFile", "/dev/null"),
    ("core.excludesFile", "/dev/null"),
    ("core.protectHFS", "true"),
    ("core.protectNTFS", "true"),
    ("protocol.allow", "never"),
    ("credential.helper", ""),
    ("commit.gpgSign", "false"),
    ("tag.gpgSign", "false"),
    ("log.showSignature", "false"),
    ("gpg.program", "false"),
    ("submodule.recurse", "false"),
    ("diff.ignoreSubmodules", "all"),
    ("status.submoduleSummary", "false"),
    ("gc.auto", "0"),
    ("maintenance.auto", "false"),
    ("safe.directory", "*"),
];
/// Who a commit is by where the repository does not say.
const IDENTITY: [(&str, &str); 2] = [("user.name", "aldo"), ("user.email", "aldo@localhost")];
/// Variables of git's own: no configuration but the repository's, nobody asked, nothing fetched.
const VARIABLES: [(&str, &str); 17] = [
    ("HOME", "/nonexistent"),
    ("GIT_DIR", ".git"),
    ("GIT_WORK_TREE", "."),
    ("GIT_CONFIG_NOSYSTEM", "1"),
    ("GIT_CONFIG_SYSTEM", "/dev/null"),
    ("GIT_CONFIG_GLOBAL", "/dev/null"),
    ("GIT_ATTR_NOSYSTEM", "1"),
    ("GIT_TERMINAL_PROMPT", "0"),
    ("GIT_ASKPASS", "false"),
    ("GIT_SSH_COMMAND", "false"),
    ("GIT_EDITOR", "false"),
    ("GIT_ALLOW_PROTOCOL", ""),
    ("GIT_PROTOCOL_FROM_USER", "0"),
    ("GIT_NO_LAZY_FETCH", "1"),
    ("GIT_NO_REPLACE_OBJECTS", "1"),
    ("GIT_OPTIONAL_LOCKS", "0"),
    ("GIT_LITERAL_PATHSPECS", "1"),
];

/// Returns the settings that always hold.
pub(super) fn fixed() -> Vec<(String, String)> {
    FIXED
        .map(|(key, value)| (key.to_owned(), value.to_owned()))
        .into()
}

/// Returns the settings that hold against a repository whose own settings have these `keys`.
pub(super) fn against<'a>(keys: impl Iterator<Item = &'a str>) -> Vec<(String, String)> {
    let keys: Vec<&str> = keys.filter(|key| !key.is_empty()).collect();
    let mut settings = fixed();
    for key in &keys {
        settings.extend(harmless(key).map(|value| ((*key).to_owned(), value.to_owned())));
        if let Some(driver) = filter(key) {
            settings.push((format!("filter.{driver}.required"), "false".to_owned()));
        }
    }
    let is_set = |wanted: &str| keys.iter().any(|key| key.eq_ignore_ascii_case(wanted));
    let missing = IDENTITY.iter().filter(|(key, _)| !is_set(key));
    settings.extend(missing.map(|(key, value)| ((*key).to_owned(), (*value).to_owned())));
    settings
}

/// Returns the value that makes a setting harmless which names a program; nothing for other settings.
fn harmless(key: &str) -> Option<&'static str> {
    let (section, name) = (key.split('.').next()?, key.rsplit('.').next()?);
    let (section, name) = (section.to_ascii_lowercase(), name.to_ascii_lowercase());
    match (section.as_str(), name.as_str()) {
        ("filter", "clean" | "smudge" | "process")
        | ("diff", "external" | "command" | "textconv")
        | ("trailer", "command" | "cmd")
        | ("credential", "helper") => Some(""),
        ("merge", "driver") | ("hook", "command" | "enabled") | ("gpg", "program") => Some("false"),
        _ => None,
    }
}

/// Returns the name of the filter a setting belongs to.
fn filter(key: &str) -> Option<&str> {
    let (section, rest) = key.split_once('.')?;
    let (driver, _) = rest.rsplit_once('.')?;
    section.eq_ignore_ascii_case("filter").then_some(driver)
}

/// Returns the environment that says all that; the settings in it win over the repository's own.
pub(super) fn variables(settings: &[(String, String)]) -> Vec<(String, String)> {
    let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
    let mut variables: Vec<(String, String)> = VARIABLES.iter().map(owned).collect();
    variables.push(("GIT_CONFIG_COUNT".to_owned(), settings.len().to_string()));
    for (number, (key, value)) in settings.iter().enumerate() {
        variables.push((format!("GIT_CONFIG_KEY_{number}"), key.clone()));
        variables.push((format!("GIT_CONFIG_VALUE_{number}"), value.clone()));
    }
    variables
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn g04_what_names_a_program_is_made_harmless() {
        let keys = [
            "filter.My Driver.Clean",
            "diff.x.textconv",
            "hook.a.command",
            "core.bare",
        ];
        let settings = against(keys.into_iter());
        let value = |key: &str| {
            let found = settings.iter().find(|(name, _)| name == key);
            found.map(|(_, value)| value.as_str())
        };
        assert_eq!(value("filter.My Driver.Clean"), Some(""));
        assert_eq!(value("filter.My Driver.required"), Some("false"));
        assert_eq!(value("diff.x.textconv"), Some(""));
        assert_eq!(value("hook.a.command"), Some("false"));
        assert_eq!(value("core.bare"), None);
        assert_eq!(value("user.name"), Some("aldo"));
    }

    #[test]
    fn whoever_the_repository_names_stays_the_author() {
        let settings = against(["user.name", "user.email"].into_iter());
        assert!(!settings.iter().any(|(key, _)| key.starts_with("user.")));
    }
}
