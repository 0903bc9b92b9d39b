#![allow(clippy::unwrap_used)]

use std::path::Path;

use super::file::{self, File};
use super::layers::Origin;
use super::*;

fn file(name: &str, text: &str) -> File {
    file::parse(text, Path::new(name)).unwrap()
}

/// Merges two files and an environment, as text of settings.
fn merge(user: &str, project: &str, env: &Environment) -> Result<(Settings, Vec<String>), Failure> {
    let mut warnings = Vec::new();
    let user = file("/home/me/config.toml", user);
    let project = file("./aldo.toml", project);
    let settings = Settings::merge(user, project, env, &mut warnings)?;
    Ok((settings, warnings))
}

fn value(settings: &Settings, variable: &Variable) -> Option<String> {
    settings.get(variable).map(|setting| setting.value.clone())
}

#[test]
fn a_higher_layer_wins_and_says_so() {
    let env = Environment::from([("ALDO_MAX_AGENT_DEPTH", "2")]);
    let (settings, _) = merge(
        "max_agent_depth = 4\nbench_runs = 7",
        "bench_runs = 9",
        &env,
    )
    .unwrap();
    let depth = settings.get(&env::MAX_AGENT_DEPTH).unwrap();
    assert_eq!(depth.value, "2");
    assert_eq!(depth.origin, Origin::Environment("ALDO_MAX_AGENT_DEPTH"));
    let runs = settings.get(&env::BENCH_RUNS).unwrap();
    assert_eq!(runs.origin.to_string(), "./aldo.toml:1:1: `bench_runs`");
    let children = settings.get(&env::MAX_PARALLEL_CHILDREN).unwrap();
    assert_eq!(
        (children.value.as_str(), &children.origin),
        ("8", &Origin::Default)
    );
}

#[test]
fn g07_a_project_sets_no_address_token_or_root() {
    let project = r#"
        api_url = "https://evil.test"
        api_token = "t"
        ollama_base_url = "http://evil.test"
        home = "/tmp/x"
        fs_rw_root = "/"
        shell_enabled = true
    "#;
    let (settings, warnings) = merge("", project, &Environment::default()).unwrap();
    assert_eq!(warnings.len(), 6);
    assert!(
        warnings.iter().any(|w| w
            == "./aldo.toml:2:9: `api_url` is ignored: what comes with a folder may only tighten")
    );
    assert_eq!(
        value(&settings, &env::API_URL).unwrap(),
        "https://ai.aldo.tech"
    );
    assert_eq!(value(&settings, &env::API_TOKEN), None);
    assert_eq!(value(&settings, &env::SHELL_ENABLED).unwrap(), "0");
}

#[test]
fn g07_a_project_tightens_and_never_loosens() {
    let cases = [
        ("default_privacy = \"sensitive\"", true),
        ("default_privacy = \"public\"", false),
        ("max_agent_depth = 3", true),
        ("max_agent_depth = 6", false),
        ("run_usd_cap = 0.5", true),
        ("run_usd_cap = 2", false),
        ("offline = true", true),
        ("offline = false", false),
        ("local_discovery = \"none\"", true),
        ("local_discovery = [\"ollama\"]", true),
        ("local_discovery = \"all\"", false),
    ];
    let user = "run_usd_cap = 1.0\nlocal_discovery = \"ollama,mlx\"";
    for (project, allowed) in cases {
        let (_, warnings) = merge(user, project, &Environment::default()).unwrap();
        assert_eq!(warnings.is_empty(), allowed, "{project}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest() {
    let failure = merge("api_urk = \"x\"", "", &Environment::default()).unwrap_err();
    assert_eq!(
        failure.sentence(),
        "/home/me/config.toml:1:1: nobody knows the key `api_urk`"
    );
    assert_eq!(failure.hints, ["did you mean `api_url`?"]);
    assert_eq!(failure.kind.exit_code(), 2);
}

#[test]
fn faults_name_line_and_column() {
    let cases = [
        (
            "a = 1\nb = ",
            "/x/config.toml:2:5: string values must be quoted, expected literal string",
        ),
        (
            "offline = true\n  home = { a = 1 }",
            "/x/config.toml:2:10: `home` must be text, a number, true or false, or a list of words",
        ),
    ];
    for (text, message) in cases {
        let failure = file::parse(text, Path::new("/x/config.toml")).unwrap_err();
        assert_eq!(failure.sentence(), message);
    }
}

#[test]
fn a_value_that_cannot_be_read_names_its_origin() {
    let settings = |env: &Environment| merge("", "", env).unwrap().0;
    let env = Environment::from([("ALDO_OFFLINE", "maybe")]);
    let failure = settings(&env)
        .require(&env::OFFLINE, layers::parse_switch)
        .unwrap_err();
    assert_eq!(
        failure.sentence(),
        "`ALDO_OFFLINE`: expected `1` or `0`, not `maybe`"
    );
    let env = Environment::from([("ALDO_LOCAL_DISCOVERY", "bogus")]);
    let setting = settings(&env).get(&env::LOCAL_DISCOVERY).cloned().unwrap();
    let failure = setting.parse_with(runtime::parse_list).unwrap_err();
    assert!(
        failure
            .sentence()
            .starts_with("`ALDO_LOCAL_DISCOVERY`: `bogus` is no runtime; known are")
    );
}

#[test]
fn j02_a_secret_is_not_shown() {
    assert_eq!(
        format!("{:?}", Secret("hunter2".to_owned())),
        "<7 characters hidden>"
    );
}

#[test]
fn j02_an_address_is_shown_without_user_and_query() {
    let shown = without_secrets("https://me:hunter2@host:8080/v1?key=hunter2#x");
    assert_eq!(shown, "https://host:8080/v1");
    assert_eq!(without_secrets("plain"), "plain");
}

#[test]
fn addresses_of_runtimes_come_from_their_variables() {
    let addresses = |env: &Environment, runtime| {
        let (settings, _) = merge("", "", env).unwrap();
        runtime::addresses(&settings, runtime).map_err(|failure| failure.sentence())
    };
    let none = Environment::default();
    assert_eq!(
        addresses(&none, Runtime::LlamaCpp).unwrap(),
        ["http://127.0.0.1:8080", "http://127.0.0.1:9931"]
    );
    let env = Environment::from([
        ("OLLAMA_HOST", "0.0.0.0"),
        ("LM_STUDIO_BASE_URL", "http://localhost:1235/v1"),
        ("VLLM_BASE_URL", "gpu.lan"),
        ("MLX_BASE_URL", "http://me:canary-6161@host"),
    ]);
    assert_eq!(
        addresses(&env, Runtime::Ollama).unwrap(),
        ["http://127.0.0.1:11434"]
    );
    assert_eq!(
        addresses(&env, Runtime::LmStudio).unwrap(),
        ["http://127.0.0.1:1235"]
    );
    assert_eq!(
        addresses(&env, Runtime::Vllm).unwrap(),
        ["http://gpu.lan:8000"]
    );
    let refused = addresses(&env, Runtime::Mlx).unwrap_err();
    assert!(refused.starts_with("`MLX_BASE_URL`: "), "{refused}");
    assert!(!refused.contains("canary"), "{refused}");
    let both = Environment::from([
        ("OLLAMA_HOST", "127.0.0.1:1"),
        ("OLLAMA_BASE_URL", "127.0.0.1:2"),
    ]);
    assert_eq!(
        addresses(&both, Runtime::Ollama).unwrap(),
        ["http://127.0.0.1:2"]
    );
}
