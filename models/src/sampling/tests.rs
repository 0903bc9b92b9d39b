#![allow(clippy::unwrap_used)]

use super::*;

/// Logits of `count` tokens without ties, from a fixed sequence.
fn logits(count: usize, seed: u64) -> Vec<f32> {
    let mut random = Random::new(seed);
    (0..count)
        .map(|_| (random.unit() * 12.0 - 6.0) as f32)
        .collect()
}

fn hot() -> Sampling {
    Sampling {
        temperature: 1.0,
        ..Sampling::default()
    }
}

/// What every filter is defined as, written without regard to speed: the probabilities by id.
fn reference(logits: &[f32], recent: &[u32], sampling: &Sampling) -> Vec<f64> {
    let penalty = f64::from(sampling.repetition_penalty);
    let mut scores = logits
        .iter()
        .map(|&logit| f64::from(logit))
        .collect::<Vec<_>>();
    for (id, score) in scores.iter_mut().enumerate() {
        if recent.contains(&(id as u32)) {
            *score = if *score > 0.0 {
                *score / penalty
            } else {
                *score * penalty
            };
        }
        *score /= f64::from(sampling.temperature);
    }
    let mut order = (0..scores.len()).collect::<Vec<_>>();
    order.sort_by(|&a, &b| scores[b].total_cmp(&scores[a]).then(a.cmp(&b)));
    order.truncate(sampling.top_k.unwrap_or(usize::MAX));
    let softmax = |order: &[usize]| {
        let sum = order.iter().map(|&id| scores[id].exp()).sum::<f64>();
        order
            .iter()
            .map(|&id| scores[id].exp() / sum)
            .collect::<Vec<_>>()
    };
    if let Some(top_p) = sampling.top_p {
        let mut before = 0.0;
        let mut kept = 0;
        for probability in softmax(&order) {
            if before < f64::from(top_p) {
                kept += 1;
            }
            before += probability;
        }
        order.truncate(kept);
    }
    if let Some(min_p) = sampling.min_p {
        let probabilities = softmax(&order);
        let least = f64::from(min_p) * probabilities[0];
        order.truncate(
            probabilities
                .iter()
                .filter(|&&probability| probability >= least)
                .count(),
        );
    }
    let mut by_id = vec![0.0; logits.len()];
    for (&id, probability) in order.iter().zip(softmax(&order)) {
        by_id[id] = probability;
    }
    by_id
}

/// Pearson's statistic of `draws` samples against the reference, over tokens expected at least five
/// times, and the number of those tokens.
fn chi_square(logits: &[f32], recent: &[u32], sampling: Sampling, draws: u32) -> (f64, usize) {
    let expected = reference(logits, recent, &sampling);
    let mut sampler = Sampler::new(sampling).unwrap();
    let mut counts = vec![0u32; logits.len()];
    for _ in 0..draws {
        counts[sampler.sample(logits, recent).unwrap() as usize] += 1;
    }
    for (id, &count) in counts.iter().enumerate() {
        assert!(
            count == 0 || expected[id] > 0.0,
            "token {id} was filtered out and drawn"
        );
    }
    let often = expected
        .iter()
        .zip(&counts)
        .filter_map(|(&probability, &count)| {
            let expected = probability * f64::from(draws);
            (expected >= 5.0).then(|| (f64::from(count) - expected).powi(2) / expected)
        });
    let often = often.collect::<Vec<_>>();
    (often.iter().sum(), often.len())
}

/// The statistic's mean is its degrees of freedom f, its deviation √2f; seeds are fixed, so five
/// deviations never fail by chance.
fn assert_distributed(logits: &[f32], recent: &[u32], sampling: Sampling) {
    let shown = format!("{sampling:?}");
    let (statistic, tokens) = chi_square(logits, recent, sampling, 20_000);
    let freedom = tokens as f64;
    assert!(
        statistic < freedom + 5.0 * (2.0 * freedom).sqrt(),
        "{statistic} of {tokens}: {shown}"
    );
}

#[test]
fn draws_follow_the_probabilities() {
    for seed in 0..4 {
        assert_distributed(&logits(40, seed), &[], Sampling { seed, ..hot() });
    }
}

#[test]
fn every_filter_and_their_combination_equal_the_reference() {
    let logits = logits(300, 9);
    let recent = [1, 5, 5, 5, 17, 299];
    let cases = [
        Sampling {
            temperature: 0.4,
            ..hot()
        },
        Sampling {
            temperature: 2.5,
            ..hot()
        },
        Sampling {
            top_k: Some(7),
            ..hot()
        },
        Sampling {
            top_p: Some(0.6),
            ..hot()
        },
        Sampling {
            min_p: Some(0.1),
            ..hot()
        },
        Sampling {
            repetition_penalty: 1.7,
            ..hot()
        },
        Sampling {
            top_k: Some(50),
            top_p: Some(0.9),
            ..hot()
        },
        Sampling {
            temperature: 0.7,
            top_k: Some(40),
            top_p: Some(0.8),
            min_p: Some(0.05),
            repetition_penalty: 1.3,
            seed: 5,
        },
    ];
    for sampling in cases {
        assert_distributed(&logits, &recent, sampling);
    }
}

#[test]
fn what_a_filter_keeps_is_exact() {
    let kept = |logits: &[f32], sampling: Sampling| {
        let mut sampler = Sampler::new(sampling.clone()).unwrap();
        sampler.sample(logits, &[]).unwrap();
        let mut kept = sampler
            .candidates
            .iter()
            .map(|c| c.id as usize)
            .collect::<Vec<_>>();
        kept.sort_unstable();
        let reference = reference(logits, &[], &sampling);
        let expected = (0..logits.len())
            .filter(|&id| reference[id] > 0.0)
            .collect::<Vec<_>>();
        assert_eq!(kept, expected, "{sampling:?}");
    };
    for seed in 0..20 {
        let logits = logits(3_000, seed);
        kept(
            &logits,
            Sampling {
                top_k: Some(1),
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                top_k: Some(2_999),
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                top_k: Some(50_000),
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                top_p: Some(0.05),
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                top_p: Some(0.97),
                temperature: 3.0,
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                min_p: Some(0.2),
                ..hot()
            },
        );
        kept(
            &logits,
            Sampling {
                top_k: Some(90),
                top_p: Some(0.9),
                min_p: Some(0.02),
                ..hot()
            },
        );
    }
}

#[test]
fn greedy_takes_the_highest_and_of_equals_the_lowest_id() {
    let mut sampler = Sampler::new(Sampling::default()).unwrap();
    assert_eq!(sampler.sample(&[1.0, 3.0, -2.0, 3.0], &[]).unwrap(), 1);
    assert_eq!(sampler.sample(&[-0.0, 0.0], &[]).unwrap(), 0);
    assert_eq!(sampler.sample(&[-5.0], &[]).unwrap(), 0);
}

#[test]
fn the_penalty_pushes_down_both_signs_once_for_each_token() {
    let sampling = Sampling {
        repetition_penalty: 2.0,
        ..Sampling::default()
    };
    let mut sampler = Sampler::new(sampling).unwrap();
    // 4 / 2 = 2 stays above 1.5; twice it would not
    assert_eq!(sampler.sample(&[4.0, 1.5, 0.0], &[0, 0, 0]).unwrap(), 0);
    assert_eq!(sampler.sample(&[4.0, 2.5, 0.0], &[0]).unwrap(), 1);
    assert_eq!(sampler.sample(&[-1.0, -1.5], &[0]).unwrap(), 1);
    assert_eq!(sampler.sample(&[4.0, 2.5], &[7_000_000]).unwrap(), 0);
}

#[test]
fn the_same_seed_gives_the_same_tokens_and_another_gives_others() {
    let logits = logits(500, 3);
    let draw = |seed| {
        let mut sampler = Sampler::new(Sampling {
            seed,
            temperature: 2.0,
            ..hot()
        })
        .unwrap();
        (0..50)
            .map(|_| sampler.sample(&logits, &[]).unwrap())
            .collect::<Vec<_>>()
    };
    assert_eq!(draw(1), draw(1));
    assert_ne!(draw(1), draw(2));
}

#[test]
fn a11_logits_that_are_not_finite_are_an_error_that_names_the_step() {
    for sampling in [Sampling::default(), hot()] {
        let mut sampler = Sampler::new(sampling).unwrap();
        sampler.sample(&[0.0, 1.0], &[]).unwrap();
        sampler.sample(&[0.0, 1.0], &[]).unwrap();
        for bad in [f32::NAN, f32::INFINITY, f32::NEG_INFINITY] {
            let error = sampler.sample(&[0.0, bad, 1.0], &[]).unwrap_err();
            assert!(
                matches!(error, ModelError::NonFiniteLogits { step: 2 }),
                "{error}"
            );
        }
        assert!(sampler.sample(&[], &[]).is_err());
    }
}

#[test]
fn settings_outside_their_range_are_refused_by_name() {
    let refused = |sampling: Sampling| Sampler::new(sampling).unwrap_err().to_string();
    let base = Sampling::default;
    assert_eq!(
        refused(Sampling {
            temperature: -0.1,
            ..base()
        }),
        "`temperature`: must be 0 to 100, is -0.1"
    );
    assert!(
        refused(Sampling {
            temperature: f32::NAN,
            ..base()
        })
        .contains("temperature")
    );
    assert!(
        refused(Sampling {
            top_k: Some(0),
            ..base()
        })
        .contains("top_k")
    );
    assert!(
        refused(Sampling {
            top_p: Some(0.0),
            ..base()
        })
        .contains("top_p")
    );
    assert!(
        refused(Sampling {
            top_p: Some(1.1),
            ..base()
        })
        .contains("top_p")
    );
    assert!(
        refused(Sampling {
            min_p: Some(-1.0),
            ..base()
        })
        .contains("min_p")
    );
    assert!(
        refused(Sampling {
            repetition_penalty: 0.0,
            ..base()
        })
        .contains("repetition_penalty")
    );
}

#[test]
fn extreme_but_finite_logits_give_a_token() {
    let logits = [f32::MAX, f32::MIN, 0.0, f32::MAX];
    for temperature in [0.001, 1.0, 100.0] {
        let mut sampler = Sampler::new(Sampling {
            temperature,
            ..hot()
        })
        .unwrap();
        let token = sampler.sample(&logits, &[]).unwrap();
        assert!(token == 0 || token == 3, "{token}");
    }
}
