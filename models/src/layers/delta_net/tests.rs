#![allow(clippy::unwrap_used)]

use candle_core::Device;

use super::*;

fn config(value_order: ValueOrder) -> LinearAttentionConfig {
    LinearAttentionConfig {
        key_heads: 2,
        value_heads: 4,
        key_dim: 4,
        value_dim: 3,
        kernel: 4,
        value_order,
    }
}

fn wave(shape: &[usize], phase: f32) -> Tensor {
    let count = shape.iter().product::<usize>();
    let data = (0..count).map(|i| (i as f32 * 0.37 + phase).sin());
    Tensor::from_vec(data.collect::<Vec<_>>(), shape, &Device::Cpu).unwrap()
}

fn input(tokens: usize) -> DeltaInput {
    DeltaInput {
        queries: wave(&[tokens, 2, 4], 0.1),
        keys: wave(&[tokens, 2, 4], 0.2),
        values: wave(&[tokens, 4, 3], 0.3),
        decay: wave(&[tokens, 4], 0.4).abs().unwrap(),
        rate: wave(&[tokens, 4], 0.5).abs().unwrap(),
    }
}

fn part(input: &DeltaInput, start: usize, len: usize) -> DeltaInput {
    let part = |x: &Tensor| x.narrow(0, start, len).unwrap();
    DeltaInput {
        queries: part(&input.queries),
        keys: part(&input.keys),
        values: part(&input.values),
        decay: part(&input.decay),
        rate: part(&input.rate),
    }
}

/// The rule written with matrices, in the words of the paper:
/// S ← α S + β k (v − α Sᵀ k)ᵀ, o = Sᵀ q.
fn reference(config: &LinearAttentionConfig, input: &DeltaInput) -> Vec<f32> {
    let (heads, group) = (config.value_heads, config.value_heads / config.key_heads);
    let mut memory =
        vec![Tensor::zeros((4, 3), candle_core::DType::F32, &Device::Cpu).unwrap(); heads];
    let mut out = Vec::new();
    for token in 0..input.values.dim(0).unwrap() {
        for (head, memory) in memory.iter_mut().enumerate() {
            let key_head = match config.value_order {
                ValueOrder::Grouped => head / group,
                ValueOrder::Tiled => head % config.key_heads,
            };
            let at = |x: &Tensor, head: usize| x.get(token).unwrap().get(head).unwrap();
            let number = |x: &Tensor| f64::from(at(x, head).to_scalar::<f32>().unwrap());
            let column = |x: &Tensor| x.unsqueeze(1).unwrap();
            let (key, query) = (
                column(&at(&input.keys, key_head)),
                column(&at(&input.queries, key_head)),
            );
            let faded = (&*memory * number(&input.decay)).unwrap();
            let known = faded.t().unwrap().matmul(&key).unwrap();
            let error = (column(&at(&input.values, head)) - known).unwrap();
            let step = key.matmul(&error.t().unwrap()).unwrap();
            *memory = (faded + (step * number(&input.rate)).unwrap()).unwrap();
            let answer = memory.t().unwrap().matmul(&query).unwrap();
            out.extend(flat(&answer).unwrap());
        }
    }
    out
}

#[test]
fn the_rule_equals_its_definition() {
    for order in [ValueOrder::Grouped, ValueOrder::Tiled] {
        let (config, input) = (config(order), input(6));
        let (output, memory) = delta_rule(&config, &input, None).unwrap();
        assert_eq!(output.dims(), [6, 4, 3]);
        assert_eq!(memory.dims(), [4, 4, 3]);
        for (a, b) in flat(&output)
            .unwrap()
            .iter()
            .zip(reference(&config, &input))
        {
            assert!((a - b).abs() < 1e-5, "{order:?}");
        }
    }
}

#[test]
fn a_sequence_in_parts_equals_the_whole() {
    let (config, input) = (config(ValueOrder::Grouped), input(9));
    let (whole, end) = delta_rule(&config, &input, None).unwrap();
    let (mut outputs, mut memory) = (Vec::new(), None);
    for (start, len) in [(0, 4), (4, 1), (5, 4)] {
        let (output, after) =
            delta_rule(&config, &part(&input, start, len), memory.as_ref()).unwrap();
        outputs.extend(flat(&output).unwrap());
        memory = Some(after);
    }
    assert_eq!(outputs, flat(&whole).unwrap());
    assert_eq!(flat(&memory.unwrap()).unwrap(), flat(&end).unwrap());
}

#[test]
fn threads_change_nothing() {
    let config = LinearAttentionConfig {
        key_heads: 1,
        value_heads: 4,
        key_dim: 64,
        value_dim: 64,
        kernel: 4,
        value_order: ValueOrder::Tiled,
    };
    let input = DeltaInput {
        queries: wave(&[130, 1, 64], 0.1),
        keys: (wave(&[130, 1, 64], 0.2) * 0.1).unwrap(),
        values: wave(&[130, 4, 64], 0.3),
        decay: (wave(&[130, 4], 0.4).abs().unwrap() * 0.9).unwrap(),
        rate: wave(&[130, 4], 0.5).abs().unwrap(),
    };
    const { assert!(130 * 4 * 64 * 64 >= SHARED_WORK_MIN) };
    let (together, memory) = delta_rule(&config, &input, None).unwrap();
    let (first, state) = delta_rule(&config, &part(&input, 0, 100), None).unwrap();
    let (second, state) = delta_rule(&config, &part(&input, 100, 30), Some(&state)).unwrap();
    let parts = [flat(&first).unwrap(), flat(&second).unwrap()].concat();
    assert_eq!(flat(&together).unwrap(), parts);
    assert_eq!(flat(&memory).unwrap(), flat(&state).unwrap());
}
