//! The states of the recurrent layers of one slot: where they are, and where they can go back to.

use candle_core::Tensor;

/// The most places a slot can go back to. A state is as large as the keys and values of some thousand
/// tokens, so few are worth their memory.
const SAVED_MAX: usize = 4;
/// The most states of a layer that a slot holds, with the current one.
pub(super) const COUNT_MAX: usize = SAVED_MAX + 1;

/// What a recurrent layer knows of the tokens before. It never changes, so that a clone costs nothing.
#[derive(Debug, Clone)]
pub(crate) struct State {
    /// The last inputs of the convolution: (kernel − 1, channels).
    pub(crate) inputs: Tensor,
    /// The memory of each head: (S, Dk, Dv).
    pub(crate) memory: Tensor,
}

/// The states behind the last token, and those saved at earlier ones.
///
/// Saved is where a run of tokens begins or ends that were written together: the end of a prompt, the
/// chunks of a prompt, the last token before guessed ones. Of too many the one goes that leaves the
/// smallest gap, so that they stay spread over the sequence.
#[derive(Debug, Clone, Default)]
pub(super) struct States {
    current: Vec<State>, // one a layer; none before the first token
    saved: Vec<Saved>,   // ascending
    /// Whether what was written last came together, so that its end is worth saving.
    ends_run: bool,
}

#[derive(Debug, Clone)]
struct Saved {
    len: usize,
    states: Vec<State>,
}

impl States {
    /// The state of `layer` behind the last token.
    pub(super) fn current(&self, layer: usize) -> Option<&State> {
        self.current.get(layer)
    }

    /// The longest saved length up to `len`.
    pub(super) fn kept(&self, len: usize) -> usize {
        let saved = self.saved.iter().rev().find(|saved| saved.len <= len);
        saved.map_or(0, |saved| saved.len)
    }

    /// Goes back to `len`, which is 0 or was saved.
    pub(super) fn trim(&mut self, len: usize) {
        self.saved.retain(|saved| saved.len <= len);
        self.current = match self.saved.pop_if(|saved| saved.len == len) {
            Some(saved) => saved.states,
            None => Vec::new(),
        };
        self.ends_run = true;
    }

    /// Replaces the states behind token `len` by those `added` tokens later.
    pub(super) fn advance(&mut self, len: usize, added: usize, states: Vec<State>) {
        let before = std::mem::replace(&mut self.current, states);
        if len > 0 && (added > 1 || self.ends_run) {
            self.save(len, before);
        }
        self.ends_run = added > 1;
    }

    /// The elements of all states.
    pub(super) fn elements(&self) -> usize {
        let saved = self.saved.iter().flat_map(|saved| &saved.states);
        let all = self.current.iter().chain(saved);
        all.map(|state| state.inputs.elem_count() + state.memory.elem_count())
            .sum()
    }

    fn save(&mut self, len: usize, states: Vec<State>) {
        self.saved.push(Saved { len, states });
        if self.saved.len() <= SAVED_MAX {
            return;
        }
        let gap = |index: &usize| {
            let before = index.checked_sub(1).map_or(0, |it| self.saved[it].len);
            self.saved[index + 1].len - before
        };
        if let Some(index) = (0..self.saved.len() - 1).min_by_key(gap) {
            self.saved.remove(index);
        }
    }
}

#[cfg(test)]
#[allow(clippy::unwrap_used)]
mod tests {
    use candle_core::{DType, Device};

    use super::*;

    /// States that hold the length they stand for.
    fn states(len: usize) -> Vec<State> {
        let inputs = Tensor::full(len as f32, (3, 2), &Device::Cpu).unwrap();
        let memory = Tensor::zeros((1, 2, 2), DType::F32, &Device::Cpu).unwrap();
        vec![State { inputs, memory }]
    }

    fn held(states: &States) -> Option<f32> {
        let inputs = &states.current(0)?.inputs;
        Some(inputs.max_all().unwrap().to_scalar::<f32>().unwrap())
    }

    fn written(steps: &[usize]) -> States {
        let (mut all, mut len) = (States::default(), 0);
        for added in steps {
            all.advance(len, *added, states(len + added));
            len += added;
        }
        all
    }

    fn saved(states: &States) -> Vec<usize> {
        states.saved.iter().map(|saved| saved.len).collect()
    }

    #[test]
    fn the_end_of_a_prompt_and_of_its_chunks_are_saved() {
        assert_eq!(saved(&written(&[10, 1, 1, 1])), [10]);
        assert_eq!(saved(&written(&[8, 8, 3, 1, 1])), [8, 16, 19]);
        assert_eq!(saved(&written(&[1, 1, 4, 1, 1, 6])), [2, 6, 8]);
    }

    #[test]
    fn going_back_finds_the_nearest_saved_length() {
        let mut all = written(&[8, 8, 1, 1, 1]);
        assert_eq!(
            [all.kept(18), all.kept(16), all.kept(15), all.kept(7)],
            [16, 16, 8, 0]
        );
        all.trim(16);
        assert_eq!((held(&all), saved(&all)), (Some(16.0), vec![8]));
        all.advance(16, 1, states(17));
        assert_eq!(saved(&all), [8, 16], "saved again");
        all.trim(0);
        assert_eq!((held(&all), saved(&all)), (None, vec![]));
    }

    #[test]
    fn saved_lengths_stay_few_and_spread() {
        let all = written(&[100; 20]);
        let lengths = saved(&all);
        assert_eq!(lengths.len(), SAVED_MAX);
        assert_eq!(lengths[SAVED_MAX - 1], 1900, "the last is never dropped");
        assert!(lengths[0] <= 1000, "{lengths:?}");
        assert_eq!(all.elements(), COUNT_MAX * (3 * 2 + 2 * 2));
    }
}
