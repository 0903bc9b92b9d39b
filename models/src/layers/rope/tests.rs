#![allow(clippy::unwrap_used, clippy::float_cmp)] // kept means kept to the bit

use super::*;

fn config(scaling: RopeScaling) -> RopeConfig {
    RopeConfig {
        theta: 10_000.0,
        dim: 64,
        layout: RopeLayout::Half,
        scaling,
    }
}

fn rope(layout: RopeLayout, dim: usize) -> Rope {
    Rope::new(&RopeConfig {
        theta: 10_000.0,
        dim,
        layout,
        scaling: RopeScaling::None,
    })
}

/// Rotates the pair (`a`, `b`) of one head by `angle`, as the paper writes it.
fn rotated(x: &[f32], a: usize, b: usize, angle: f32) -> (f32, f32) {
    (
        x[a] * angle.cos() - x[b] * angle.sin(),
        x[a] * angle.sin() + x[b] * angle.cos(),
    )
}

fn apply(rope: &Rope, x: &[f32], heads: usize, positions: &[u32]) -> Vec<f32> {
    let shape = (positions.len(), heads, x.len() / positions.len() / heads);
    let x = Tensor::from_slice(x, shape, &Device::Cpu).unwrap();
    let rotation = rope.rotation(positions, &Device::Cpu).unwrap();
    rotation
        .apply(&x)
        .unwrap()
        .flatten_all()
        .unwrap()
        .to_vec1()
        .unwrap()
}

#[test]
fn both_layouts_rotate_their_pairs() {
    let x = (0..2 * 3 * 8)
        .map(|i| (i as f32 * 0.7).sin())
        .collect::<Vec<_>>();
    let positions = [5, 1_000];
    for layout in [RopeLayout::Interleaved, RopeLayout::Half] {
        let rope = rope(layout, 8);
        let y = apply(&rope, &x, 3, &positions);
        for (row, (x, y)) in x.chunks(8).zip(y.chunks(8)).enumerate() {
            for i in 0..4 {
                let (a, b) = match layout {
                    RopeLayout::Interleaved => (2 * i, 2 * i + 1),
                    RopeLayout::Half => (i, i + 4),
                };
                let angle = positions[row / 3] as f32 * rope.frequencies[i];
                let (expected_a, expected_b) = rotated(x, a, b, angle);
                assert!(
                    (y[a] - expected_a).abs() < 1e-5,
                    "{layout:?} row {row} pair {i}"
                );
                assert!(
                    (y[b] - expected_b).abs() < 1e-5,
                    "{layout:?} row {row} pair {i}"
                );
            }
        }
    }
}

#[test]
fn elements_behind_the_rotated_ones_stay() {
    let x = (0..16).map(|i| i as f32 + 1.0).collect::<Vec<_>>();
    let y = apply(&rope(RopeLayout::Half, 4), &x, 2, &[3]);
    assert_eq!(x[4..8], y[4..8]);
    assert_eq!(x[12..], y[12..]);
    assert_ne!(x[..4], y[..4]);
}

#[test]
fn position_0_changes_nothing() {
    let x = (0..8).map(|i| i as f32).collect::<Vec<_>>();
    assert_eq!(apply(&rope(RopeLayout::Interleaved, 8), &x, 1, &[0]), x);
}

#[test]
fn linear_scaling_divides_positions_and_factors_divide_each_frequency() {
    let plain = Rope::new(&config(RopeScaling::None)).frequencies;
    let linear = Rope::new(&config(RopeScaling::Linear { factor: 4.0 })).frequencies;
    assert!(
        plain
            .iter()
            .zip(&linear)
            .all(|(plain, linear)| *linear == plain / 4.0)
    );
    let factors = (1..=32).map(|i| i as f32).collect::<Vec<_>>();
    let divided = Rope::new(&config(RopeScaling::Factors(factors))).frequencies;
    assert_eq!(divided[4], plain[4] / 5.0);
}

#[test]
fn llama_3_scaling_keeps_fast_divides_slow_and_blends_between() {
    let plain = Rope::new(&config(RopeScaling::None)).frequencies;
    let scaled = Rope::new(&config(RopeScaling::Llama3 {
        factor: 8.0,
        low_freq_factor: 1.0,
        high_freq_factor: 4.0,
        original_context_tokens: 1_024,
    }))
    .frequencies;
    let mut blended = 0;
    for (plain, scaled) in plain.iter().zip(&scaled) {
        let wavelength = TAU / plain;
        match wavelength {
            short if short < 256.0 => assert_eq!(scaled, plain),
            long if long > 1_024.0 => assert_eq!(*scaled, plain / 8.0),
            _ => {
                assert!(*scaled < *plain && *scaled > plain / 8.0);
                blended += 1;
            }
        }
    }
    assert!(blended > 2);
}

#[test]
fn yarn_keeps_fast_divides_slow_and_raises_the_magnitude() {
    let yarn = |attention_factor| {
        Rope::new(&config(RopeScaling::Yarn {
            factor: 4.0,
            original_context_tokens: 4_096,
            attention_factor,
            beta_fast: 32.0,
            beta_slow: 1.0,
            whole: true,
        }))
    };
    let plain = Rope::new(&config(RopeScaling::None)).frequencies;
    let scaled = yarn(None);
    assert_eq!(scaled.frequencies[0], plain[0]);
    assert_eq!(scaled.frequencies[31], plain[31] / 4.0);
    assert!((scaled.magnitude - 1.138_629_4).abs() < 1e-6);
    assert_eq!(yarn(Some(1.5)).magnitude, 1.5);
    // dimension i of 64 turns 32 times at 10.4 and once at 22.5: the ramp goes from 10 to 23
    assert_eq!(scaled.frequencies[10], plain[10]);
    assert!(scaled.frequencies[11] < plain[11]);
    assert!(scaled.frequencies[22] > plain[22] / 4.0);
    assert_eq!(scaled.frequencies[23], plain[23] / 4.0);
}

/// What Hugging Face transformers computes for each kind of scaling.
#[test]
fn frequencies_and_magnitudes_equal_the_reference() {
    let rows = include_str!("../../../tests/golden/ropes.json");
    let rows = serde_json::from_str::<Vec<serde_json::Value>>(rows).unwrap();
    for row in &rows {
        let number = |name: &str| row["parameters"][name].as_f64().map(|number| number as f32);
        let original = || number("original_max_position_embeddings").unwrap() as usize;
        let factor = number("factor").unwrap();
        let scaling = match row["parameters"]["rope_type"].as_str().unwrap() {
            "linear" => RopeScaling::Linear { factor },
            "llama3" => RopeScaling::Llama3 {
                factor,
                low_freq_factor: number("low_freq_factor").unwrap(),
                high_freq_factor: number("high_freq_factor").unwrap(),
                original_context_tokens: original(),
            },
            "yarn" => RopeScaling::Yarn {
                factor,
                original_context_tokens: original(),
                attention_factor: number("attention_factor"),
                beta_fast: number("beta_fast").unwrap_or(32.0),
                beta_slow: number("beta_slow").unwrap_or(1.0),
                whole: row["parameters"]["truncate"].as_bool().unwrap_or(true),
            },
            other => panic!("{other}"),
        };
        let theta = number("rope_theta").unwrap();
        let rope = Rope::new(&RopeConfig {
            theta,
            dim: 128,
            layout: RopeLayout::Half,
            scaling,
        });
        let expected = row["frequencies"].as_array().unwrap();
        assert_eq!(rope.frequencies.len(), expected.len());
        for (frequency, expected) in rope.frequencies.iter().zip(expected) {
            let expected = expected.as_f64().unwrap() as f32;
            assert!(
                (frequency / expected - 1.0).abs() < 1e-5,
                "{frequency} {expected}: {row}"
            );
        }
        let magnitude = row["magnitude"].as_f64().unwrap() as f32;
        assert!((rope.magnitude - magnitude).abs() < 1e-6, "{row}");
    }
}
