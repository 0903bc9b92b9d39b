use super::*;

fn wave(count: usize, step: f32) -> Vec<f32> {
    (0..count).map(|i| (i as f32 * step).sin() * 9.0).collect()
}

fn levels() -> impl Iterator<Item = CpuLevel> {
    CpuLevel::ALL.into_iter().filter(|it| it.is_supported())
}

#[track_caller]
fn assert_close(result: &[f32], expected: impl Iterator<Item = f64>, what: &str) {
    let expected: Vec<_> = expected.collect();
    assert_eq!(result.len(), expected.len());
    for (a, b) in result.iter().zip(expected) {
        let difference = (f64::from(*a) - b).abs();
        assert!(difference <= 2e-6 * b.abs().max(0.01), "{what}: {a} {b}");
    }
}

const SHAPES: [(usize, usize); 5] = [(1, 1), (3, 16), (5, 37), (2, 1024), (700, 64)];

#[test]
fn rows_are_normed_and_added_up() {
    for level in levels() {
        for (rows, width) in SHAPES {
            let (a, b) = (wave(rows * width, 0.3), wave(rows * width, 0.7));
            let weight = wave(width, 0.11);
            let of = |data| Rows { data, step: width };
            let norm_of = Norm {
                weight: &weight,
                eps: 1e-6,
            };
            let what = format!("{level:?} {rows} × {width}");
            let sums = sum(level, (of(&a), of(&b)), rows, width);
            let exact = |place: usize| f64::from(a[place]) + f64::from(b[place]);
            assert_close(&sums, (0..rows * width).map(exact), &what);
            let normed = norm(level, of(&sums), rows, norm_of);
            let expected = sums.chunks(width).flat_map(|row| {
                let squares = row.iter().map(|x| f64::from(*x).powi(2)).sum::<f64>();
                let by = (squares / width as f64 + 1e-6).sqrt().recip();
                let row = row.iter().zip(&weight);
                row.map(move |(x, w)| f64::from(*x) * by * f64::from(*w))
                    .collect::<Vec<_>>()
            });
            assert_close(&normed, expected, &what);
            let both = sum_and_norm(level, (of(&a), of(&b)), rows, norm_of);
            assert!(both == (sums, normed), "{what}");
        }
    }
}

#[test]
fn gates_act_as_they_are_defined() {
    let sigmoid = |x: f64| 1.0 / (1.0 + (-x).exp());
    let clamped = Gate::Clamped {
        slope: 1.702,
        limit: 7.0,
    };
    for level in levels() {
        for (rows, width) in SHAPES {
            let (gate, up) = (wave(rows * width, 0.3), wave(rows * width, 0.7));
            for kind in [Gate::Silu, Gate::Gelu, clamped] {
                let of = |data| Rows { data, step: width };
                let result = gated(level, (of(&gate), of(&up)), rows, width, kind);
                let expected = gate.iter().zip(&up).map(|(gate, up)| {
                    let (gate, up) = (f64::from(*gate), f64::from(*up));
                    match kind {
                        Gate::Silu => gate * sigmoid(gate) * up,
                        Gate::Gelu => {
                            let u = (2.0 / std::f64::consts::PI).sqrt()
                                * (gate + 0.044_715 * gate.powi(3));
                            gate * (1.0 + u.tanh()) / 2.0 * up
                        }
                        Gate::Clamped { .. } => {
                            let gate = gate.min(7.0);
                            gate * sigmoid(1.702 * gate) * (up.clamp(-7.0, 7.0) + 1.0)
                        }
                    }
                });
                assert_close(
                    &result,
                    expected,
                    &format!("{level:?} {kind:?} {rows} × {width}"),
                );
            }
        }
    }
}

#[test]
fn what_is_no_number_stays_none() {
    for level in levels() {
        let x = [f32::NAN; 20];
        let of = Rows { data: &x, step: 20 };
        for kind in [
            Gate::Silu,
            Gate::Gelu,
            Gate::Clamped {
                slope: 1.0,
                limit: 7.0,
            },
        ] {
            let gated = gated(level, (of, of), 1, 20, kind);
            assert!(gated.iter().all(|it| it.is_nan()), "{level:?} {kind:?}");
        }
        let weight = [1.0; 20];
        let normed = norm(
            level,
            of,
            1,
            Norm {
                weight: &weight,
                eps: 1e-6,
            },
        );
        assert!(normed.iter().all(|it| it.is_nan()), "{level:?}");
    }
}
