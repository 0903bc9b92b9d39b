//! What is written: the same text whatever happens around it.

use super::*;
use crate::Sampling;

const QUESTION: &str = "the engine and the other thing";

#[test]
fn an_answer_counts_its_tokens_and_times() {
    let engine = tiny_engine(options());
    let first = answer(&engine, ask(QUESTION, 40));
    assert!(
        first.loading > 0 && first.loading <= 32,
        "{}",
        first.loading
    );
    assert_eq!(first.finish, Some(Finish::Length));
    assert!(!first.text.is_empty());
    let usage = first.usage;
    assert_eq!(
        (
            usage.tokens_out,
            usage.tokens_cached,
            usage.tokens_reasoning
        ),
        (40, 0, 0)
    );
    assert!(usage.tokens_in > 10);
    assert!(usage.load_ms > 0.0 && usage.prefill_ms > 0.0 && usage.decode_ms > 0.0);
    assert!(usage.first_token_ms >= usage.load_ms + usage.prefill_ms);
    let second = answer(&engine, ask(QUESTION, 40));
    assert_eq!(second.text, first.text);
    assert_eq!((second.loading, second.usage.load_ms), (0, 0.0));
    assert_eq!(second.usage.tokens_cached, usage.tokens_in - 1);
}

#[test]
fn the_chunk_size_does_not_change_the_text() {
    let text = |prefill_chunk_tokens| {
        let engine = tiny_engine(EngineOptions {
            prefill_chunk_tokens,
            ..options()
        });
        answer(&engine, ask(QUESTION, 40)).text
    };
    let whole = text(256);
    assert_eq!(text(1), whole);
    assert_eq!(text(7), whole);
}

#[test]
fn a_seed_gives_the_same_text_and_another_seed_another() {
    let engine = tiny_engine(options());
    let text = |seed| {
        let sampling = Sampling {
            temperature: 1.0,
            seed,
            ..Sampling::default()
        };
        answer(
            &engine,
            Request {
                sampling,
                ..ask(QUESTION, 40)
            },
        )
        .text
    };
    let first = text(7);
    assert_eq!(text(7), first);
    assert_ne!(text(8), first);
}

#[test]
fn a_second_turn_pays_for_its_new_tokens_only_and_says_the_same() {
    let engine = tiny_engine(options());
    let first = answer(&engine, ask(QUESTION, 20));
    let turns = |text: &str| {
        let question = Message::user("and then");
        vec![Message::user(QUESTION), Message::assistant(text), question]
    };
    let request = Request {
        tokens_max: 40,
        ..Request::new(turns(&first.text))
    };
    let second = answer(&engine, request.clone());
    let fresh = answer(&tiny_engine(options()), request);
    assert_eq!(second.text, fresh.text);
    assert_eq!(fresh.usage.tokens_cached, 0);
    assert_eq!(second.usage.tokens_in, fresh.usage.tokens_in);
    assert!(
        second.usage.tokens_cached >= first.usage.tokens_in,
        "{:?}",
        second.usage
    );
}

#[test]
fn conversations_that_take_turns_do_not_disturb_each_other() {
    let alone = |text: &str| answer(&tiny_engine(options()), ask(text, 30)).text;
    let engine = tiny_engine(EngineOptions {
        sequences_max: 1,
        ..options()
    });
    for text in ["one and the other", "two in another", "one and the other"] {
        assert_eq!(answer(&engine, ask(text, 30)).text, alone(text));
    }
}

#[test]
fn a_stop_text_ends_the_answer_before_it() {
    let engine = tiny_engine(options());
    let whole = answer(&engine, ask(QUESTION, 40)).text;
    let characters: Vec<char> = whole.chars().collect();
    let stop: String = characters[5..9].iter().collect();
    let stopped = answer(
        &engine,
        Request {
            stop: vec![stop.clone()],
            ..ask(QUESTION, 40)
        },
    );
    assert_eq!(stopped.finish, Some(Finish::StopText));
    assert_eq!(Some(stopped.text.as_str()), whole.split(&stop).next());
    assert!(stopped.usage.tokens_out < 40);
}

#[test]
fn the_context_length_ends_an_answer() {
    let engine = tiny_engine(EngineOptions {
        context_tokens: Some(60),
        ..options()
    });
    let answer = answer(&engine, ask(QUESTION, 1000));
    assert_eq!(answer.finish, Some(Finish::Length));
    assert_eq!(answer.usage.tokens_in + answer.usage.tokens_out, 60);
}
