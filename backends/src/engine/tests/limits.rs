//! What is refused, and that the engine lives on.

use aldo_models::test_support::Value;

use super::*;
use crate::engine::network::cache_bytes_max;
use crate::{ModelError, ToolSpec};

fn tool() -> ToolSpec {
    ToolSpec {
        name: "time".to_owned(),
        description: "Says the time".to_owned(),
        parameters: serde_json::json!({"type": "object", "properties": {}}),
    }
}

#[test]
fn a_prompt_without_room_for_an_answer_is_refused_before_loading() {
    let engine = tiny_engine(EngineOptions {
        context_tokens: Some(20),
        ..options()
    });
    let mut generation = engine
        .generate(ask("too long for the context of twenty", 5))
        .unwrap();
    let error = generation.blocking_next().unwrap().unwrap_err();
    assert!(
        matches!(error, BackendError::ContextTooSmall { tokens_in, context_max: 20 } if tokens_in >= 20),
        "{error}"
    );
    assert!(generation.blocking_next().is_none());
    assert_eq!(answer(&engine, ask("a", 2)).usage.tokens_out, 2);
}

#[test]
fn tools_need_a_template_that_knows_them() {
    let plain = "{% for message in messages %}{{ message.content }}{% endfor %}";
    let writer = tiny_writer().key("tokenizer.chat_template", Value::Text(plain.to_owned()));
    let engine = engine_of(&writer, options());
    let error = refusal(
        &engine,
        Request {
            tools: vec![tool()],
            ..ask("a", 5)
        },
    );
    assert_eq!(
        error.to_string(),
        "the chat template of `tiny` does not know tools"
    );
    assert_eq!(answer(&engine, ask("a", 5)).usage.tokens_in, 1);
}

#[test]
fn without_a_chat_template_there_is_no_conversation() {
    let writer = tiny_writer().without_key("tokenizer.chat_template");
    let engine = engine_of(&writer, options());
    assert_eq!(
        refusal(&engine, ask("a", 5)).to_string(),
        "`tiny` has no chat template"
    );
}

#[test]
fn a15_a_file_that_was_replaced_is_told_to_every_caller() {
    let engine = tiny_engine(options());
    let path = engine.folder.path().join("tiny.gguf");
    let other = engine.folder.path().join("other.gguf");
    std::fs::write(&other, "something else").unwrap();
    std::fs::rename(&other, &path).unwrap();
    for _ in 0..2 {
        let error = refusal(&engine, ask("a", 5));
        assert!(
            matches!(&error, BackendError::Model(ModelError::Changed { path: changed }) if *changed == path),
            "{error}"
        );
    }
}

#[test]
fn a11_logits_that_are_no_numbers_are_an_error_and_not_text() {
    let nan_scale = 0x7e00_u16.to_le_bytes(); // of the first block of a Q8_0 row
    let writer = tiny_writer().change("output.weight", |tensor| {
        tensor.data.splice(..2, nan_scale);
    });
    let engine = engine_of(&writer, options());
    for _ in 0..2 {
        let error = refusal(&engine, ask("a", 5));
        assert!(
            matches!(
                error,
                BackendError::Model(ModelError::NonFiniteLogits { .. })
            ),
            "{error}"
        );
    }
}

#[test]
fn a11_states_that_are_no_numbers_are_an_error_although_rounding_would_hide_them() {
    let writer = tiny_writer().change("output_norm.weight", |tensor| {
        tensor.data.splice(..4, f32::NAN.to_le_bytes());
    });
    let error = refusal(&engine_of(&writer, options()), ask("a", 5));
    assert!(
        matches!(
            error,
            BackendError::Model(ModelError::NonFiniteStates { .. })
        ),
        "{error}"
    );
}

#[test]
fn sampling_out_of_range_is_refused_at_once() {
    let engine = tiny_engine(options());
    let sampling = crate::Sampling {
        temperature: f32::NAN,
        ..crate::Sampling::default()
    };
    let error = engine
        .generate(Request {
            sampling,
            ..ask("a", 5)
        })
        .unwrap_err();
    assert!(error.to_string().contains("temperature"), "{error}");
}

#[test]
fn h9_a_model_larger_than_the_memory_is_refused_with_both_figures() {
    let tiny = checkpoint_of(&tiny_writer());
    let options = EngineOptions {
        sequences_max: 4,
        ..options()
    };
    let fits = |available| cache_bytes_max(&tiny.checkpoint, 100, &options, available);
    let needed = tiny.checkpoint.memory_bytes(100);
    let error = fits(Some(needed - 1)).unwrap_err();
    assert!(
        matches!(error, ModelError::TooLarge { needed_bytes, available_bytes }
            if needed_bytes == needed && available_bytes == needed - 1),
        "{error}"
    );
    let context = tiny.checkpoint.memory_bytes(200) - needed;
    assert_eq!(fits(Some(needed)).unwrap(), context);
    assert_eq!(fits(Some(needed + context * 2)).unwrap(), context * 3);
    assert_eq!(fits(Some(needed + context * 5)).unwrap(), context * 4);
    assert_eq!(fits(Some(needed + context * 99)).unwrap(), context * 50);
    assert!(fits(None).is_ok(), "a system that does not say is believed");
}

#[test]
fn h9_a_cache_that_holds_no_context_is_refused_with_both_figures() {
    let engine = tiny_engine(EngineOptions {
        context_tokens: Some(100),
        cache_bytes_max: Some(28_000),
        ..options()
    });
    assert_eq!(
        refusal(&engine, ask("a", 5)).to_string(),
        "a context of 100 tokens needs 28800 bytes of KV cache, allowed are 28000"
    );
}
