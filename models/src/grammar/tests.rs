//! Grammars followed by chance: whatever is chosen among what is allowed must be valid.

#![allow(clippy::unwrap_used)]

mod answers;
mod calls;
mod hostile;
mod places;

use serde_json::json;

use super::*;
use crate::dialect::{CallMarkup, Dialect, Reading, ReasoningMarkup, Tool};
use crate::test_support::Dice;
use crate::tokenizer::Tokenizer;
use crate::tokenizer::testing::answering;

/// Marks that are tokens of their own in the vocabulary of the tests.
const TOKENS: [&str; 16] = [
    "</think>",
    "<think>",
    "<tool_call>",
    "</tool_call>",
    "[TOOL_CALLS]",
    "[ARGS]",
    "<|python_tag|>",
    "<｜tool▁calls▁begin｜>",
    "<｜tool▁calls▁end｜>",
    "<｜tool▁call▁begin｜>",
    "<｜tool▁call▁end｜>",
    "<｜tool▁sep｜>",
    "<|channel|>",
    "<|message|>",
    "<|start|>",
    "<|constrain|>",
];

fn tokenizer() -> Tokenizer {
    answering(&TOKENS)
}

fn end() -> u32 {
    256
}

fn plan(dialect: Dialect, rules: &Rules) -> Plan {
    Grammars::new(tokenizer(), dialect).plan(rules).unwrap()
}

fn response(response: ResponseFormat) -> Rules {
    Rules {
        response,
        ..Rules::default()
    }
}

fn weather() -> Tool {
    Tool {
        name: "weather".to_owned(),
        parameters: json!({
            "type": "object",
            "properties": {
                "city": {"type": "string", "maxLength": 12},
                "days": {"type": "integer", "minimum": 1, "maximum": 14},
                "unit": {"type": "string", "enum": ["C", "F"]},
                "hourly": {"type": "boolean"},
                "tags": {"type": "array", "items": {"type": "string", "maxLength": 4}, "maxItems": 2},
            },
            "required": ["city", "days"],
            "additionalProperties": false,
        }),
    }
}

fn now() -> Tool {
    Tool {
        name: "now".to_owned(),
        parameters: json!({"type": "object", "properties": {}, "additionalProperties": false}),
    }
}

/// The tokens of `text`: its marks, and the bytes of the rest.
fn tokens_of(text: &str) -> Vec<u32> {
    let tokenizer = tokenizer();
    let (mut tokens, mut at) = (Vec::new(), 0);
    while at < text.len() {
        let mark = TOKENS
            .iter()
            .find(|mark| text.as_bytes()[at..].starts_with(mark.as_bytes()));
        tokens.push(mark.map_or(u32::from(text.as_bytes()[at]), |mark| {
            tokenizer.token_id(mark).unwrap()
        }));
        at += mark.map_or(1, |mark| mark.len());
    }
    tokens
}

/// Writes `text` into `guide`, byte by byte or by its marks; `false` where it is refused.
fn write(guide: &mut Guide, text: &str) -> bool {
    tokens_of(text).into_iter().all(|token| {
        guide.allowed().unwrap().is_none_or(|set| set.allows(token)) && guide.accept(token).unwrap()
    })
}

/// Goes on by chance until the end, at most `most` tokens, and returns what was written.
fn go_on(guide: &mut Guide, dice: &mut Dice, most: usize) -> Option<String> {
    let tokenizer = tokenizer();
    let mut detokenizer = tokenizer.detokenizer();
    let mut text = String::new();
    for _ in 0..most {
        if guide.is_over() {
            return Some(text + &detokenizer.finish());
        }
        let allowed = guide.allowed();
        let allowed = allowed.unwrap_or_else(|error| panic!("{error} after {text}"));
        let token = choose(allowed, dice);
        if tokenizer.is_end(token) {
            assert!(guide.accept(token).unwrap());
            continue;
        }
        if guide.accept(token).unwrap() {
            text += &detokenizer.push(token);
        }
    }
    None
}

/// A token by chance, those that end something more often, so that strings and lists do.
fn choose(allowed: Option<&TokenSet>, dice: &mut Dice) -> u32 {
    let all = 257 + TOKENS.len() as u32;
    let allows = |token: u32| allowed.is_none_or(|set| set.allows(token));
    let closing: Vec<u32> = [u32::from(b'"'), u32::from(b']'), u32::from(b'}'), end()]
        .into_iter()
        .filter(|token| allows(*token))
        .collect();
    if !closing.is_empty() && dice.below(4) == 0 {
        return closing[dice.below(closing.len())];
    }
    let tokens: Vec<u32> = (0..all).filter(|token| allows(*token)).collect();
    tokens[dice.below(tokens.len())]
}
