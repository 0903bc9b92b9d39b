//! Medians, percentiles and spreads. Pure; what is no number is left out.

/// Returns the finite ones, smallest first.
fn sorted(values: impl IntoIterator<Item = f64>) -> Vec<f64> {
    let mut values: Vec<f64> = values
        .into_iter()
        .filter(|value| value.is_finite())
        .collect();
    values.sort_by(f64::total_cmp);
    values
}

/// Returns the middle value; between two, their mean.
pub fn median(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    let upper = *values.get(values.len() / 2)?;
    if values.len() % 2 == 1 {
        return Some(upper);
    }
    let lower = values.get((values.len() / 2).checked_sub(1)?)?;
    Some(f64::midpoint(*lower, upper))
}

/// Returns the mean.
pub fn mean(values: impl IntoIterator<Item = f64>) -> Option<f64> {
    let values = sorted(values);
    let count = values.len();
    (count > 0).then(|| values.iter().sum::<f64>() / count as f64)
}

/// Returns the smallest value that at least `percent` of all do not pass (nearest rank).
pub fn percentile(values: impl IntoIterator<Item = f64>, percent: f64) -> Option<f64> {
    let values = sorted(values);
    let rank = (percent / 100.0 * values.len() as f64).ceil().max(1.0) as usize;
    values.get(rank - 1).copied()
}

/// Returns the smallest and the largest.
pub fn spread(values: impl IntoIterator<Item = f64>) -> Option<(f64, f64)> {
    let values = sorted(values);
    Some((*values.first()?, *values.last()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn figures_are_those_of_the_textbook() {
        let values = [3.0, 1.0, f64::NAN, 2.0, 10.0];
        assert_eq!(median(values), Some(2.5));
        assert_eq!(median([7.0]), Some(7.0));
        assert_eq!(mean(values), Some(4.0));
        assert_eq!(percentile(values, 95.0), Some(10.0));
        assert_eq!(percentile((1..=100).map(f64::from), 95.0), Some(95.0));
        assert_eq!(spread(values), Some((1.0, 10.0)));
    }

    #[test]
    fn nothing_has_no_figure() {
        let none: [f64; 0] = [];
        assert_eq!(median(none), None);
        assert_eq!(mean(none), None);
        assert_eq!(percentile(none, 95.0), None);
        assert_eq!(spread([f64::INFINITY]), None);
    }
}
