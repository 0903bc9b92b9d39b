//! The tensors of the feed-forward part of a block.

use super::Block;
use crate::config::ExpertsConfig;
use crate::error::ModelError;

/// Three matrices, or three an expert, stacked or each alone.
pub(super) fn check(block: &Block<'_>) -> Result<(), ModelError> {
    let hidden = block.config.hidden;
    let experts = block.config.experts.as_ref();
    let inner = experts.map_or(block.config.feed_forward, |it| it.feed_forward);
    let matrices = [
        ("ffn_gate", [inner, hidden]),
        ("ffn_up", [inner, hidden]),
        ("ffn_down", [hidden, inner]),
    ];
    match experts {
        None => matrices
            .iter()
            .try_for_each(|(name, shape)| block.has(&format!("{name}.weight"), shape)),
        Some(experts) => {
            block.has("ffn_gate_inp.weight", &[experts.count, hidden])?;
            let fused = check_fused_experts(block, experts.count, inner)?;
            matrices
                .iter()
                .filter(|(name, _)| !fused.contains(name))
                .try_for_each(|(name, shape)| check_experts(block, experts, name, *shape))
        }
    }
}

/// Stacks in other shapes than that of one matrix after the other; answers the matrices they hold.
fn check_fused_experts(
    block: &Block<'_>,
    count: usize,
    inner: usize,
) -> Result<Vec<&'static str>, ModelError> {
    let hidden = block.config.hidden;
    let stacks: [(&str, [usize; 3], &[&'static str]); 3] = [
        (
            "ffn_gate_up_exps.weight",
            [count, 2 * inner, hidden],
            &["ffn_gate", "ffn_up"],
        ),
        (
            "ffn_gate_up_exps.transposed",
            [count, hidden, 2 * inner],
            &["ffn_gate", "ffn_up"],
        ),
        (
            "ffn_down_exps.transposed",
            [count, inner, hidden],
            &["ffn_down"],
        ),
    ];
    let mut held = Vec::new();
    let stacks_of_codes: [(&str, [usize; 3], &[&'static str]); 2] = [
        (
            "ffn_gate_up_exps",
            [count, 2 * inner, hidden],
            &["ffn_gate", "ffn_up"],
        ),
        ("ffn_down_exps", [count, hidden, inner], &["ffn_down"]),
    ];
    for (name, shape, matrices) in stacks_of_codes {
        let codes = block.name(&format!("{name}.codes"));
        let scales = block.name(&format!("{name}.scales"));
        if block.weights.contains(&codes) {
            block.weights.check_mxfp4(&codes, &scales, &shape)?;
            held.extend(matrices);
        }
    }
    for (name, shape, matrices) in stacks {
        if block.weights.contains(&block.name(name)) {
            block.has(name, &shape)?;
            held.extend(matrices);
        }
    }
    Ok(held)
}

/// Gate and up in one matrix.
pub(super) fn check_fused(block: &Block<'_>) -> Result<(), ModelError> {
    let (hidden, inner) = (block.config.hidden, block.config.feed_forward);
    block.has("ffn_up.weight", &[2 * inner, hidden])?;
    block.has("ffn_down.weight", &[hidden, inner])
}

fn check_experts(
    block: &Block<'_>,
    experts: &ExpertsConfig,
    name: &str,
    [rows, columns]: [usize; 2],
) -> Result<(), ModelError> {
    let stack = format!("{name}_exps.weight");
    if block.weights.contains(&block.name(&stack)) {
        return block.has(&stack, &[experts.count, rows, columns]);
    }
    (0..experts.count)
        .try_for_each(|expert| block.has(&format!("{name}.{expert}.weight"), &[rows, columns]))
}
