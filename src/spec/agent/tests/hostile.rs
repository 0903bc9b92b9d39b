//! Case C9 of the hostile inputs.

use proptest::prelude::*;

use super::*;

#[test]
fn c09_an_alias_bomb_is_refused_at_once() {
    let level = |n: usize| {
        let row = vec![format!("*a{}", n - 1); 10].join(", ");
        format!("  a{n}: &a{n} [{row}]\n")
    };
    let bomb = format!(
        "{LEAST}tools:\n guards:\n  a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n{}",
        (1..10).map(level).collect::<String>()
    );
    let begun = Instant::now();
    let fault = only_fault(&bomb);
    assert!(fault.contains("too large or too deep"), "{fault}");
    assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
}

#[test]
fn c09_two_hundred_thousand_brackets_are_refused_at_once() {
    for text in [
        "[".repeat(200_000),
        "{a: ".repeat(200_000),
        "- ".repeat(200_000),
    ] {
        let begun = Instant::now();
        assert!(parse(&text).is_err());
        assert!(begun.elapsed().as_millis() < 100, "{:?}", begun.elapsed());
    }
}

#[test]
fn c09_a_tab_that_indents_is_refused_with_its_place() {
    let fault = only_fault(&SHORT.replace("  capability_class", "\tcapability_class"));
    assert!(fault.starts_with("7:2: tabs"), "{fault}");
    assert!(fault.contains("tab"), "{fault}");
}

#[test]
fn c09_a_duplicate_key_is_refused_with_its_place() {
    let text = SHORT.replace("version: 1.2.3", "name: twice");
    assert_eq!(
        only_fault(&text),
        "3:1: the key `name` is here a second time"
    );
}

#[test]
fn c09_no_stays_a_text() {
    let text = SHORT.replace("description: Reviews code.", "description: no");
    assert_eq!(parse(&text).unwrap().identity.description, "no");
    let spec = parse(FULL).unwrap();
    assert_eq!(spec.tools.guards["shell"]["deny"][0], "no");
}

#[test]
fn c09_a_second_document_is_refused() {
    let fault = only_fault(&format!("{SHORT}---\n{SHORT}"));
    assert_eq!(
        fault,
        "14:1: a second document begins here, and a file is one"
    );
}

#[test]
fn c09_a_spec_over_a_megabyte_is_refused() {
    let text = format!("{SHORT}# {}\n", "x".repeat(10_000_000));
    assert_eq!(only_fault(&text), "1:1: the file is larger than 1 MB");
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("big.yaml");
    fs::write(&path, text).unwrap();
    let error = AgentSpec::load(&path, PrivacyTier::Internal).unwrap_err();
    assert_eq!(error.faults[0].message, "the file is larger than 1 MB");
}

#[test]
fn c09_a_prompt_outside_the_folder_is_refused() {
    for file in ["../../x", "/etc/passwd", "a/../../x"] {
        let fault = only_fault(&FULL.replace("system_file: p.md", &format!("system_file: {file}")));
        assert_eq!(
            fault,
            format!("32:16: `system_file`: `{file}` leads out of the spec's folder")
        );
    }
}

#[test]
fn c09_merge_keys_and_unknown_tags_are_refused() {
    let merged = SHORT.replace("model_policy:\n", "model_policy:\n  <<: {fallback: x}\n");
    assert!(only_fault(&merged).ends_with("`<<` is not supported"));
    let tagged = SHORT.replace("name: reviewer", "name: !!python/object reviewer");
    assert!(
        only_fault(&tagged).contains("tag"),
        "{}",
        only_fault(&tagged)
    );
}

#[test]
fn c09_an_empty_file_and_one_that_is_no_map_are_refused() {
    for text in ["", "\n# nothing\n", "hello", "- a\n", "42", "null"] {
        let fault = only_fault(text);
        assert!(!fault.contains("panicked"), "{text:?}: {fault}");
    }
}

#[test]
fn messages_carry_no_control_characters_from_the_file() {
    let text = format!("{SHORT}\"x\\u001b]52;c;\\u202e\": 1\n");
    let fault = only_fault(&text);
    assert!(fault.contains("unknown key"), "{fault}");
    assert!(!fault.contains(['\u{1b}', '\u{202e}', '\n']), "{fault:?}");
}

#[test]
fn a_file_that_is_gone_a_folder_or_no_text_is_an_error_of_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let load = |name: &str| {
        let error = AgentSpec::load(&folder.path().join(name), PrivacyTier::Internal);
        error.unwrap_err().faults.remove(0).message
    };
    fs::write(folder.path().join("bytes.yaml"), [0xff]).unwrap();
    assert!(load("gone.yaml").starts_with("the file cannot be read"));
    assert_eq!(load("."), "the file is not a file");
    assert_eq!(load("bytes.yaml"), "the file is not UTF-8 text");
}

/// Whatever the text, there is an agent or a fault with a place and a plain message.
fn reads_or_says_why(text: &str) {
    let Err(error) = parse(text) else { return };
    assert!(!error.faults.is_empty());
    for fault in &error.faults {
        assert!(fault.line >= 1 && fault.column >= 1, "{fault:?}");
        assert!(!fault.message.chars().any(char::is_control), "{fault:?}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 500, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,200}") {
        reads_or_says_why(&text);
    }

    #[test]
    fn a_spec_with_a_passage_replaced_is_read_or_refused(
        at in 0..FULL.len(), length in 0..40_usize, with in "[\\PC\n\t]{0,12}",
    ) {
        let mut text = FULL.to_owned();
        let end = (at + length).min(text.len());
        text.replace_range(at..end, &with);
        reads_or_says_why(&text);
    }
}
