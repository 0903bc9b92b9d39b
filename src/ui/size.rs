//! Sizes and counts for people.

/// Returns a size in bytes as people say it: `3.2 MB`, in powers of a thousand.
pub(crate) fn bytes(bytes: u64) -> String {
    scaled(bytes, &[" B", " kB", " MB", " GB", " TB", " PB"])
}

/// Returns a count as people say it: `596 M`.
pub(crate) fn count(count: u64) -> String {
    scaled(count, &["", " k", " M", " B", " T"])
}

fn scaled(value: u64, units: &[&str]) -> String {
    let mut scaled = value as f64;
    let mut unit = 0;
    // Half a unit of the last digit shown less: 999.96 must not become `1000.0`.
    while scaled >= 999.5 && unit + 1 < units.len() {
        scaled /= 1000.0;
        unit += 1;
    }
    let digits = usize::from(unit > 0 && scaled < 9.95);
    format!("{scaled:.digits$}{}", units[unit])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes_have_two_or_three_digits() {
        let cases = [
            (0, "0 B"),
            (999, "999 B"),
            (1_000, "1.0 kB"),
            (3_245_000, "3.2 MB"),
            (9_960_000, "10 MB"),
            (999_600_000, "1.0 GB"),
            (18_600_000_000, "19 GB"),
        ];
        for (value, text) in cases {
            assert_eq!(bytes(value), text);
        }
        assert_eq!(count(596_049_920), "596 M");
        assert_eq!(count(7_600_000_000), "7.6 B");
    }
}
