//! Checkpoints somebody made to hurt: refused by name, one row each, nothing on the terminal.

use std::fs::{self, File};
use std::time::{Duration, Instant};

use aldo_models::test_support::{TinyShape, Value, tiny_gguf};
use insta::assert_snapshot;

use super::TestEnv;
use super::terminal::on_a_terminal;

/// Fits every terminal attack of the house's list into one name.
const EVIL: &str = "evil\u{1b}]52;c;aGk=\u{7}\u{1b}[31m\u{9b}1m\u{202e}";

fn tiny_bytes() -> Vec<u8> {
    tiny_gguf(&TinyShape::default()).bytes()
}

/// What must never come out, wherever it came from.
fn is_safe(text: &str) -> bool {
    !text.chars().any(|c| {
        matches!(c, '\u{7}' | '\u{1b}' | '\u{80}'..='\u{9f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    })
}

#[test]
fn a01_a_truncated_file_named_by_the_user_is_wrong_usage() {
    let env = TestEnv::new();
    let mut bytes = tiny_bytes();
    bytes.truncate(bytes.len() - 100);
    env.write(&env.project().join("cut.gguf"), bytes);
    for args in [
        ["run", "hello", "--model", "./cut.gguf"].as_slice(),
        &["models", "inspect", "./cut.gguf"],
        &["models", "verify", "./cut.gguf"],
    ] {
        let output = env.std(args).output().unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert_eq!(output.status.code(), Some(2), "{args:?}: {stderr}");
        assert!(
            stderr.contains("cut.gguf` is truncated at byte"),
            "{args:?}: {stderr}"
        );
    }
}

#[test]
fn a06_a_lying_file_in_the_store_costs_one_row() {
    let env = TestEnv::new();
    env.store_tiny("good.gguf");
    let lie = tiny_gguf(&TinyShape::default()).key("general.alignment", Value::U32(3));
    env.store_model("lying.gguf", lie.bytes());
    let ran = env.aldo(["models", "ls", "--json"]).run().exits(0);
    let document = ran.json();
    assert_eq!(document["models"].as_array().unwrap().len(), 2, "{ran}");
    let refused = document["refused"].as_array().unwrap();
    assert_eq!(refused.len(), 1, "{ran}");
    assert!(
        refused[0]["reason"]
            .as_str()
            .unwrap()
            .contains("general.alignment"),
        "{ran}"
    );
    assert_snapshot!(env.aldo(["run", "hello", "--model", "lying"]).run(), @r#"
        exit 2
        --- stderr
        error: no model `lying` is here
          hint: list the models here with `aldo models ls`, name a file, or let a runtime take part that serves it: `ALDO_LOCAL_DISCOVERY=all`
          hint: not usable: `[ROOT]/aldo/models/lying.gguf`: is malformed: `general.alignment`: is 3, not a power of two from 8 to 65536
        "#);
}

#[test]
fn a14_nothing_in_a_file_steers_the_terminal() {
    let env = TestEnv::new();
    let evil = tiny_gguf(&TinyShape::default()).key("general.name", Value::Text(EVIL.to_owned()));
    env.store_model(&format!("{EVIL}.gguf"), evil.bytes());
    env.store_model("broken\u{1b}[2J.gguf", "GGUFxxxx");
    for args in [
        &["models", "ls"][..],
        &["models", "ls", "--json"],
        &["models", "inspect", &EVIL.to_lowercase()],
        &["models", "inspect", &EVIL.to_lowercase(), "--json"],
        &["run", EVIL],
        &["run", "hello", "--model", EVIL],
        &["run", "hello", "--dry-run"],
        &["doctor"],
        &[],
    ] {
        let output = env.std(args).output().unwrap();
        let stdout = String::from_utf8(output.stdout).unwrap();
        let stderr = String::from_utf8(output.stderr).unwrap();
        assert!(is_safe(&stdout), "{args:?}: {stdout:?}");
        assert!(is_safe(&stderr), "{args:?}: {stderr:?}");
        assert!(!stderr.contains("panicked"), "{args:?}: {stderr}");
    }
}

#[test]
fn a14_neither_keys_nor_tokens_nor_a_template_steer_the_terminal() {
    let env = TestEnv::new();
    let evil = |key: &str| tiny_gguf(&TinyShape::default()).key(key, Value::Text(EVIL.to_owned()));
    env.store_model("pre.gguf", evil("tokenizer.ggml.pre").bytes());
    env.store_model("architecture.gguf", evil("general.architecture").bytes());
    let raising = format!("{{{{ raise_exception('{EVIL}') }}}}");
    let template = Value::Text(raising);
    let raising = tiny_gguf(&TinyShape::default()).key("tokenizer.chat_template", template);
    env.store_model("raising.gguf", raising.bytes());
    let mut keyed = tiny_gguf(&TinyShape::default());
    keyed
        .keys
        .push((EVIL.as_bytes().to_vec(), Value::Raw(99, Vec::new())));
    env.store_model("key.gguf", keyed.bytes());
    let mut tokens = aldo_models::test_support::tiny_tokens();
    tokens[3] = EVIL.to_owned();
    tokens[4] = EVIL.to_owned();
    let twice = tiny_gguf(&TinyShape::default()).key("tokenizer.ggml.tokens", Value::Texts(tokens));
    env.store_model("tokens.gguf", twice.bytes());
    for model in ["pre", "architecture", "raising", "key", "tokens"] {
        let path = env.aldo_home().join(format!("models/{model}.gguf"));
        let path = path.to_str().unwrap();
        for args in [
            &["models", "inspect", path][..],
            &["models", "inspect", path, "--json"],
            &["run", "hello", "--model", path],
            &["run", "hello", "--model", path, "--json"],
        ] {
            let output = env.std(args).output().unwrap();
            let said = [output.stdout, output.stderr].concat();
            let said = String::from_utf8(said).unwrap();
            assert!(is_safe(&said), "{args:?}: {said:?}");
            assert!(!said.contains("panicked"), "{args:?}: {said}");
            assert!(output.status.code().is_some(), "{args:?} died by a signal");
        }
    }
}

#[test]
fn a11_weights_that_are_no_numbers_give_no_answer() {
    let env = TestEnv::new();
    let not_a_number = 0x7e00_u16.to_le_bytes(); // the scale of the first block of a row
    let writer = tiny_gguf(&TinyShape::default());
    let writer = writer.change("output.weight", |tensor| {
        tensor.data.splice(..2, not_a_number);
    });
    env.store_model("nan.gguf", writer.bytes());
    let ran = env.aldo(["run", "hello", "--model", "nan"]).run().exits(4);
    assert!(ran.stdout.trim().is_empty(), "{ran}");
    assert!(ran.stderr.contains("non-finite logits at step 0"), "{ran}");
}

#[test]
fn h10_hostile_tokens_are_cleaned_on_a_terminal() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    // Random weights over bytes write every control character sooner or later.
    let args = "--color never run hello --model tiny --max-tokens 400";
    let Some(shown) = on_a_terminal(&env, args, "xterm") else {
        return;
    };
    assert!(shown.contains("done in"), "{shown}");
    assert!(is_safe(&shown.replace('\u{fffd}', "")), "{shown:?}");
}

#[test]
fn a16_what_is_no_file_is_never_opened() {
    let env = TestEnv::new();
    env.store_tiny("good.gguf");
    let models = env.aldo_home().join("models");
    let fifo = std::process::Command::new("mkfifo")
        .arg(models.join("pipe.gguf"))
        .status();
    assert!(fifo.unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", models.join("zero.gguf")).unwrap();
    std::os::unix::fs::symlink(&models, models.join("loop")).unwrap();
    fs::create_dir(models.join("folder.gguf")).unwrap();
    fs::write(models.join("empty.gguf"), "").unwrap();
    File::create(models.join("sparse.gguf"))
        .unwrap()
        .set_len(1 << 40)
        .unwrap();
    let started = Instant::now();
    let ran = env.aldo(["models", "ls", "--json"]).run().exits(0);
    assert!(
        started.elapsed() < Duration::from_secs(5),
        "{:?}",
        started.elapsed()
    );
    let document = ran.json();
    let ids: Vec<_> = document["models"]
        .as_array()
        .unwrap()
        .iter()
        .map(|row| row["id"].clone())
        .collect();
    assert_eq!(ids, ["aldo-nano", "good"], "{ran}");
}

/// Named by the user, each is refused at once and with its reason.
#[test]
fn a16_what_is_no_file_is_refused_at_once_when_it_is_named() {
    let env = TestEnv::new();
    let folder = env.project();
    let fifo = std::process::Command::new("mkfifo")
        .arg(folder.join("pipe.gguf"))
        .status();
    assert!(fifo.unwrap().success());
    std::os::unix::fs::symlink("/dev/zero", folder.join("zero.gguf")).unwrap();
    std::os::unix::fs::symlink("loop.gguf", folder.join("loop.gguf")).unwrap();
    fs::create_dir(folder.join("folder.gguf")).unwrap();
    fs::write(folder.join("empty.gguf"), "").unwrap();
    let sparse = File::create(folder.join("sparse.gguf")).unwrap();
    sparse.set_len(1 << 40).unwrap();
    for (name, reason) in [
        ("pipe", "not a regular file"),
        ("zero", "not a regular file"),
        ("loop", "cannot read"),
        ("folder", "holds no GGUF"),
        ("empty", "truncated at byte 0"),
        ("sparse", "does not begin with `GGUF`"),
    ] {
        let path = format!("./{name}.gguf");
        let started = Instant::now();
        let ran = env.aldo(["models", "inspect", &path]).run().exits(2);
        assert!(ran.stderr.contains(reason), "{name}: {ran}");
        assert!(started.elapsed() < Duration::from_secs(5), "{name}");
    }
}

#[test]
fn a16_a_thousand_bad_files_hide_no_good_one() {
    let env = TestEnv::new();
    env.store_tiny("good.gguf");
    for number in 0..1000 {
        env.store_model(&format!("bad-{number}.gguf"), "GGUF\u{3}\0\0\0");
    }
    let document = env.aldo(["models", "ls", "--json"]).run().exits(0).json();
    assert_eq!(document["models"].as_array().unwrap().len(), 2);
    assert_eq!(document["refused"].as_array().unwrap().len(), 1000);
}

#[test]
fn b04_a_pickle_is_refused_unopened() {
    let env = TestEnv::new();
    let folder = env.aldo_home().join("models/old");
    env.write(&folder.join("config.json"), "{}");
    env.write(&folder.join("pytorch_model.bin"), "\u{80}");
    let ran = env.aldo(["models", "ls", "--json"]).run().exits(0);
    assert!(
        ran.json()["refused"][0]["reason"]
            .as_str()
            .unwrap()
            .contains("pickle"),
        "{ran}"
    );
}
