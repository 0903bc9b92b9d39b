//! `--quantize`.

use aldo_models::Quantize;

/// Reads the name of a type that weights can be made smaller to.
///
/// # Errors
/// The names there are.
pub(super) fn parse(name: &str) -> Result<Quantize, String> {
    Quantize::from_name(name).ok_or_else(|| {
        let names = Quantize::ALL.map(|it| format!("`{}`", it.kind().name().to_lowercase()));
        format!("expected one of {}", names.join(", "))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_are_known_by_name() {
        assert_eq!(parse("q4_k"), Ok(Quantize::Q4K));
        assert_eq!(parse("Q8_0"), Ok(Quantize::Q8_0));
        let refused = parse("int4");
        let expected = "expected one of `q2_k`, `q3_k`, `q4_0`, `q4_1`, `q4_k`, `q5_0`, `q5_1`, \
                        `q5_k`, `q6_k`, `q8_0`";
        assert_eq!(refused, Err(expected.to_owned()));
    }
}
