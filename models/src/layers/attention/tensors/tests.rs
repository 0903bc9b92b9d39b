#![allow(clippy::unwrap_used)]

use super::*;

/// Attention written out over slices, in f64: the definition. q (n, H, D), k and v (K, T, D).
fn reference(q: &Tensor, k: &Tensor, v: &Tensor, focus: &Focus) -> Vec<f32> {
    let window = focus.window;
    let sinks = focus.sinks.as_ref().map(|it| it.to_vec1::<f32>().unwrap());
    let (q, k, v) = (values(q), values(k), values(v));
    let (heads, kv_heads, total) = (q[0].len(), k.len(), k[0].len());
    let start = total - q.len();
    let mut out = Vec::new();
    for (row, query_heads) in q.iter().enumerate() {
        for (head, query) in query_heads.iter().enumerate() {
            let kv_head = head * kv_heads / heads;
            let position = start + row;
            let oldest = window.map_or(0, |window| (position + 1).saturating_sub(window));
            let scores = (oldest..=position).map(|key| {
                let dot = query
                    .iter()
                    .zip(&k[kv_head][key])
                    .map(|(a, b)| f64::from(a * b));
                (dot.sum::<f64>() * focus.scale).exp()
            });
            let scores = scores.collect::<Vec<_>>();
            let sink = sinks.as_ref().map_or(0.0, |it| f64::from(it[head]).exp());
            let sum = sink + scores.iter().sum::<f64>();
            out.extend((0..query.len()).map(|element| {
                let mixed = scores.iter().zip(oldest..);
                mixed
                    .map(|(w, key)| w / sum * f64::from(v[kv_head][key][element]))
                    .sum::<f64>() as f32
            }));
        }
    }
    out
}

fn values(x: &Tensor) -> Vec<Vec<Vec<f32>>> {
    x.to_vec3().unwrap()
}

fn wave(shape: (usize, usize, usize), phase: f32) -> Tensor {
    let count = shape.0 * shape.1 * shape.2;
    let data = (0..count)
        .map(|i| (i as f32 * 0.37 + phase).sin())
        .collect::<Vec<_>>();
    Tensor::from_vec(data, shape, &Device::Cpu).unwrap()
}

fn assert_equal(n: usize, total: usize, heads: usize, kv_heads: usize, window: Option<usize>) {
    assert_focused(n, total, heads, kv_heads, &Focus::new(8, window));
}

#[track_caller]
fn assert_focused(n: usize, total: usize, heads: usize, kv_heads: usize, focus: &Focus) {
    let q = wave((n, heads, 8), 0.1);
    let (k, v) = (
        wave((kv_heads, total, 8), 0.2),
        wave((kv_heads, total, 8), 0.3),
    );
    let seen = Seen::new(total - n, n, focus.window);
    let result = attend(
        &q,
        &seen.part_of(&k.t().unwrap(), 2).unwrap(),
        &seen.part_of(&v, 1).unwrap(),
        &seen,
        focus,
    )
    .unwrap();
    assert_eq!(result.dims(), &[n, heads * 8]);
    let result = result.flatten_all().unwrap().to_vec1::<f32>().unwrap();
    for (result, expected) in result.iter().zip(reference(&q, &k, &v, focus)) {
        assert!(
            (result - expected).abs() < 1e-5,
            "{n} of {total}, {focus:?}"
        );
    }
}

#[test]
fn attention_equals_its_definition() {
    assert_equal(1, 1, 2, 2, None);
    assert_equal(1, 9, 4, 2, None);
    assert_equal(5, 5, 6, 2, None);
    assert_equal(3, 12, 4, 1, None);
}

#[test]
fn a_window_hides_what_is_older() {
    for window in [1, 2, 5, 12, 100] {
        assert_equal(1, 12, 4, 2, Some(window));
        assert_equal(4, 12, 4, 2, Some(window));
        assert_equal(12, 12, 4, 2, Some(window));
    }
}

#[test]
fn a_sink_takes_its_part_of_every_head() {
    let sinks = Tensor::new(&[0.5f32, -1.0, 3.0, 0.0], &Device::Cpu).unwrap();
    for window in [None, Some(3)] {
        let focus = Focus {
            window,
            scale: 0.7,
            sinks: Some(sinks.clone()),
        };
        for (n, total) in [(1, 1), (1, 9), (5, 9), (6, 6)] {
            assert_focused(n, total, 4, 2, &focus);
        }
    }
}
