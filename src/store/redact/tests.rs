#![allow(clippy::unwrap_used)]

use serde_json::json;

use super::Redactor;

#[test]
fn known_forms_become_markers() {
    for (text, clean) in [
        (
            "use hf_abcdefghijKLMNOP1234 now",
            "use [redacted:hugging-face-token] now",
        ),
        ("sk-proj-abc_DEF-0123456789", "[redacted:api-key]"),
        (
            "\"ghp_0123456789abcdefghij\"",
            "\"[redacted:github-token]\"",
        ),
        (
            "github_pat_11AAAA_bbbb0123456789",
            "[redacted:github-token]",
        ),
        ("AKIAIOSFODNN7EXAMPLE.", "[redacted:aws-key]."),
        (
            "é hf_abcdefghij0 é ghp_abcdefghij0 é",
            "é [redacted:hugging-face-token] é [redacted:github-token] é",
        ),
        (
            "https://me:secret@host/x?y",
            "https://[redacted:user]@host/x?y",
        ),
        (
            "a -----BEGIN RSA PRIVATE KEY-----\nMIIE\n-----END RSA PRIVATE KEY----- b",
            "a [redacted:pem] b",
        ),
        ("-----BEGIN PRIVATE KEY-----\nMIIE", "[redacted:pem]"),
        (
            "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIV",
            "[redacted:pem]",
        ),
    ] {
        assert_eq!(Redactor::default().text(text), clean);
    }
}

#[test]
fn ordinary_text_stays() {
    for text in [
        "",
        "hf_hub_download and hf_ and sk-learn",
        "task-management-of-things, risk-0123456789abcdef",
        "ghp_short AKIA akia0123456789abcdef",
        "http://host/a@b and mailto:a@b://",
        "-----BEGIN",
        "日本語 sk-",
    ] {
        assert_eq!(Redactor::default().text(text), text);
    }
}

#[test]
fn known_values_become_their_names_the_longest_first() {
    let redactor = Redactor::new([
        ("SHORT".to_owned(), "abc".to_owned()),
        ("INNER".to_owned(), "hunter2hunter2".to_owned()),
        ("OUTER".to_owned(), "my hunter2hunter2!".to_owned()),
    ]);
    assert_eq!(
        redactor.text("my hunter2hunter2! hunter2hunter2 abc"),
        "[redacted:OUTER] [redacted:INNER] abc"
    );
    assert_eq!(
        format!("{redactor:?}"),
        r#"["OUTER", "INNER", "SHORT"]"#.replace(", \"SHORT\"", "")
    );
}

#[test]
fn json_is_cleaned_in_keys_and_depth() {
    let value = json!({"hf_abcdefghijklm": [1, null, {"a": "x hf_abcdefghijklm"}]});
    assert_eq!(
        Redactor::default().json(value),
        json!({"[redacted:hugging-face-token]": [1, null, {"a": "x [redacted:hugging-face-token]"}]})
    );
}
