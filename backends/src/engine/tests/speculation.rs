//! Guessed tokens: quicker, and never another text.

use super::bench::Bench;
use super::*;
use crate::Sampling;

fn with(speculation: Speculation) -> EngineOptions {
    EngineOptions {
        speculation,
        ..options()
    }
}

fn requests() -> Vec<Request> {
    let prompts = [
        "the engine and the other thing, the engine and the other thing",
        "one two three one two three one two",
        "nothing twice",
    ];
    let mut requests = Vec::new();
    for prompt in prompts {
        for (temperature, seed) in [(0.0, 0), (0.4, 1), (1.0, 2), (1.0, 3)] {
            let sampling = Sampling {
                temperature,
                seed,
                top_p: Some(0.9),
                repetition_penalty: if seed == 3 { 1.2 } else { 1.0 },
                ..Sampling::default()
            };
            requests.push(Request {
                sampling,
                ..ask(prompt, 60)
            });
        }
    }
    requests
}

fn texts(engine: &Engine) -> Vec<(String, u64)> {
    let answered = |request| answer(engine, request);
    let answers = requests().into_iter().map(answered);
    answers.map(|it| (it.text, it.usage.tokens_out)).collect()
}

#[test]
fn guessing_never_changes_what_is_written() {
    let plain = texts(&tiny_engine(with(Speculation::Off)));
    assert_eq!(texts(&tiny_engine(with(Speculation::Always))), plain);
    assert_eq!(texts(&tiny_engine(with(Speculation::WherePays))), plain);
}

#[test]
fn guessing_for_several_at_once_never_changes_what_is_written() {
    let plain = texts(&tiny_engine(with(Speculation::Off)));
    let engine = tiny_engine(with(Speculation::Always));
    let together: Vec<Generation> = requests()
        .into_iter()
        .map(|request| engine.generate(request).unwrap())
        .collect();
    let together = together
        .into_iter()
        .map(|generation| read(generation).unwrap());
    let together: Vec<_> = together.map(|it| (it.text, it.usage.tokens_out)).collect();
    assert_eq!(together, plain);
}

#[test]
fn what_repeats_takes_fewer_steps_than_tokens() {
    let mut bench = Bench::with(&with(Speculation::Always));
    let generation = bench.add(&ask("a", 60));
    let mut steps = 0;
    while bench.step() {
        steps += 1;
    }
    let answer = read(generation).unwrap();
    assert_eq!(answer.usage.tokens_out, 60);
    // A random network soon goes round in circles.
    assert!(steps < 50, "{steps}");
}

#[test]
fn guesses_stop_at_the_end_of_the_context_and_of_the_answer() {
    for (context, tokens_max) in [(60, 1000), (2048, 23)] {
        let options = |speculation| EngineOptions {
            context_tokens: Some(context),
            ..with(speculation)
        };
        let request = || ask("the other the other the other", tokens_max);
        let plain = answer(&tiny_engine(options(Speculation::Off)), request());
        let guessed = answer(&tiny_engine(options(Speculation::Always)), request());
        assert_eq!(guessed.text, plain.text);
        assert_eq!(guessed.usage.tokens_out, plain.usage.tokens_out);
        assert_eq!(guessed.finish, Some(Finish::Length));
    }
}

/// Real weights, whose logits are close to each other where it matters.
#[test]
fn the_built_in_model_writes_the_same_with_guesses() {
    let nano = |speculation| Engine::start(Checkpoint::builtin().unwrap(), with(speculation));
    let (plain, guessing) = (nano(Speculation::Off), nano(Speculation::Always));
    let questions = [
        "Repeat: the keen axle threw the crimson flag, the keen axle threw the crimson flag.",
        "First number: 7. Step one: subtract 4. Step two: multiply by 8. Final number?",
        "Please introduce yourself briefly.",
    ];
    for question in questions {
        for (temperature, seed) in [(0.0, 0), (0.8, 1), (1.5, 2)] {
            let sampling = Sampling {
                temperature,
                seed,
                ..Sampling::default()
            };
            let request = Request {
                sampling,
                ..ask(question, 120)
            };
            let (plain, guessed) = (answer(&plain, request.clone()), answer(&guessing, request));
            assert_eq!(
                (guessed.text, guessed.reasoning, guessed.usage.tokens_out),
                (plain.text, plain.reasoning, plain.usage.tokens_out),
                "{question} at {temperature}"
            );
        }
    }
}
