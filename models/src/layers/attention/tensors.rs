//! The same with tensors, where a device has kernels for them.

use candle_core::{Device, Result, Tensor};

use super::Focus;
use crate::pass::Pass;

/// The most queries of a span that are scored at once: bounds the scores to H · 128 · T, and lets
/// early queries skip the keys behind them.
const QUERIES_AT_ONCE: usize = 128;

/// Appends `k` and `v` to the cache of `layer` and attends with `q` over what each slot then holds.
///
/// q (N, H, D), k and v (N, K, D) → (N, H · D).
pub(super) fn attention(
    q: &Tensor,
    k: &Tensor,
    v: &Tensor,
    layer: usize,
    focus: &Focus,
    pass: &mut Pass<'_>,
) -> Result<Tensor> {
    let mut outputs = Vec::new();
    for place in pass.places() {
        let new_keys = k.narrow(0, place.offset, place.len)?.permute((1, 2, 0))?; // (K, D, n)
        let new_values = v.narrow(0, place.offset, place.len)?.transpose(0, 1)?; // (K, n, D)
        let (new_keys, new_values) = (new_keys.contiguous()?, new_values.contiguous()?);
        let (keys, values) = pass.append(layer, place, &new_keys, &new_values)?;
        let mut done = 0;
        while done < place.len {
            let len = QUERIES_AT_ONCE.min(place.len - done);
            let queries = q.narrow(0, place.offset + done, len)?;
            let seen = Seen::new(place.start + done, len, focus.window);
            outputs.push(attend(
                &queries,
                &seen.part_of(&keys, 2)?,
                &seen.part_of(&values, 1)?,
                &seen,
                focus,
            )?);
            done += len;
        }
    }
    match outputs.as_slice() {
        [one] => Ok(one.clone()),
        several => Tensor::cat(several, 0),
    }
}

/// The keys that a run of consecutive queries may see.
struct Seen {
    first: usize,
    end: usize,
    queries: usize,
    window: Option<usize>,
}

impl Seen {
    /// For `queries` positions from `start` on.
    fn new(start: usize, queries: usize, window: Option<usize>) -> Self {
        let first = window.map_or(0, |window| (start + 1).saturating_sub(window));
        Self {
            first,
            end: start + queries,
            queries,
            window,
        }
    }

    /// The part of cached keys or values that is seen, with their positions in dimension `dim`. A
    /// processor multiplies a view; the libraries of accelerators ask for a copy.
    fn part_of(&self, cached: &Tensor, dim: usize) -> Result<Tensor> {
        let part = cached.narrow(dim, self.first, self.end - self.first)?;
        if part.device().is_cpu() {
            Ok(part)
        } else {
            part.contiguous()
        }
    }

    /// What is added to scores: 0 where a query may look, −∞ where not: (queries, seen). A single
    /// query sees all of it and needs none.
    fn mask(&self, device: &Device) -> Result<Option<Tensor>> {
        if self.queries == 1 {
            return Ok(None);
        }
        let start = self.end - self.queries;
        let mut mask = Vec::with_capacity(self.queries * (self.end - self.first));
        for query in start..self.end {
            let oldest = self
                .window
                .map_or(0, |window| (query + 1).saturating_sub(window));
            mask.extend((self.first..self.end).map(|key| {
                if (oldest..=query).contains(&key) {
                    0.0
                } else {
                    f32::NEG_INFINITY
                }
            }));
        }
        Tensor::from_vec(mask, (self.queries, self.end - self.first), device).map(Some)
    }
}

/// softmax(scale · q kᵀ + mask) v. The G query heads of a key-value head are rows of one
/// multiplication, so keys and values are never repeated.
///
/// q (n, H, D), k (K, D, seen), v (K, seen, D) → (n, H · D).
fn attend(q: &Tensor, k: &Tensor, v: &Tensor, seen: &Seen, focus: &Focus) -> Result<Tensor> {
    let (n, heads, head_dim) = q.dims3()?;
    let (kv_heads, keys, _) = v.dims3()?;
    let group = heads / kv_heads;
    let q = (q * focus.scale)?
        .reshape((n, kv_heads, group, head_dim))?
        .permute((1, 2, 0, 3))?
        .reshape((kv_heads, group * n, head_dim))?;
    let mut scores = q.matmul(k)?; // (K, G · n, seen)
    if let Some(mask) = seen.mask(q.device())? {
        scores = scores
            .reshape((kv_heads, group, n, keys))?
            .broadcast_add(&mask)?
            .reshape((kv_heads, group * n, keys))?;
    }
    let weights = match &focus.sinks {
        Some(sinks) => softmax_with_sinks(&scores, sinks, n)?,
        None => candle_nn::ops::softmax_last_dim(&scores)?,
    };
    let mixed = weights.matmul(v)?; // (K, G · n, D)
    mixed
        .reshape((kv_heads, group, n, head_dim))?
        .permute((2, 0, 1, 3))?
        .reshape((n, heads * head_dim))
}

/// The weights of the keys when each head's sink takes its part: (K, G · n, seen) → the same.
fn softmax_with_sinks(scores: &Tensor, sinks: &Tensor, n: usize) -> Result<Tensor> {
    let (kv_heads, rows, keys) = scores.dims3()?;
    let sinks = sinks
        .reshape((kv_heads, rows / n, 1, 1))?
        .broadcast_as((kv_heads, rows / n, n, 1))?
        .reshape((kv_heads, rows, 1))?;
    let weights = candle_nn::ops::softmax_last_dim(&Tensor::cat(&[scores, &sinks], 2)?)?;
    weights.narrow(2, 0, keys)?.contiguous()
}

#[cfg(test)]
mod tests;
