#![allow(clippy::unwrap_used)]

use candle_core::Device;
use candle_core::quantized::{GgmlDType, QTensor};

use super::*;
use crate::layers::Matrix;

const HIDDEN: usize = 32;
const INNER: usize = 32;

fn config(count: usize, used: usize) -> ExpertsConfig {
    ExpertsConfig {
        count,
        used,
        feed_forward: INNER,
        scoring: Scoring::Softmax,
        normalised: true,
        scale: 1.0,
    }
}

fn chosen(choices: &[Choice]) -> Vec<usize> {
    choices.iter().map(|choice| choice.expert).collect()
}

fn weights(choices: &[Choice]) -> Vec<f32> {
    choices.iter().map(|choice| choice.weight).collect()
}

#[track_caller]
fn assert_near(result: &[f32], expected: &[f32]) {
    assert_eq!(result.len(), expected.len());
    for (a, b) in result.iter().zip(expected) {
        assert!((a - b).abs() < 1e-6, "{result:?} is not {expected:?}");
    }
}

#[test]
fn the_best_experts_share_the_output() {
    let logits = [0.0, 3f32.ln(), 2f32.ln(), 2f32.ln()]; // 1, 3, 2, 2 of 8
    let normalised = choose(&logits, None, &config(4, 2));
    assert_eq!(chosen(&normalised), [1, 2], "of equal ones the first");
    assert_near(&weights(&normalised), &[0.6, 0.4]);
    let plain = ExpertsConfig {
        normalised: false,
        scale: 2.0,
        ..config(4, 3)
    };
    let plain = choose(&logits, None, &plain);
    assert_eq!(chosen(&plain), [1, 2, 3]);
    assert_near(&weights(&plain), &[0.75, 0.5, 0.5]);
}

#[test]
fn a_bias_changes_the_choice_and_not_the_weight() {
    let sigmoid = ExpertsConfig {
        scoring: Scoring::Sigmoid,
        normalised: false,
        ..config(3, 1)
    };
    let choice = choose(&[0.0, 4.0, -4.0], Some(&[0.9, 0.0, 0.0]), &sigmoid);
    assert_eq!(chosen(&choice), [0]);
    assert_near(&weights(&choice), &[0.5]);
}

#[test]
fn a11_scores_that_are_no_numbers_choose_without_panic() {
    for logits in [[f32::NAN; 4], [f32::INFINITY; 4], [f32::NEG_INFINITY; 4]] {
        let choices = choose(&logits, None, &config(4, 2));
        assert_eq!(chosen(&choices), [0, 1]);
        assert!(choices.iter().all(|choice| choice.weight.is_nan()));
    }
}

#[test]
fn groups_lead_back_to_their_tokens() {
    let choice = |expert| Choice {
        expert,
        weight: 1.0,
    };
    let groups = Groups::new(&[choice(2), choice(0), choice(0), choice(3)], 2, 5);
    assert_eq!(groups.rows, [(0, vec![0, 1]), (2, vec![0]), (3, vec![1])]);
    assert_eq!(groups.places, [2, 0, 1, 3]);
}

fn wave(rows: usize, columns: usize, step: f32) -> Tensor {
    let data = (0..rows * columns).map(|i| (i as f32 * step).sin() * 0.3);
    Tensor::from_vec(data.collect::<Vec<_>>(), (rows, columns), &Device::Cpu).unwrap()
}

fn linear(rows: usize, columns: usize, step: f32, kind: GgmlDType) -> Linear {
    let weights = QTensor::quantize(&wave(rows, columns, step), kind).unwrap();
    Linear::new(Matrix::new(weights).unwrap(), None)
}

fn moe(kind: GgmlDType) -> Moe {
    let expert = |number: usize| {
        let step = 0.11 + number as f32 * 0.07;
        Mlp {
            gate: linear(INNER, HIDDEN, step, kind),
            up: linear(INNER, HIDDEN, step + 0.013, kind),
            down: linear(HIDDEN, INNER, step + 0.029, kind),
            activation: Activation::Silu,
        }
    };
    Moe {
        router: Router {
            scores: linear(6, HIDDEN, 0.37, GgmlDType::F32),
            choice_bias: None,
            config: config(6, 2),
        },
        experts: (0..6).map(expert).collect(),
    }
}

/// The definition: each token by itself, one expert after the other.
fn one_by_one(moe: &Moe, x: &Tensor) -> Tensor {
    let used = moe.router.config.used;
    let choices = moe.router.choose(x).unwrap();
    let rows = choices.chunks(used).enumerate().map(|(token, choices)| {
        let x = x.narrow(0, token, 1).unwrap();
        let parts = choices.iter().map(|choice| {
            let output = moe.experts[choice.expert].forward(&x).unwrap();
            (output * f64::from(choice.weight)).unwrap()
        });
        parts.reduce(|sum, part| (sum + part).unwrap()).unwrap()
    });
    Tensor::cat(&rows.collect::<Vec<_>>(), 0).unwrap()
}

#[test]
fn grouped_tokens_equal_each_token_alone() {
    for (kind, bound) in [(GgmlDType::F32, 1e-5), (GgmlDType::Q8_0, 1e-4)] {
        let moe = moe(kind);
        for tokens in [1, 2, 7, 40] {
            let x = wave(tokens, HIDDEN, 0.71);
            let together = moe.forward(&x).unwrap();
            assert_eq!(together.dims(), [tokens, HIDDEN]);
            let difference = (&together - one_by_one(&moe, &x)).unwrap().abs().unwrap();
            let difference: f32 = difference.max_all().unwrap().to_scalar().unwrap();
            assert!(difference < bound, "{kind:?}, {tokens}: {difference}");
        }
    }
}
