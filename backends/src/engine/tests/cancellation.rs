//! Answers that are given up: whatever they leave behind, the next is what a fresh engine writes.

use super::bench::Bench;
use super::*;

const PROMPT: &str = "the engine and the other thing, the engine and the other thing";

fn bench(speculation: Speculation) -> Bench {
    Bench::with(&EngineOptions {
        sequences_max: 2,
        conversations_max: 1,
        prefill_chunk_tokens: 7,
        speculation,
        ..options()
    })
}

fn finished(bench: &mut Bench, request: &Request) -> Answer {
    let mut generation = bench.add(request);
    let mut answer = Answer::default();
    while answer.finish.is_none() {
        bench.step();
        while let Some(event) = generation.try_next() {
            match event.unwrap() {
                Event::Text(text) => answer.text += &text,
                Event::Done { finish, usage } => {
                    (answer.finish, answer.usage) = (Some(finish), usage);
                }
                other => panic!("{other:?}"),
            }
        }
    }
    answer
}

/// Gives an answer up after every possible number of steps, in the prompt and in the answer, then asks
/// again and asks on.
fn after_every_step(speculation: Speculation) {
    let request = ask(PROMPT, 40);
    let expected = finished(&mut bench(speculation), &request);
    let turns = vec![
        Message::user(PROMPT),
        Message::assistant(&expected.text),
        Message::user("and then"),
    ];
    let next = Request {
        tokens_max: 20,
        ..Request::new(turns)
    };
    let expected_next = finished(&mut bench(speculation), &next);
    for steps in 0..30 {
        let mut bench = bench(speculation);
        let given_up = bench.add(&request);
        for _ in 0..steps {
            bench.step();
        }
        drop(given_up);
        let again = finished(&mut bench, &request);
        assert_eq!(again.text, expected.text, "after {steps} steps");
        let read = again.usage.tokens_in.min(7 * steps);
        assert!(
            again.usage.tokens_cached + 1 >= read,
            "after {steps} steps: {:?}",
            again.usage
        );
        assert_eq!(
            finished(&mut bench, &next).text,
            expected_next.text,
            "after {steps} steps"
        );
    }
}

#[test]
fn h8_an_answer_given_up_at_any_token_leaves_no_trace() {
    after_every_step(Speculation::Off);
}

#[test]
fn h8_an_answer_given_up_between_guesses_leaves_no_trace() {
    after_every_step(Speculation::Always);
}

#[test]
fn h8_giving_up_beside_another_answer_does_not_change_that_one() {
    let expected = finished(&mut bench(Speculation::Always), &ask(PROMPT, 40)).text;
    for steps in 1..25 {
        let mut bench = bench(Speculation::Always);
        let given_up = bench.add(&ask("the engine and the other thing", 200));
        let kept = bench.add(&ask(PROMPT, 40));
        for _ in 0..steps {
            bench.step();
        }
        drop(given_up);
        while bench.step() {}
        assert_eq!(read(kept).unwrap().text, expected, "after {steps} steps");
    }
}
