use std::sync::{Arc, Mutex, PoisonError};

/// What an agent and all agents below it have spent together, within the ceilings of those above it.
///
/// Clones are the same purse.
#[derive(Debug, Clone)]
pub struct Spending {
    purse: Arc<Purse>,
}

#[derive(Debug)]
struct Purse {
    /// US dollars.
    spent: Mutex<f64>,
    /// The most that may be spent, in US dollars.
    usd_max: Option<f64>,
    above: Option<Spending>,
}

impl Spending {
    /// Makes one of its own, from which at most `usd_max` US dollars may be spent.
    pub fn new(usd_max: Option<f64>) -> Self {
        Self::of(usd_max, None)
    }

    /// Makes one for an agent below: what it spends is spent here as well.
    #[must_use]
    pub fn below(&self, usd_max: Option<f64>) -> Self {
        Self::of(usd_max, Some(self.clone()))
    }

    /// Counts what an earlier process spent, in US dollars: here alone, for those above count it themselves.
    #[must_use]
    pub fn after(self, usd: f64) -> Self {
        *self
            .purse
            .spent
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += usd;
        self
    }

    /// Adds what a step cost, in US dollars, here and above.
    pub fn add(&self, usd: f64) {
        *self
            .purse
            .spent
            .lock()
            .unwrap_or_else(PoisonError::into_inner) += usd;
        if let Some(above) = &self.purse.above {
            above.add(usd);
        }
    }

    /// Returns what was spent, in US dollars.
    pub fn spent(&self) -> f64 {
        *self
            .purse
            .spent
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns what may still be spent, here and above, in US dollars; nothing where there is no limit.
    pub fn left(&self) -> Option<f64> {
        let here = self.purse.usd_max.map(|usd| usd - self.spent());
        let above = self.purse.above.as_ref().and_then(Self::left);
        here.into_iter().chain(above).reduce(f64::min)
    }

    /// Returns the ceiling that forbids spending `usd` more, the nearest one first.
    pub fn forbids(&self, usd: f64) -> Option<f64> {
        let here = self.purse.usd_max.filter(|max| self.spent() + usd > *max);
        here.or_else(|| self.purse.above.as_ref()?.forbids(usd))
    }

    /// Returns the ceiling of which the least is left, in US dollars.
    pub fn ceiling(&self) -> Option<f64> {
        let here = self.purse.usd_max.map(|usd| (usd - self.spent(), usd));
        let above = self.purse.above.as_ref();
        let above = above.and_then(|above| above.left().zip(above.ceiling()));
        let both = here.into_iter().chain(above);
        both.reduce(|a, b| if b.0 < a.0 { b } else { a })
            .map(|(_, usd)| usd)
    }

    fn of(usd_max: Option<f64>, above: Option<Self>) -> Self {
        Self {
            purse: Arc::new(Purse {
                spent: Mutex::new(0.0),
                usd_max,
                above,
            }),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Spending;

    #[test]
    fn g09_what_one_spends_counts_for_those_above_and_so_for_those_beside_it() {
        let top = Spending::new(Some(1.0));
        let (one, other) = (top.below(Some(0.75)), top.below(None));
        one.add(0.5);
        assert_eq!((one.left(), other.left()), (Some(0.25), Some(0.5)));
        assert_eq!(one.forbids(0.375), Some(0.75), "its own ceiling");
        assert_eq!(other.forbids(0.75), Some(1.0), "that of the one above");
        assert_eq!(other.forbids(0.5), None);
        assert_eq!((one.ceiling(), other.ceiling()), (Some(0.75), Some(1.0)));
        assert_eq!((top.spent(), other.spent()), (0.5, 0.0));
        assert_eq!(Spending::new(None).below(None).left(), None);
    }

    #[test]
    fn what_an_earlier_process_spent_counts_once_at_each_level() {
        let top = Spending::new(Some(1.0)).after(0.75);
        let one = top.below(Some(0.5)).after(0.25);
        assert_eq!((top.left(), one.left()), (Some(0.25), Some(0.25)));
        one.add(0.125);
        assert_eq!((top.spent(), one.spent()), (0.875, 0.375));
    }
}
