//! The forward pass of the built-in model: prefill of 512 tokens, and decode steps of one and of eight
//! sequences at a context of 256. Throughput is in tokens a second.
//!
//! usage: cargo bench --bench decoder

use std::hint::black_box;

use aldo_models::{Batch, Cache, Checkpoint, Decoder, DeviceChoice, Logits, pick};
use criterion::{BatchSize, Criterion, Throughput, criterion_group, criterion_main};

const CONTEXT: usize = 256;

fn tokens(count: usize) -> Vec<u32> {
    (0..count as u32)
        .map(|position| (position * 7919) % 2000)
        .collect()
}

fn filled(decoder: &Decoder, slots: usize) -> Cache {
    let (device, _) = pick(DeviceChoice::Cpu).expect("the processor is always there");
    let mut cache = Cache::new(decoder.config(), &device, slots).expect("the cache fits");
    let mut batch = Batch::new();
    for slot in 0..slots {
        batch.push(slot, &tokens(CONTEXT), Logits::None);
    }
    decoder
        .forward(&batch, &mut cache)
        .expect("the prompt fits");
    cache
}

fn forward(criterion: &mut Criterion) {
    let (device, _) = pick(DeviceChoice::Cpu).expect("the processor is always there");
    let checkpoint = Checkpoint::builtin().expect("the built-in model is valid");
    let decoder = Decoder::load(&checkpoint, &device, &mut |_| {}).expect("it loads");
    let mut group = criterion.benchmark_group("aldo-nano Q8_0");
    group.sample_size(20);

    group.throughput(Throughput::Elements(512));
    group.bench_function("prefill 512", |bencher| {
        bencher.iter_batched(
            || Cache::new(decoder.config(), &device, 1).expect("the cache fits"),
            |mut cache| {
                let mut batch = Batch::new();
                batch.push(0, &tokens(512), Logits::Last);
                black_box(
                    decoder
                        .forward(&batch, &mut cache)
                        .expect("the prompt fits"),
                )
            },
            BatchSize::PerIteration,
        );
    });

    for sequences in [1, 8] {
        let mut cache = filled(&decoder, sequences);
        group.throughput(Throughput::Elements(sequences as u64));
        group.bench_function(format!("decode {sequences} at {CONTEXT}"), |bencher| {
            bencher.iter(|| {
                let mut batch = Batch::new();
                for slot in 0..sequences {
                    cache.trim(slot, CONTEXT);
                    batch.push(slot, &[7], Logits::Last);
                }
                black_box(decoder.forward(&batch, &mut cache).expect("one token fits"))
            });
        });
    }
    group.finish();
}

criterion_group!(benches, forward);
criterion_main!(benches);
