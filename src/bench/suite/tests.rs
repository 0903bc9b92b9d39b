use super::*;

const GOOD: &str = "name: s\nversion: 1.0.0\npassThreshold: 0.5\ncases:\n  - id: a\n    input: Say yes.\n    expect: {kind: contains, value: 'yes'}\n";

fn read(text: &str) -> Result<Suite, String> {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, text).unwrap();
    std::fs::write(folder.path().join("p.md"), "a {{filler}} b").unwrap();
    std::fs::write(folder.path().join("x.png"), "GIF89a").unwrap();
    Suite::load(&path, Origin::Named).map_err(|error| {
        let lines: Vec<String> = error.lines().collect();
        lines
            .join("\n")
            .replace(&format!("{}:", path.display()), "")
    })
}

/// The suite with one case whose keys after the id are `keys`.
fn case(keys: &str) -> Result<Suite, String> {
    read(&format!(
        "name: s\nversion: 1.0.0\ncases:\n  - id: a\n{keys}\n"
    ))
}

#[test]
fn a_suite_reads_and_has_defaults() {
    let suite = read(GOOD).unwrap();
    assert_eq!((suite.name.as_str(), suite.pass_threshold), ("s", 0.5));
    let case = &suite.cases[0];
    assert_eq!((case.weight, case.tokens_max), (1.0, 1024));
    assert_eq!(suite.digest.len(), 64);
    assert_ne!(
        read(&GOOD.replace("yes", "no")).unwrap().digest,
        suite.digest
    );
}

/// Keys of a case, and what is said of them.
const WRONG_CASES: [(&str, &str); 18] = [
    (
        "    input: {file: ../../x}\n    expect: {kind: contains, value: x}",
        "5:19: `../../x` leads out of the suite's folder",
    ),
    (
        "    input: {file: /etc/passwd}\n    expect: {kind: contains, value: x}",
        "leads out of the suite's folder",
    ),
    (
        "    input: {file: no.md}\n    expect: {kind: contains, value: x}",
        "5:19: `no.md` is not there",
    ),
    (
        "    input: q\n    weight: -1\n    expect: {kind: contains, value: x}",
        "6:13: expected a weight of at least 0, found `-1`",
    ),
    (
        "    input: q\n    weight: .nan\n    expect: {kind: contains, value: x}",
        "6:13: expected a weight of at least 0, found `NaN`",
    ),
    (
        "    input: q\n    weight: 0\n    expect: {kind: contains, value: x}",
        "no case has a weight",
    ),
    (
        "    input: q\n    expect: {kind: vibes, value: x}",
        "6:20: unknown word `vibes`",
    ),
    (
        "    input: q\n    expect: {kind: contains, pattern: x}",
        "the kind `contains` has no key `pattern`",
    ),
    (
        "    input: q\n    expect: {kind: contains}",
        "missing key `value`",
    ),
    (
        "    input: q\n    expect: {kind: contains, value: ''}",
        "expected a text that is not empty",
    ),
    (
        "    input: q\n    expect: {kind: regex, pattern: '('}",
        "6:36: not a pattern that can be used",
    ),
    (
        "    input: q\n    expect: {kind: regex, pattern: '(?=a)b'}",
        "not a pattern that can be used: look-around",
    ),
    (
        "    input: q\n    expect: {kind: tool_call}",
        "missing key `name` or `calls`",
    ),
    (
        "    input: q\n    tools: [fs.nothing]\n    expect: {kind: contains, value: x}",
        "6:13: no native tool is called `fs.nothing`",
    ),
    (
        "    input: q\n    images: [x.png]\n    expect: {kind: contains, value: x}",
        "6:14: `x.png` is neither PNG nor JPEG",
    ),
    (
        "    input: {file: x.png, filler: {tokens: 5}}\n    expect: {kind: contains, value: x}",
        "the file has no `{{filler}}` where the filler goes",
    ),
    (
        "    input: {file: p.md, filler: {tokens: 0}}\n    expect: {kind: contains, value: x}",
        "expected 1 to 200000 tokens of filler",
    ),
    (
        "    input: q\n    expects: {kind: contains, value: x}",
        "unknown key `expects`",
    ),
];

#[test]
fn k03_what_is_wrong_is_said_with_line_and_column() {
    for (keys, says) in WRONG_CASES {
        let refused = case(keys).unwrap_err();
        assert!(refused.contains(says), "{keys}\n{refused}");
    }
    for (from, to, says) in [
        ("0.5", "2", "3:16: expected a number from 0 to 1, found `2`"),
        ("1.0.0", "''", "expected a version such as `1.0.0`"),
        ("name: s", "name: ../s", "cannot name a suite"),
        ("id: a", "id: ''", "cannot name a case"),
    ] {
        let refused = read(&GOOD.replacen(from, to, 1)).unwrap_err();
        assert!(refused.contains(says), "{refused}");
    }
}

#[test]
fn k03_every_fault_is_told_and_an_id_stands_once() {
    let twice = format!(
        "{GOOD}  - id: a\n    input: q\n    weight: -2\n    expect: {{kind: contains, value: x}}\n"
    );
    let refused = read(&twice).unwrap_err();
    assert!(
        refused.contains("8:9: the case `a` is here a second time"),
        "{refused}"
    );
    assert!(refused.contains("10:13: expected a weight"), "{refused}");
}

#[test]
fn c07_a_schema_that_asks_for_something_outside_is_refused_unread() {
    for schema in [
        "{$ref: 'http://127.0.0.1:9/x.json'}",
        "{$ref: 'file:///etc/passwd'}",
        "{type: 7}",
    ] {
        let keys = format!("    input: q\n    expect: {{kind: json_schema, schema: {schema}}}");
        let refused = case(&keys).unwrap_err();
        assert!(
            refused.contains("not a JSON Schema that can be used"),
            "{refused}"
        );
    }
}

#[test]
fn c09_bombs_end_at_once() {
    let started = std::time::Instant::now();
    let mut bomb = String::from("name: &a [x,x,x,x,x,x,x,x,x,x]\n");
    for (old, new) in "abcdefghi".chars().zip("bcdefghij".chars()) {
        let ten = format!("*{old},").repeat(10);
        bomb = format!("{bomb}k{new}: &{new} [{ten}]\n");
    }
    let deep = format!("name: {}", "[".repeat(200_000));
    let two = format!("{GOOD}---\n{GOOD}");
    let large = format!("{GOOD}# {}", "x".repeat(1_100_000));
    for text in [
        bomb,
        deep,
        two,
        large,
        String::new(),
        "name: s\n\tversion: 1".to_owned(),
    ] {
        let refused = read(&text).unwrap_err();
        assert!(!refused.is_empty());
    }
    assert!(started.elapsed().as_secs() < 5);
}

#[cfg(unix)]
#[test]
fn k03_a_symbolic_link_out_of_the_folder_is_refused() {
    let outside = tempfile::tempdir().unwrap();
    std::fs::write(outside.path().join("secret"), "key").unwrap();
    let folder = tempfile::tempdir().unwrap();
    std::os::unix::fs::symlink(outside.path().join("secret"), folder.path().join("p.md")).unwrap();
    let path = folder.path().join("s.yaml");
    std::fs::write(&path, GOOD.replace("Say yes.", "{file: p.md}")).unwrap();
    let refused = Suite::load(&path, Origin::Named).unwrap_err();
    assert!(refused.to_string().contains("leads out"), "{refused}");
}
