//! What is kept of conversations: for their next turns, for siblings, and as long as memory allows.

use aldo_models::Cache;

use super::bench::Bench;
use super::*;

const SYSTEM: &str = "the system prompt that all of the agents have, and it is a long one, longer than \
                      what each of them is asked";

fn sibling(question: &str, tokens_max: usize) -> Request {
    Request {
        tokens_max,
        ..Request::new(vec![Message::system(SYSTEM), Message::user(question)])
    }
}

fn next_turn(question: &str, first: &Answer) -> Request {
    let mut request = sibling(question, 20);
    request.messages.push(Message::assistant(&first.text));
    request.messages.push(Message::user("and then"));
    request
}

#[test]
fn a_sibling_pays_for_its_own_tokens_and_leaves_the_other_whole() {
    let engine = tiny_engine(options());
    let fresh = |request: Request| answer(&tiny_engine(options()), request).text;
    let first = answer(&engine, sibling("one", 20));
    let second = answer(&engine, sibling("two and the other", 20));
    assert_eq!(second.text, fresh(sibling("two and the other", 20)));
    let shared = second.usage.tokens_cached;
    assert!(shared > SYSTEM.len() as u64 / 2, "{:?}", second.usage);
    let turn = answer(&engine, next_turn("one", &first));
    assert_eq!(turn.text, fresh(next_turn("one", &first)));
    // What a random network writes is not always read back as the same tokens; the prompt is.
    assert!(
        turn.usage.tokens_cached >= first.usage.tokens_in,
        "{:?}",
        turn.usage
    );
    let turn = answer(&engine, next_turn("two and the other", &second));
    assert_eq!(turn.text, fresh(next_turn("two and the other", &second)));
    assert!(turn.usage.tokens_cached > shared);
}

#[test]
fn siblings_that_come_together_compute_their_common_beginning_once() {
    let questions = ["one", "two and the other", "three", "four in another"];
    let alone = questions.map(|it| answer(&tiny_engine(options()), sibling(it, 20)).text);
    let engine = tiny_engine(EngineOptions {
        prefill_chunk_tokens: 16,
        ..options()
    });
    let together = questions.map(|it| engine.generate(sibling(it, 20)).unwrap());
    let together = together.map(|generation| read(generation).unwrap());
    assert_eq!(together.clone().map(|answer| answer.text), alone);
    let computed = together.map(|answer| answer.usage.tokens_in - answer.usage.tokens_cached);
    let [first, others @ ..] = computed;
    assert!(first > SYSTEM.len() as u64 / 2, "{computed:?}");
    assert!(others.iter().all(|&tokens| tokens < 40), "{computed:?}");
}

/// Options whose cache holds `contexts` whole contexts of 256 tokens.
fn tight(contexts: u64) -> EngineOptions {
    let tiny = checkpoint_of(&tiny_writer());
    let context = Cache::token_size_bytes(tiny.checkpoint.config()) * 256;
    EngineOptions {
        context_tokens: Some(256),
        cache_bytes_max: Some(contexts * context),
        prefill_chunk_tokens: 32,
        ..options()
    }
}

#[test]
fn h9_the_conversation_used_longest_ago_is_forgotten_first() {
    let engine = tiny_engine(tight(1));
    let first = answer(&engine, ask("one and the other", 20));
    answer(&engine, ask(&"two in another ".repeat(9), 20));
    let again = answer(&engine, ask("one and the other", 20));
    assert_eq!(again.text, first.text);
    assert_eq!(
        again.usage.tokens_cached,
        again.usage.tokens_in - 1,
        "both have room"
    );
    answer(&engine, ask(&"three is too much ".repeat(11), 20));
    let again = answer(&engine, ask("one and the other", 20));
    assert_eq!(again.text, first.text);
    assert!(
        again.usage.tokens_cached < again.usage.tokens_in / 2,
        "{:?}",
        again.usage
    );
}

#[test]
fn h9_sequences_wait_for_memory_and_write_what_they_write_alone() {
    let texts = ["one ", "two and the other ", "three ", "four in another "];
    let request = |text: &str| ask(&text.repeat(80 / text.len()), 120);
    let alone = texts.map(|text| answer(&tiny_engine(options()), request(text)).text);
    let options = EngineOptions {
        speculation: Speculation::Always,
        ..tight(2)
    };
    let allowed = options.cache_bytes_max.unwrap();
    let mut bench = Bench::with(&options);
    let mut generations = texts.map(|text| (bench.add(&request(text)), String::new()));
    let mut at_once = 0;
    while !bench.scheduler.is_idle() {
        bench.step();
        let cache = &bench.network.cache;
        assert!(cache.size_bytes() <= allowed, "{}", cache.size_bytes());
        let busy = (0..cache.slots())
            .filter(|&slot| cache.len(slot) > 0)
            .count();
        at_once = at_once.max(busy);
        for (generation, text) in &mut generations {
            while let Some(event) = generation.try_next() {
                if let Event::Text(more) = event.unwrap() {
                    *text += &more;
                }
            }
        }
    }
    assert_eq!(generations.map(|(_, text)| text), alone);
    assert!(at_once > 1, "memory for two was used");
}
