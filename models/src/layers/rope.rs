//! Rotary position embedding (arXiv 2104.09864) and its extensions to longer contexts.

use std::f32::consts::TAU;

use candle_core::{Device, Result, Tensor};
use candle_nn::rotary_emb;

use crate::config::{RopeConfig, RopeLayout, RopeScaling};
use crate::kernels::attention::Turn;

/// The frequencies of a model.
#[derive(Debug, Clone)]
pub(crate) struct Rope {
    frequencies: Vec<f32>, // (dim / 2,)
    magnitude: f32,
    layout: RopeLayout,
    /// The frequencies for contexts of more tokens than these.
    long: Option<(usize, Box<Rope>)>,
}

/// Cosines and sines of a batch's positions, made once a forward and used by every layer.
#[derive(Debug)]
pub(crate) struct Rotation {
    cos: Vec<f32>, // (N, dim / 2)
    sin: Vec<f32>, // (N, dim / 2)
    /// The same (N, 1, dim / 2) on a device.
    tensors: Option<(Tensor, Tensor)>,
    half: usize,
    layout: RopeLayout,
}

impl Rope {
    /// Computes the frequencies that `config` describes.
    pub(crate) fn new(config: &RopeConfig) -> Self {
        let base = base_frequencies(config.theta, config.dim);
        let long = match &config.scaling {
            RopeScaling::Long(long) => {
                let rope = Self {
                    frequencies: divided(&base, &long.long),
                    magnitude: long.magnitude,
                    layout: config.layout,
                    long: None,
                };
                Some((long.original_context_tokens, Box::new(rope)))
            }
            RopeScaling::None
            | RopeScaling::Linear { .. }
            | RopeScaling::Llama3 { .. }
            | RopeScaling::Factors(_)
            | RopeScaling::Yarn { .. } => None,
        };
        let (frequencies, magnitude) = scaled(base, config);
        Self {
            frequencies,
            magnitude,
            layout: config.layout,
            long,
        }
    }

    /// The frequencies for sequences that may become as long as `context_tokens_max`.
    pub(crate) fn for_context(&self, context_tokens_max: usize) -> &Self {
        match &self.long {
            Some((original, long)) if context_tokens_max > *original => long,
            Some(_) | None => self,
        }
    }

    /// Prepares the rotation of `positions` (N,). There is no table of all positions: a decode step
    /// needs one row, and a table would be as long as the context.
    pub(crate) fn rotation(&self, positions: &[u32], device: &Device) -> Result<Rotation> {
        let angles = || {
            positions.iter().flat_map(|&position| {
                self.frequencies
                    .iter()
                    .map(move |frequency| position as f32 * frequency)
            })
        };
        let cos = angles()
            .map(|angle| angle.cos() * self.magnitude)
            .collect::<Vec<_>>();
        let sin = angles()
            .map(|angle| angle.sin() * self.magnitude)
            .collect::<Vec<_>>();
        let mut rotation = Rotation {
            cos,
            sin,
            tensors: None,
            half: self.frequencies.len(),
            layout: self.layout,
        };
        if !device.is_cpu() {
            rotation.tensors = Some(rotation.on(device)?);
        }
        Ok(rotation)
    }
}

impl Rotation {
    /// What kernels turn heads with.
    pub(crate) fn turn(&self) -> Turn<'_> {
        Turn {
            cos: &self.cos,
            sin: &self.sin,
            dim: 2 * self.half,
            neighbours: self.layout == RopeLayout::Interleaved,
        }
    }

    /// Rotates the heads of each token to its position: (N, H, D) → (N, H, D). Elements from `dim` on
    /// stay as they are.
    pub(crate) fn apply(&self, x: &Tensor) -> Result<Tensor> {
        if let Some((cos, sin)) = &self.tensors {
            self.apply_with(x, cos, sin)
        } else {
            let (cos, sin) = self.on(x.device())?;
            self.apply_with(x, &cos, &sin)
        }
    }

    fn on(&self, device: &Device) -> Result<(Tensor, Tensor)> {
        let shape = (self.cos.len() / self.half.max(1), 1, self.half);
        let cos = Tensor::from_slice(&self.cos, shape, device)?;
        Ok((cos, Tensor::from_slice(&self.sin, shape, device)?))
    }

    fn apply_with(&self, x: &Tensor, cos: &Tensor, sin: &Tensor) -> Result<Tensor> {
        let (tokens, heads, head_dim) = x.dims3()?;
        let dim = 2 * self.half;
        if dim < head_dim {
            let first = x.narrow(2, 0, dim)?.contiguous()?;
            let rotated = self.apply_with(&first, cos, sin)?;
            return Tensor::cat(&[rotated, x.narrow(2, dim, head_dim - dim)?], 2);
        }
        let x = x.reshape((tokens, heads, 1, head_dim))?; // a token is a batch of one position
        let rotated = match self.layout {
            RopeLayout::Interleaved => rotary_emb::rope_i(&x, cos, sin)?,
            RopeLayout::Half => rotary_emb::rope(&x, cos, sin)?,
        };
        rotated.reshape((tokens, heads, head_dim))
    }
}

fn base_frequencies(theta: f32, dim: usize) -> Vec<f32> {
    let exponents = (0..dim / 2).map(|i| 2.0 * i as f64 / dim as f64);
    exponents
        .map(|exponent| f64::from(theta).powf(-exponent) as f32)
        .collect()
}

/// Applies the scaling: the frequencies, and what cosines and sines are multiplied with.
fn scaled(base: Vec<f32>, config: &RopeConfig) -> (Vec<f32>, f32) {
    match &config.scaling {
        RopeScaling::None => (base, 1.0),
        RopeScaling::Linear { factor } => (base.iter().map(|f| f / factor).collect(), 1.0),
        RopeScaling::Factors(factors) => (divided(&base, factors), 1.0),
        RopeScaling::Long(long) => (divided(&base, &long.short), long.magnitude),
        RopeScaling::Llama3 {
            factor,
            low_freq_factor,
            high_freq_factor,
            original_context_tokens,
        } => {
            let context = *original_context_tokens as f32;
            let kept = |f: &f32| {
                let rotations = context * f / TAU; // over the context trained on
                ((rotations - low_freq_factor) / (high_freq_factor - low_freq_factor))
                    .clamp(0.0, 1.0)
            };
            (
                base.iter().map(|f| blend(*f, *factor, kept(f))).collect(),
                1.0,
            )
        }
        RopeScaling::Yarn {
            factor,
            original_context_tokens,
            attention_factor,
            beta_fast,
            beta_slow,
            whole,
        } => {
            let dimension = |rotations: f32| {
                let context = *original_context_tokens as f32;
                config.dim as f32 * (context / (rotations * TAU)).ln() / (2.0 * config.theta.ln())
            };
            let (mut first, mut last) = (dimension(*beta_fast), dimension(*beta_slow));
            if *whole {
                (first, last) = (first.floor(), last.ceil());
            }
            let (first, last) = (first.max(0.0), last.min(config.dim as f32 - 1.0));
            let width = if last > first { last - first } else { 0.001 };
            let kept = |i: usize| 1.0 - ((i as f32 - first) / width).clamp(0.0, 1.0);
            let frequencies = base
                .iter()
                .enumerate()
                .map(|(i, f)| blend(*f, *factor, kept(i)));
            let default = if *factor > 1.0 {
                0.1 * factor.ln() + 1.0
            } else {
                1.0
            };
            (frequencies.collect(), attention_factor.unwrap_or(default))
        }
    }
}

fn divided(frequencies: &[f32], factors: &[f32]) -> Vec<f32> {
    frequencies
        .iter()
        .zip(factors)
        .map(|(f, by)| f / by)
        .collect()
}

/// Between `frequency` (`kept` = 1) and `frequency / factor` (`kept` = 0).
fn blend(frequency: f32, factor: f32, kept: f32) -> f32 {
    frequency * kept + frequency / factor * (1.0 - kept)
}

#[cfg(test)]
mod tests;
