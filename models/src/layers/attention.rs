//! Attention of each span over the past of its slot.

mod tensors;

use std::f32::consts::LOG2_E;

use candle_core::{DType, Device, Result, Tensor};

use crate::config::ModelConfig;
use crate::kernels::attention::Attend;
use crate::kernels::isa;
use crate::layers::{RmsNorm, Rotation, values};
use crate::pass::Pass;

/// What a query sees and how much of each.
#[derive(Debug, Clone)]
pub(crate) struct Focus {
    /// With a window, a position sees itself and the `window - 1` before it.
    pub(crate) window: Option<usize>,
    /// What the products of queries and keys are multiplied with.
    pub(crate) scale: f64,
    /// The score of a place without a value that each head can look at instead (H,); arXiv 2309.17453.
    pub(crate) sinks: Option<Tensor>,
}

impl Focus {
    /// The usual one for heads of `head_dim` elements: scores are divided by √D.
    pub(crate) fn new(head_dim: usize, window: Option<usize>) -> Self {
        Self {
            window,
            scale: (head_dim as f64).powf(-0.5),
            sinks: None,
        }
    }
}

/// What happens to queries, keys and values behind their projections.
// The names are those of the configuration.
#[allow(clippy::struct_field_names)]
#[derive(Debug)]
pub(crate) struct Heads {
    heads: usize,
    kv_heads: usize,
    head_dim: usize,
    q_norm: Option<RmsNorm>,
    k_norm: Option<RmsNorm>,
    focus: Focus,
    /// The scores of sinks in units of log₂ e, where kernels read them.
    sinks: Option<Vec<f32>>,
}

impl Heads {
    /// The heads of `config` with `focus`.
    pub(crate) fn new(config: &ModelConfig, focus: Focus) -> Result<Self> {
        let sinks = match &focus.sinks {
            Some(sinks) => Some((sinks.to_dtype(DType::F32)? * f64::from(LOG2_E))?.to_vec1()?),
            None => None,
        };
        Ok(Self {
            heads: config.heads,
            kv_heads: config.kv_heads,
            head_dim: config.head_dim,
            q_norm: None,
            k_norm: None,
            focus,
            sinks,
        })
    }

    /// The same with norms over each head of queries and of keys, before they turn.
    pub(crate) fn with_norms(mut self, q_norm: RmsNorm, k_norm: RmsNorm) -> Self {
        self.q_norm = Some(q_norm);
        self.k_norm = Some(k_norm);
        self
    }

    /// Norms and turns queries and keys, remembers keys and values in the cache of `layer`, and attends
    /// over what each slot then holds.
    ///
    /// q (N, H · D), k and v (N, K · D), each also as a part of wider rows → (N, H · D).
    pub(crate) fn attend(
        &self,
        [q, k, v]: [&Tensor; 3],
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        if !q.device().is_cpu() {
            return self.attend_on_device([q, k, v], layer, rotation, pass);
        }
        let tokens = q.dim(0)?;
        let (q, k, v) = (values::read(q), values::read(k), values::read(v));
        let mixed = pass.attend(
            layer,
            &Attend {
                level: isa::level(),
                shape: pass.row_shape(),
                heads: self.heads,
                tokens,
                q: q.rows()?,
                k: k.rows()?,
                v: v.rows()?,
                q_norm: self.q_norm.as_ref().map(RmsNorm::of_rows),
                k_norm: self.k_norm.as_ref().map(RmsNorm::of_rows),
                turn: Some(rotation.turn()),
                scale: self.focus.scale as f32 * LOG2_E,
                window: self.focus.window,
                sinks: self.sinks.as_deref(),
            },
        )?;
        Tensor::from_vec(mixed, (tokens, self.heads * self.head_dim), &Device::Cpu)
    }

    fn attend_on_device(
        &self,
        [q, k, v]: [&Tensor; 3],
        layer: usize,
        rotation: &Rotation,
        pass: &mut Pass<'_>,
    ) -> Result<Tensor> {
        let split = |x: &Tensor, heads| x.contiguous()?.reshape((x.dim(0)?, heads, self.head_dim));
        let norm = |norm: &Option<RmsNorm>, x: Tensor| match norm {
            Some(norm) => norm.forward(&x),
            None => Ok(x),
        };
        let q = rotation.apply(&norm(&self.q_norm, split(q, self.heads)?)?)?;
        let k = rotation.apply(&norm(&self.k_norm, split(k, self.kv_heads)?)?)?;
        let v = split(v, self.kv_heads)?;
        tensors::attention(&q, &k, &v, layer, &self.focus, pass)
    }
}
