#![allow(clippy::unwrap_used)]

use candle_core::quantized::GgmlDType;

use super::*;
use crate::config::Architecture;
use crate::test_support::{GgufWriter, TinyShape, tiny_gguf, tiny_safetensors};

fn gguf(folder: &tempfile::TempDir, writer: &GgufWriter) -> (std::path::PathBuf, Weights) {
    let path = folder.path().join("t.gguf");
    std::fs::write(&path, writer.bytes()).unwrap();
    let weights = Weights::new(Source::Gguf(Gguf::open(&path).unwrap()));
    (path, weights)
}

fn tiny() -> GgufWriter {
    tiny_gguf(&TinyShape::default())
}

fn values(tensor: &QTensor) -> Vec<f32> {
    let dense = tensor.dequantize(&Device::Cpu).unwrap();
    dense.flatten_all().unwrap().to_vec1().unwrap()
}

#[test]
fn both_formats_hold_the_same_weights() {
    let folder = tempfile::tempdir().unwrap();
    let (_, quantized) = gguf(&folder, &tiny());
    tiny_safetensors(&folder.path().join("st"), &TinyShape::default()).unwrap();
    let opened = Safetensors::open(&folder.path().join("st"), Architecture::Llama).unwrap();
    let dense = Weights::new(Source::Safetensors(opened));
    let name = "blk.1.ffn_down.weight";
    let quantized = quantized.matrix(name, 64, 128, &Device::Cpu).unwrap();
    let dense = dense.matrix(name, 64, 128, &Device::Cpu).unwrap();
    assert_eq!(quantized.dtype(), GgmlDType::Q8_0);
    assert_eq!(dense.dtype(), GgmlDType::F32);
    assert_eq!(quantized.shape().dims(), [64, 128]);
    let mut largest = 0f32;
    for (a, b) in values(&quantized).into_iter().zip(values(&dense)) {
        assert!((a - b).abs() < 1e-3, "{a} {b}");
        largest = largest.max(b.abs());
    }
    assert!(largest > 0.05, "the weights are not all zero");
}

#[test]
fn vectors_come_in_f32() {
    let folder = tempfile::tempdir().unwrap();
    let (_, weights) = gguf(&folder, &tiny());
    let norm = weights
        .vector("output_norm.weight", 64, &Device::Cpu)
        .unwrap();
    let norm: Vec<f32> = norm.to_vec1().unwrap();
    assert_eq!(norm.len(), 64);
    assert!(norm.iter().all(|value| (0.9..=1.1).contains(value)));
}

#[test]
fn half_precision_vectors_become_f32() {
    let folder = tempfile::tempdir().unwrap();
    let half = |value: f32| half::f16::from_f32(value).to_le_bytes();
    let writer = tiny().change("output_norm.weight", |tensor| {
        tensor.kind = 1;
        tensor.data = (0..64).flat_map(|index| half(index as f32)).collect();
    });
    let (_, weights) = gguf(&folder, &writer);
    let norm = weights
        .vector("output_norm.weight", 64, &Device::Cpu)
        .unwrap();
    assert_eq!(norm.to_vec1::<f32>().unwrap()[..3], [0.0, 1.0, 2.0]);
}

#[test]
fn wrong_names_shapes_and_types_are_refused_by_name() {
    let folder = tempfile::tempdir().unwrap();
    let writer = tiny().change("output_norm.weight", |tensor| {
        (tensor.kind, tensor.data) = (24, vec![0; 64]);
    });
    let (_, weights) = gguf(&folder, &writer);
    let message = |result: Result<QTensor, ModelError>| result.err().unwrap().to_string();
    let cpu = Device::Cpu;
    assert_eq!(
        message(weights.matrix("x", 1, 1, &cpu)),
        "tensor `x` is missing"
    );
    let transposed = message(weights.matrix("blk.0.ffn_down.weight", 128, 64, &cpu));
    assert!(
        transposed.contains("`blk.0.ffn_down.weight`: has shape [64, 128]"),
        "{transposed}"
    );
    let integers = weights
        .vector("output_norm.weight", 64, &cpu)
        .unwrap_err()
        .to_string();
    assert_eq!(
        integers,
        "tensor `output_norm.weight` has type I8, which is not supported"
    );
}

#[test]
fn a15_a_file_that_changed_is_not_read() {
    let folder = tempfile::tempdir().unwrap();
    let (path, weights) = gguf(&folder, &tiny());
    assert!(weights.check_unchanged().is_ok());
    let length = std::fs::metadata(&path).unwrap().len();
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(length / 2)
        .unwrap();
    let error = weights
        .matrix("output.weight", 271, 64, &Device::Cpu)
        .err()
        .unwrap();
    assert!(
        error
            .to_string()
            .ends_with("t.gguf` changed while it was in use"),
        "{error}"
    );
    std::fs::remove_file(&path).unwrap();
    assert!(matches!(
        weights.check_unchanged(),
        Err(ModelError::Changed { .. })
    ));
}

#[test]
fn a15_weights_that_were_read_outlive_the_file() {
    let folder = tempfile::tempdir().unwrap();
    let (path, weights) = gguf(&folder, &tiny());
    let matrix = weights
        .matrix("output.weight", 271, 64, &Device::Cpu)
        .unwrap();
    let before = values(&matrix);
    std::fs::OpenOptions::new()
        .write(true)
        .open(&path)
        .unwrap()
        .set_len(0)
        .unwrap();
    assert_eq!(values(&matrix), before);
}
