use llguidance::Matcher;

use super::digits;
use super::lexicon::said;
use super::place::{Place, Ruled, Stretch, Way, completed};
use super::{Plan, TokenSet};
use crate::error::ModelError;

/// Follows an answer token by token and says which tokens may come next.
pub struct Guide {
    plan: Plan,
    /// What was written, markup included.
    text: Vec<u8>,
    /// The length of `text` after each token.
    ends: Vec<usize>,
    /// The answer's places so far, at least one.
    stretches: Vec<Stretch>,
    /// What may come next, once that was asked.
    allowed: Option<TokenSet>,
    /// Tokens that were offered and do not fit.
    refused: Vec<u32>,
}

impl Guide {
    pub(super) fn new(plan: Plan, in_reasoning: bool) -> Self {
        let compiled = &plan.inner;
        let place = match &compiled.opening {
            _ if in_reasoning && compiled.reasoning.is_some() => Place::Reasoning,
            Some(opening) => answer(opening),
            None => Place::Free,
        };
        let first = Stretch {
            place,
            from_token: 0,
            from_byte: 0,
        };
        Self {
            plan,
            text: Vec::new(),
            ends: Vec::new(),
            stretches: vec![first],
            allowed: None,
            refused: Vec::new(),
        }
    }

    /// The tokens that may come next; `None` when all may.
    ///
    /// # Errors
    /// [`ModelError::Grammar`] when none may, or the grammar became too large to follow.
    pub fn allowed(&mut self) -> Result<Option<&TokenSet>, ModelError> {
        if self.allowed.is_none() {
            self.allowed = self.compute_allowed()?;
        }
        Ok(self.allowed.as_ref())
    }

    fn compute_allowed(&mut self) -> Result<Option<TokenSet>, ModelError> {
        let lexicon = &self.plan.inner.lexicon;
        let formed = self.plan.inner.reopening.is_some();
        let stretch = self.stretches.last_mut();
        let stretch_from = stretch.as_ref().map_or(0, |stretch| stretch.from_byte);
        let set = match stretch.map(|stretch| &mut stretch.place) {
            Some(Place::Ruled(ruled)) => {
                let mask = ruled.matcher.compute_mask().map_err(|error| said(&error))?;
                let mut set = TokenSet::new(mask);
                if digits::is_endless(&self.text[stretch_from..]) {
                    digits::end(&mut set, &lexicon.tokenizer);
                }
                Some(set)
            }
            Some(Place::Over) => Some(lexicon.ends.clone()),
            // What has a form is not over before it was written.
            Some(Place::Reasoning) if formed => Some(lexicon.not_ends.clone()),
            Some(Place::Reasoning | Place::Free) | None => None,
        };
        if self.refused.is_empty() {
            return Ok(set);
        }
        let mut set = set.unwrap_or_else(|| lexicon.all.clone());
        for token in &self.refused {
            set.remove(*token);
        }
        Ok(Some(set))
    }

    /// Takes the token that was chosen; `false` when it does not fit after all, which only a token
    /// can that holds the end of a mark and the beginning of what follows it. Nothing has changed
    /// then, and it is no longer among those that may come next.
    ///
    /// # Errors
    /// [`ModelError::Grammar`] for a token that is not allowed.
    pub fn accept(&mut self, token: u32) -> Result<bool, ModelError> {
        let tokenizer = &self.plan.inner.lexicon.tokenizer;
        if tokenizer.is_end(token) {
            self.push_token();
            self.enter(Place::Over, self.text.len());
            return Ok(true);
        }
        let known = self.text.len();
        self.text.extend_from_slice(tokenizer.text_bytes(token));
        let fits = match self.stretches.last_mut().map(|stretch| &mut stretch.place) {
            Some(Place::Ruled(ruled)) => {
                let consumed = ruled.matcher.consume_token(token);
                consumed.map_err(|error| said(&error))?;
                let stopped = ruled.matcher.is_stopped();
                let is_answer = ruled.is_answer;
                self.push_token();
                if stopped {
                    self.leave(is_answer);
                }
                true
            }
            Some(Place::Reasoning) => self.accept_reasoning(known),
            Some(Place::Free) | None => self.accept_free(known),
            Some(Place::Over) => false,
        };
        if fits {
            self.refused.clear();
        } else {
            self.text.truncate(known);
            self.refused.push(token);
        }
        self.allowed = None;
        Ok(fits)
    }

    /// Tokens that must come next, if only one text can; a guess that costs nothing to check.
    pub fn forced(&mut self) -> Vec<u32> {
        match self.stretches.last_mut().map(|stretch| &mut stretch.place) {
            Some(Place::Ruled(ruled)) => ruled.matcher.compute_ff_tokens(),
            Some(Place::Free | Place::Reasoning | Place::Over) | None => Vec::new(),
        }
    }

    /// Takes back the last `count` tokens.
    ///
    /// # Errors
    /// [`ModelError::Grammar`] when so many were not taken.
    pub fn rollback(&mut self, count: usize) -> Result<(), ModelError> {
        let old = self.ends.len();
        let Some(kept) = old.checked_sub(count) else {
            return Err(super::refused(format!(
                "{count} of {old} tokens cannot be taken back"
            )));
        };
        let mut until = old;
        while let Some(left) = self.stretches.pop_if(|stretch| stretch.from_token > kept) {
            until = left.from_token;
        }
        if let Some(Stretch {
            place: Place::Ruled(ruled),
            ..
        }) = self.stretches.last_mut()
        {
            ruled
                .matcher
                .rollback(until - kept)
                .map_err(|error| said(&error))?;
        }
        self.ends.truncate(kept);
        self.text.truncate(self.ends.last().copied().unwrap_or(0));
        self.allowed = None;
        self.refused.clear();
        Ok(())
    }

    /// Whether the answer has its form, so that nothing but its end can follow.
    pub fn is_over(&self) -> bool {
        matches!(self.place(), Some(Place::Over))
    }

    /// Whether the answer stands in a grammar.
    pub fn is_ruled(&self) -> bool {
        matches!(self.place(), Some(Place::Ruled(_) | Place::Over))
    }

    fn place(&self) -> Option<&Place> {
        self.stretches.last().map(|stretch| &stretch.place)
    }

    /// Notes that a token is part of the answer.
    fn push_token(&mut self) {
        self.ends.push(self.text.len());
        self.allowed = None;
    }

    /// Goes on from here in another place.
    fn enter(&mut self, place: Place, from_byte: usize) {
        self.stretches.push(Stretch {
            place,
            from_token: self.ends.len(),
            from_byte,
        });
    }

    /// Leaves a grammar that is followed to its end.
    fn leave(&mut self, is_answer: bool) {
        let compiled = &self.plan.inner;
        let reasons = compiled
            .reasoning
            .is_some_and(|(open, _)| self.text.ends_with(open.as_bytes()));
        let place = match (is_answer, reasons) {
            (true, true) => Place::Reasoning,
            (true, false) => Place::Over,
            (false, _) => Place::Free,
        };
        self.enter(place, self.text.len());
    }

    fn accept_reasoning(&mut self, known: usize) -> bool {
        let plan = self.plan.clone();
        let Some((_, close)) = plan.inner.reasoning else {
            self.push_token();
            return true;
        };
        let ways = [Way {
            text: close.as_bytes(),
            at_beginning: false,
        }];
        let Some((_, end)) = self.completed(known, &ways) else {
            self.push_token();
            return true;
        };
        let place = plan.inner.reopening.as_ref().map_or(Place::Free, answer);
        self.pass(place, end, true)
    }

    fn accept_free(&mut self, known: usize) -> bool {
        let plan = self.plan.clone();
        let compiled = &plan.inner;
        let mut ways: Vec<Way> = compiled
            .triggers
            .iter()
            .map(|spring| Way {
                text: &spring.text,
                at_beginning: spring.at_beginning,
            })
            .collect();
        ways.extend(compiled.reasoning.map(|(open, _)| Way {
            text: open.as_bytes(),
            at_beginning: false,
        }));
        let Some((number, end)) = self.completed(known, &ways) else {
            self.push_token();
            return true;
        };
        let place = compiled
            .triggers
            .get(number)
            .map_or(Place::Reasoning, |spring| {
                Place::Ruled(Box::new(Ruled {
                    matcher: spring.then.clone(),
                    is_answer: false,
                }))
            });
        self.pass(place, end, false)
    }

    fn completed(&self, known: usize, ways: &[Way]) -> Option<(usize, usize)> {
        let from = self.stretches.last().map_or(0, |stretch| stretch.from_byte);
        let text = self.text.get(from..)?;
        let (number, end) = completed(text, known.saturating_sub(from), ways)?;
        Some((number, from + end))
    }

    /// Goes to `place`, which begins at byte `end`; `false` when what there is of it does not fit.
    fn pass(&mut self, mut place: Place, end: usize, trims: bool) -> bool {
        let mut rest = &self.text[end..];
        if trims {
            rest = rest.trim_ascii_start();
        }
        if let (Place::Ruled(ruled), false) = (&mut place, rest.is_empty()) {
            let trie = self.plan.inner.lexicon.factory.tok_env().tok_trie();
            let tokens = trie.greedy_tokenize(rest);
            let fitting = ruled.matcher.try_consume_tokens(&tokens);
            if !fitting.is_ok_and(|count| count == tokens.len()) {
                return false;
            }
        }
        let stopped = match &place {
            Place::Ruled(ruled) if ruled.matcher.is_stopped() => Some(ruled.is_answer),
            Place::Ruled(_) | Place::Free | Place::Reasoning | Place::Over => None,
        };
        self.push_token();
        self.enter(place, end);
        if let Some(is_answer) = stopped {
            self.leave(is_answer);
        }
        true
    }
}

fn answer(matcher: &Matcher) -> Place {
    Place::Ruled(Box::new(Ruled {
        matcher: matcher.clone(),
        is_answer: true,
    }))
}

impl std::fmt::Debug for Guide {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let place = match self.place() {
            Some(Place::Free) | None => "free text",
            Some(Place::Reasoning) => "reasoning",
            Some(Place::Ruled(_)) => "a grammar",
            Some(Place::Over) => "its end",
        };
        write!(f, "a guide at {place} after {} tokens", self.ends.len())
    }
}
