//! Chat templates somebody made to hurt: what renders them dies or is ended, and aldo says so.

use std::fs;
use std::io::{Read, Write};
use std::process::{ChildStdin, ChildStdout, Stdio};
use std::time::{Duration, Instant};

use aldo_models::test_support::{CHATML_TEMPLATE, TinyShape, Value, tiny_gguf};
use insta::assert_snapshot;
use serde_json::json;

use super::TestEnv;

const TEMPLATE: &str = "tokenizer.chat_template";

/// Puts a model with this template into the store.
fn store(env: &TestEnv, template: &str) {
    let writer = tiny_gguf(&TinyShape::default());
    let writer = writer.key(TEMPLATE, Value::Text(template.to_owned()));
    env.store_model("evil.gguf", writer.bytes());
}

/// What `inspect` says of the template: its error, or the warnings of the model.
fn inspected(template: &str) -> String {
    let env = TestEnv::new();
    store(&env, template);
    let started = Instant::now();
    let ran = env.aldo(["models", "inspect", "evil", "--json"]).run();
    // Once for the list of models, once for the facts, each 2 s at most.
    assert!(started.elapsed() < Duration::from_secs(12), "{ran}");
    if ran.code == Some(2) {
        return ran.stderr + &ran.stdout; // it does not even parse, so it is no model
    }
    let document = ran.exits(0).json();
    format!("{} {}", document["template"]["error"], document["warnings"])
}

#[test]
fn c02_a_template_that_takes_all_memory_or_time_costs_its_own_process() {
    let doubling = "{% set n = namespace(s='x') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}{{ n.s | length }}";
    let lists = "{% set n = namespace(l=[1]) %}{% for i in range(40) %}{% set n.l = n.l + n.l %}{% endfor %}{{ n.l | length }}";
    let replace = "{{ ('a' * 1000000).replace('a', 'b' * 1000000) | length }}";
    let join = "{{ (range(9000) | join('x' * 1000000)) | length }}";
    let indent = "{{ ('a\\n' * 100000) | indent(1000000) | length }}";
    let repeats = "{% set s = 'x' * 90000000 %}{{ s ~ s ~ s ~ s | length }}";
    for template in [doubling, lists, replace, join, indent, repeats] {
        let said = inspected(template);
        assert!(
            said.contains("it needs more than 256 MB") || said.contains("it takes longer than 2 s"),
            "{template}: {said}"
        );
    }
}

#[test]
fn c02_a_template_that_never_ends_is_ended() {
    let nested = "{% for a in range(9000) %}{% for b in range(9000) %}{% for c in range(9000) %}\
                  {% endfor %}{% endfor %}{% endfor %}";
    let said = inspected(nested);
    assert!(
        said.contains("it takes longer than 2 s") || said.contains("fuel"),
        "{said}"
    );
    let said = inspected("{% for a in range(9000) %}{{ 'x' * 999 }}{% endfor %}");
    assert!(said.contains("it writes more than"), "{said}");
    // The engine refuses it by itself; what it must not do is write it.
    let said = inspected("{{ '%1000000000d' | format(1) }}");
    assert!(said.contains("template"), "{said}");
}

#[test]
fn c03_what_nests_too_deeply_ends_its_own_process() {
    let deep = [
        format!("{{{{ {}1 }}}}", "not ".repeat(64_000)),
        format!("{{{{ {}1 }}}}", "-".repeat(64_000)),
        format!("{{{{ a{} }}}}", ".a".repeat(64_000)),
        format!("{{{{ a{} }}}}", "|e".repeat(64_000)),
        format!("{{{{ {}1{} }}}}", "(".repeat(64_000), ")".repeat(64_000)),
        format!("{{{{ {}1{} }}}}", "[".repeat(64_000), "]".repeat(64_000)),
        "{% if 1 %}".repeat(20_000),
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}".to_owned(),
        "{% extends 'chat.jinja' %}".to_owned(),
    ];
    for source in deep {
        let said = inspected(&source);
        let start = &source[..20];
        assert!(!said.contains("panicked"), "{start}: {said}");
        // Some nestings are refused by the engine, some end the process; none is rendered in silence.
        assert!(said.contains("template"), "{start}: {said}");
    }
}

#[test]
fn r9_a_run_on_such_a_model_fails_and_others_answer() {
    let env = TestEnv::new();
    let nested = "{% set n = namespace(s='x') %}{% for i in range(40) %}{% set n.s = n.s ~ n.s %}{% endfor %}";
    store(&env, nested);
    let ran = env.aldo(["run", "hello", "--model", "evil"]).run();
    assert_eq!(ran.code, Some(4), "{ran}");
    assert!(
        ran.stderr
            .contains("chat template: the process that renders it ended"),
        "{ran}"
    );
    let listed = env.aldo(["models", "ls", "--json"]).run().exits(0).json();
    assert_eq!(listed["models"].as_array().unwrap().len(), 2, "{listed}");
    env.aldo(["run", "hello"]).run().exits(0);
}

#[test]
fn c06_what_a_template_refuses_is_said_in_its_own_words() {
    let env = TestEnv::new();
    store(
        &env,
        "{{ raise_exception('only verses \u{1b}[31m are taken') }}",
    );
    assert_snapshot!(env.aldo(["run", "hello", "--model", "evil"]).run(), @r#"
        exit 4
        --- stderr
        done in [MS]ms, $0.000000 on evil
        error: chat template: only verses \u{1b}[31m are taken (line 1)
          hint: try again in a minute, `aldo doctor` says what is wrong, or leave out `--model` to let the router choose, or pull a model that can: `aldo models pull Qwen/Qwen3-0.6B-GGUF` (0.6 GB), or ask the runtimes of this machine with `ALDO_LOCAL_DISCOVERY=all`
        "#);
    let said = inspected("nothing of it");
    assert!(said.contains("drops the user's message"), "{said}");
}

/// The process as aldo starts it, and its streams.
fn role(env: &TestEnv) -> (std::process::Child, ChildStdin, ChildStdout) {
    let mut command = env.std(&["render-chat-template"]);
    command.stdin(Stdio::piped()).stdout(Stdio::piped());
    let mut child = command.spawn().unwrap();
    let (stdin, stdout) = (child.stdin.take().unwrap(), child.stdout.take().unwrap());
    (child, stdin, stdout)
}

fn ask(stdin: &mut ChildStdin, stdout: &mut ChildStdout, message: &[u8]) -> String {
    let length = u32::try_from(message.len()).unwrap().to_le_bytes();
    stdin.write_all(&[&length[..], message].concat()).unwrap();
    let mut length = [0; 4];
    stdout.read_exact(&mut length).unwrap();
    let mut answer = vec![0; u32::from_le_bytes(length) as usize];
    stdout.read_exact(&mut answer).unwrap();
    String::from_utf8(answer).unwrap()
}

#[test]
fn r9_the_process_that_renders_has_little_memory_and_no_connection() {
    let env = TestEnv::new();
    let (mut child, mut stdin, mut stdout) = role(&env);
    assert_eq!(
        ask(&mut stdin, &mut stdout, CHATML_TEMPLATE.as_bytes()),
        "t"
    );
    let job =
        json!({"bytes_max": 1000, "variables": {"messages": [{"role": "user", "content": "é"}]}});
    let text = ask(&mut stdin, &mut stdout, job.to_string().as_bytes());
    assert_eq!(text, "t<|im_start|>user\né<|im_end|>\n");
    let about = |file: &str| fs::read_to_string(format!("/proc/{}/{file}", child.id())).unwrap();
    let line = |text: &str, name: &str| {
        text.lines()
            .find(|line| line.starts_with(name))
            .unwrap()
            .to_owned()
    };
    let data = line(&about("limits"), "Max data size");
    assert!(data.contains("268435456"), "{data}");
    let core = line(&about("limits"), "Max core file size");
    assert!(core.contains(" 0 "), "{core}");
    assert_eq!(line(&about("status"), "Seccomp:"), "Seccomp:\t2");
    assert_eq!(line(&about("status"), "NoNewPrivs:"), "NoNewPrivs:\t1");
    // It goes when nobody asks any more.
    drop(stdin);
    assert_eq!(child.wait().unwrap().code(), Some(0));
}

/// The seal on a run closes nothing that the process needs to start.
#[test]
fn r9_a_sealed_run_renders_a_template_of_its_own() {
    let env = TestEnv::new();
    env.store_tiny("tiny.gguf");
    let args = [
        "run",
        "confidant",
        "--model",
        "tiny",
        "--inputs",
        "x",
        "--json",
    ];
    let ran = env.aldo(args).run();
    let document = ran.json();
    assert_eq!(document["seal"]["state"], "in_process", "{ran}");
    assert!(document["usage"]["tokensIn"].as_u64() > Some(0), "{ran}");
}
