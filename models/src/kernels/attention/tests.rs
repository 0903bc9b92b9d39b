#![allow(clippy::unwrap_used)]

use super::*;
use crate::kernels::isa::CpuLevel;

/// Queries, keys and values of one sequence, as projections give them.
struct Case {
    heads: usize,
    shape: RowShape,
    q: Vec<f32>,
    k: Vec<f32>,
    v: Vec<f32>,
    window: Option<usize>,
    sinks: Option<Vec<f32>>,
}

const SCALE: f32 = 0.3;

fn wave(count: usize, seed: u64) -> Vec<f32> {
    let mut state = seed;
    let mut next = || {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        (state >> 40) as f32 / (1u64 << 23) as f32 - 1.0
    };
    (0..count).map(|_| next() + next() + next()).collect()
}

impl Case {
    fn new(tokens: usize, (heads, kv_heads, head_dim): (usize, usize, usize)) -> Self {
        Self {
            heads,
            shape: RowShape {
                kv_heads,
                head_dim,
                element: CacheElement::F32,
            },
            q: wave(tokens * heads * head_dim, 1),
            k: wave(tokens * kv_heads * head_dim, 2),
            v: wave(tokens * kv_heads * head_dim, 3),
            window: None,
            sinks: None,
        }
    }

    fn of(mut self, element: CacheElement) -> Self {
        self.shape.element = element;
        self
    }

    fn tokens(&self) -> usize {
        self.q.len() / self.heads / self.shape.head_dim
    }

    /// Attends in spans of `lens`, one call each.
    fn run(&self, level: CpuLevel, lens: &[usize]) -> Vec<f32> {
        let mut memory = KvMemory::new(self.shape, 0);
        let mut scratch = Scratch::default();
        let mut out = Vec::new();
        let (mut start, wide) = (0, self.heads * self.shape.head_dim);
        let narrow = self.shape.kv_heads * self.shape.head_dim;
        let sinks = self.sinks.as_ref();
        let sinks = sinks.map(|it| it.iter().map(|sink| sink * LOG2_E).collect::<Vec<_>>());
        for &len in lens {
            memory.grow(start + len);
            let task = Attend {
                level,
                shape: self.shape,
                heads: self.heads,
                tokens: len,
                q: rows(&self.q[start * wide..], wide),
                k: rows(&self.k[start * narrow..], narrow),
                v: rows(&self.v[start * narrow..], narrow),
                q_norm: None,
                k_norm: None,
                turn: None,
                scale: SCALE * LOG2_E,
                window: self.window,
                sinks: sinks.as_deref(),
            };
            let span = SpanOf {
                memory: 0,
                offset: 0,
                len,
                start,
            };
            out.extend(attend(&task, &[span], &mut [&mut memory], &mut scratch));
            start += len;
        }
        assert_eq!(start, self.tokens());
        out
    }

    /// The definition, in f64, of some tokens.
    fn expected(&self, tokens: &[usize]) -> Vec<f64> {
        let (d, kv_heads) = (self.shape.head_dim, self.shape.kv_heads);
        let dot = |a: &[f32], b: &[f32]| -> f64 {
            let pairs = a.iter().zip(b);
            pairs.map(|(a, b)| f64::from(*a) * f64::from(*b)).sum()
        };
        let mut out = Vec::new();
        for &token in tokens {
            for head in 0..self.heads {
                let query = &self.q[(token * self.heads + head) * d..][..d];
                let kv = head * kv_heads / self.heads;
                let row = |of: &[f32], key: usize| of[(key * kv_heads + kv) * d..][..d].to_vec();
                let first = self.window.map_or(0, |it| (token + 1).saturating_sub(it));
                let weights: Vec<_> = (first..=token)
                    .map(|key| (f64::from(SCALE) * dot(query, &row(&self.k, key))).exp())
                    .collect();
                let sink = self
                    .sinks
                    .as_ref()
                    .map_or(0.0, |it| f64::from(it[head]).exp());
                let sum = sink + weights.iter().sum::<f64>();
                let mut mixed = vec![0.0; d];
                for (weight, key) in weights.iter().zip(first..) {
                    for (mixed, v) in mixed.iter_mut().zip(row(&self.v, key)) {
                        *mixed += weight / sum * f64::from(v);
                    }
                }
                out.extend(mixed);
            }
        }
        out
    }

    #[track_caller]
    fn assert_close(&self, level: CpuLevel, lens: &[usize], tokens: &[usize]) {
        let bound = match self.shape.element {
            CacheElement::F32 => 1e-5,
            CacheElement::I16 => 8e-3, // where scores reach 12
        };
        let result = self.run(level, lens);
        let wide = self.heads * self.shape.head_dim;
        let result = tokens
            .iter()
            .flat_map(|token| &result[token * wide..][..wide]);
        for (result, expected) in result.zip(self.expected(tokens)) {
            let difference = (f64::from(*result) - expected).abs();
            assert!(
                difference < bound,
                "{level:?} {:?} {lens:?}: {result} instead of {expected}",
                self.shape
            );
        }
    }
}

const LOG2_E: f32 = std::f32::consts::LOG2_E;

fn rows(data: &[f32], step: usize) -> Rows<'_> {
    Rows { data, step }
}

fn levels() -> impl Iterator<Item = CpuLevel> {
    CpuLevel::ALL.into_iter().filter(|it| it.is_supported())
}

const ELEMENTS: [CacheElement; 2] = [CacheElement::F32, CacheElement::I16];

#[test]
fn attention_equals_its_definition_on_every_level() {
    for level in levels() {
        for element in ELEMENTS {
            for (tokens, shape) in [
                (1, (2, 2, 8)),
                (9, (4, 2, 16)),
                (33, (6, 2, 24)),
                (130, (3, 1, 80)),
                (70, (7, 1, 64)),
                (50, (16, 2, 128)),
                (20, (2, 1, 256)),
            ] {
                let all: Vec<_> = (0..tokens).collect();
                let case = Case::new(tokens, shape).of(element);
                case.assert_close(level, &[tokens], &all);
                case.assert_close(level, &vec![1; tokens], &all);
            }
        }
    }
}

#[test]
fn long_sequences_are_cut_and_joined() {
    let tokens = 2 * STRETCH + 200;
    let some = [0, 127, 128, STRETCH - 1, STRETCH, 2 * STRETCH, tokens - 1];
    for level in levels() {
        for element in ELEMENTS {
            let case = Case::new(tokens, (2, 1, 16)).of(element);
            case.assert_close(level, &[tokens - 3, 1, 1, 1], &some);
        }
    }
}

#[test]
fn a_window_hides_what_is_older() {
    for element in ELEMENTS {
        for window in [1, 2, 16, 100, 129] {
            let mut case = Case::new(300, (4, 2, 16)).of(element);
            case.window = Some(window);
            let all: Vec<_> = (0..300).collect();
            case.assert_close(crate::kernels::isa::level(), &[300], &all);
            case.assert_close(crate::kernels::isa::level(), &[150, 1, 1, 148], &all);
        }
    }
}

#[test]
fn a_sink_takes_its_part_of_every_head() {
    for element in ELEMENTS {
        let mut case = Case::new(40, (4, 2, 16)).of(element);
        case.sinks = Some(vec![0.5, -1.0, 3.0, 0.0]);
        let all: Vec<_> = (0..40).collect();
        case.assert_close(crate::kernels::isa::level(), &[40], &all);
    }
}

/// A token's result does not depend on what is computed with it.
#[test]
fn a_prompt_is_to_the_bit_what_its_tokens_are_one_by_one() {
    let tokens = STRETCH + 150;
    for level in levels() {
        for element in ELEMENTS {
            let case = Case::new(tokens, (4, 2, 16)).of(element);
            let bits = |lens: &[usize]| {
                let out = case.run(level, lens);
                out.into_iter().map(f32::to_bits).collect::<Vec<_>>()
            };
            let whole = bits(&[tokens]);
            assert!(whole == bits(&vec![1; tokens]), "{level:?} {element:?}");
            assert!(
                whole == bits(&[7, 500, tokens - 507]),
                "{level:?} {element:?}"
            );
        }
    }
}

#[test]
fn large_and_small_numbers_keep_their_proportions() {
    for level in levels() {
        let mut case = Case::new(64, (2, 1, 32)).of(CacheElement::I16);
        for (number, x) in case.k.iter_mut().enumerate() {
            *x *= if number % 32 == 5 { 1e-3 } else { 1e-30 };
        }
        for x in &mut case.v {
            *x *= 1e4;
        }
        let all: Vec<_> = (0..64).collect();
        let result = case.run(level, &[64]);
        for (result, expected) in result.iter().zip(case.expected(&all)) {
            assert!(
                (f64::from(*result) - expected).abs() < 10.0,
                "{level:?}: {result} {expected}"
            );
        }
    }
}

#[test]
fn what_is_no_number_stays_none() {
    for level in levels() {
        for element in ELEMENTS {
            for part in 0..3 {
                // In f32 an infinite key may be as well one that nobody looks at.
                let infinite = if element == CacheElement::I16 {
                    f32::INFINITY
                } else {
                    f32::NAN
                };
                for bad in [f32::NAN, infinite] {
                    let mut case = Case::new(20, (2, 1, 16)).of(element);
                    let of = [&mut case.q, &mut case.k, &mut case.v];
                    for (number, x) in of.into_iter().enumerate() {
                        let len = x.len();
                        if number == part {
                            x[len / 20 * 10 + 3] = bad;
                        }
                    }
                    let result = case.run(level, &[20]);
                    let ten = &result[10 * 32..][..32];
                    assert!(
                        ten.iter().any(|it| !it.is_finite()),
                        "{level:?} {element:?} {part} {bad}"
                    );
                    // In f32 a weight of 0 does not hide such a value.
                    let hidden = part < 2 || element == CacheElement::I16;
                    assert!(!hidden || result[..10 * 32].iter().all(|it| it.is_finite()));
                }
            }
        }
    }
}
