//! Networks that another library computes, through our configuration, weights and cache.

#![allow(clippy::unwrap_used)]

use aldo_models::{
    Batch, Cache, Checkpoint, Decoder, Logits, ModelError, OtherArchitecture, Quantize,
};
use candle_core::Device;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cases::OTHERS;
use crate::logits::plain_error;
use crate::support::{alone, assert_close, cache, feed, golden, load, tokens};

/// f32 arithmetic in another order; the product asks for 1e-3.
const BOUND: f32 = 1e-4;

fn last(decoder: &Decoder, cache: &mut Cache, tokens: &[u32]) -> Vec<Vec<f32>> {
    let mut batch = Batch::new();
    batch.push(0, tokens, Logits::Last);
    decoder.forward(&batch, cache).unwrap().to_vec2().unwrap()
}

#[test]
fn logits_equal_transformers() {
    let wrong = OTHERS.iter().filter_map(|case| {
        let error = plain_error(case, "safetensors");
        (error.is_nan() || error > BOUND).then(|| format!("{}: differs by {error:e}", case.name))
    });
    let wrong = wrong.collect::<Vec<_>>();
    assert!(wrong.is_empty(), "{wrong:?}");
}

#[test]
fn every_other_architecture_has_a_case() {
    for architecture in OtherArchitecture::ALL {
        let name = architecture.name();
        assert!(
            OTHERS.iter().any(|case| case.architecture == name),
            "{name}"
        );
        let checkpoint =
            Checkpoint::open(&golden(&format!("other/{name}"), "safetensors")).unwrap();
        assert_eq!(checkpoint.config().architecture.name(), name);
    }
}

#[test]
fn prefill_at_once_and_in_chunks_equals_decoding() {
    for case in OTHERS {
        let decoder = load(case.name, "safetensors");
        assert!(!decoder.shares_work());
        let tokens = tokens(case.name, "long");
        let one_by_one = alone(&decoder, &tokens);
        let end = &one_by_one[tokens.len() - 1..];
        let at_once = last(&decoder, &mut cache(&decoder, 1), &tokens);
        assert_close(&at_once, end, BOUND, case.name);
        let mut chunked = cache(&decoder, 1);
        for chunk in tokens[..140].chunks(64) {
            let mut batch = Batch::new();
            batch.push(0, chunk, Logits::None);
            assert_eq!(decoder.forward(&batch, &mut chunked).unwrap().dims()[0], 0);
        }
        let in_chunks = last(&decoder, &mut chunked, &tokens[140..]);
        assert_close(&in_chunks, end, BOUND, case.name);
    }
}

#[test]
fn there_is_one_slot_and_a_trimmed_one_begins_again() {
    for case in OTHERS {
        let decoder = load(case.name, "safetensors");
        let tokens = tokens(case.name, "short");
        let mut cache = cache(&decoder, 4);
        assert_eq!(cache.slots(), 1);
        let first = feed(&decoder, &mut cache, 0, &tokens);
        assert_eq!((cache.trimmed_len(0, 12), cache.trimmed_len(0, 5)), (12, 0));
        assert_eq!(cache.trim(0, 5), 0);
        assert_eq!(
            feed(&decoder, &mut cache, 0, &tokens),
            first,
            "{}",
            case.name
        );
        cache.clear(0);
        assert_eq!(
            feed(&decoder, &mut cache, 0, &tokens),
            first,
            "{}",
            case.name
        );
    }
}

#[test]
fn conversations_in_two_caches_do_not_meet() {
    let decoder = load("other/gemma2", "safetensors");
    let tokens = tokens("other/gemma2", "short");
    let (mut one, mut two) = (cache(&decoder, 1), cache(&decoder, 1));
    let expected = alone(&decoder, &tokens);
    feed(&decoder, &mut one, 0, &tokens[..6]);
    feed(&decoder, &mut two, 0, &tokens[3..]);
    let rest = feed(&decoder, &mut one, 0, &tokens[6..]);
    assert_close(&rest, &expected[6..], BOUND, "gemma2");
}

/// A folder of a case with another `config.json`.
fn with_config(case: &str, config: &str) -> TempDir {
    let from = golden(case, "safetensors");
    let folder = tempfile::tempdir().unwrap();
    for file in ["tokenizer.json", "model.safetensors"] {
        std::fs::copy(from.join(file), folder.path().join(file)).unwrap();
    }
    std::fs::write(folder.path().join("config.json"), config).unwrap();
    folder
}

fn config(case: &str) -> String {
    std::fs::read_to_string(golden(case, "safetensors").join("config.json")).unwrap()
}

/// Opens, loads and computes; any of them may be refused.
fn run(folder: &TempDir) -> Result<(), ModelError> {
    let checkpoint = Checkpoint::open(folder.path())?;
    let decoder = Decoder::load(&checkpoint, &Device::Cpu, &mut |_| {})?;
    let mut cache = Cache::new(decoder.config(), &Device::Cpu, 1)?;
    for tokens in [&[1, 2, 3][..], &[4]] {
        let mut batch = Batch::new();
        batch.push(0, tokens, Logits::Last);
        decoder.forward(&batch, &mut cache)?;
    }
    Ok(())
}

/// What the other library does with a number it did not expect must not end the process.
#[test]
fn b03_no_number_of_a_configuration_makes_the_other_library_panic() {
    let mut refused = 0;
    for case in OTHERS {
        let original: Value = serde_json::from_str(&config(case.name)).unwrap();
        for (name, value) in original.as_object().unwrap() {
            let wrong: &[Value] = match value {
                Value::Number(number) if number.is_f64() => &[json!(0.2), json!(1e-9), json!(1e9)],
                Value::Number(_) => &[json!(0), json!(1), json!(3), json!(40), json!(4096)],
                Value::Null => &[json!(1), json!(0.5)],
                Value::Bool(true) => &[json!(false)],
                Value::Bool(false) => &[json!(true)],
                Value::String(_) | Value::Array(_) | Value::Object(_) => &[],
            };
            for wrong in wrong {
                let mut changed = original.clone();
                changed[name] = wrong.clone();
                let folder = with_config(case.name, &changed.to_string());
                let outcome = std::panic::catch_unwind(|| run(&folder));
                let outcome = outcome.unwrap_or_else(|_| panic!("{}: {name} = {wrong}", case.name));
                refused += u32::from(outcome.is_err());
            }
        }
    }
    assert!(refused > 200, "{refused}");
}

#[test]
fn weights_are_not_made_smaller_for_the_other_library() {
    let checkpoint = Checkpoint::open(&golden("other/phi2", "safetensors")).unwrap();
    let smaller = Some(Quantize::Q8_0);
    let error = Decoder::load_as(&checkpoint, &Device::Cpu, smaller, &mut |_| {}).unwrap_err();
    let expected = "`quantize`: is not possible for `phi2`, which candle-transformers computes";
    assert_eq!(error.to_string(), expected);
}

#[test]
fn weights_that_are_missing_are_named() {
    let text = config("other/olmo2");
    let more = text.replace("\"num_hidden_layers\": 2", "\"num_hidden_layers\": 3");
    assert_ne!(text, more);
    let folder = with_config("other/olmo2", &more);
    let checkpoint = Checkpoint::open(folder.path()).unwrap();
    let error = Decoder::load(&checkpoint, &Device::Cpu, &mut |_| {}).unwrap_err();
    assert!(matches!(error, ModelError::MissingTensor { .. }), "{error}");
    assert!(error.to_string().contains("blk.2."), "{error}");
}
