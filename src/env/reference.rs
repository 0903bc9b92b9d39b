//! `docs/reference/environment.md` is what the table says; run the test with `ALDO_WRITE_REFERENCE=1` to write it.

use std::fmt::Write as _;

use super::{ALL, Project, Variable};

#[test]
fn the_reference_of_the_environment_is_the_table() {
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/reference/environment.md");
    let expected = reference();
    if std::env::var_os("ALDO_WRITE_REFERENCE").is_some() {
        std::fs::write(path, &expected).expect("the repository can be written to");
    }
    let found = std::fs::read_to_string(path).expect("the reference is in the repository");
    assert!(
        found == expected,
        "run this test with ALDO_WRITE_REFERENCE=1"
    );
}

fn reference() -> String {
    let mut text = String::from(
        "# Environment and configuration\n\n\
         <!-- Written by the program; see src/env/reference.rs. -->\n\n\
         Each variable with a key can also be set in `~/.config/aldo/config.toml`, and as far as the\n\
         last column allows in the `aldo.toml` of a folder. What is set higher up in this list wins:\n\
         a flag, the environment, `./aldo.toml`, `config.toml`, the default. Variables of parts that\n\
         this version does not have yet (`aldo code`, `aldo serve`) are accepted and do nothing.\n\n\
         | variable | key | meaning | default | `./aldo.toml` |\n\
         | --- | --- | --- | --- | --- |\n",
    );
    for variable in &ALL {
        row(&mut text, variable);
    }
    text
}

fn row(text: &mut String, variable: &Variable) {
    let key = variable
        .key
        .map_or_else(String::new, |key| format!("`{key}`"));
    let default = match variable.default {
        "" => String::new(),
        default => format!("`{default}`"),
    };
    let project = match (variable.key, variable.project) {
        (None, _) => "",
        (Some(_), Project::Sets) => "may set it",
        (Some(_), Project::Tightens) => "may make it stricter",
        (Some(_), Project::Ignored) => "is ignored",
    };
    let secret = if variable.secret { "; never shown" } else { "" };
    let Variable { name, meaning, .. } = variable;
    // Writing to a String cannot fail.
    let _ = writeln!(
        text,
        "| `{name}` | {key} | {meaning}{secret} | {default} | {project} |"
    );
}
