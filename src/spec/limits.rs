//! What a number in a spec may be; serde attaches the line and the column.

use serde::de::{Deserialize, Deserializer, Error};

/// The highest temperature sampling accepts.
const TEMPERATURE_MAX: f32 = 2.0;

/// A ratio from 0 to 1.
pub(super) fn ratio<'de, D: Deserializer<'de>>(deserializer: D) -> Result<f64, D::Error> {
    let ratio = f64::deserialize(deserializer)?;
    if (0.0..=1.0).contains(&ratio) {
        return Ok(ratio);
    }
    Err(D::Error::custom(format!(
        "expected a number from 0 to 1, found `{ratio}`"
    )))
}

/// An amount of US dollars, finite and not negative.
pub(super) fn some_usd<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f64>, D::Error> {
    let usd = Option::<f64>::deserialize(deserializer)?;
    match usd {
        Some(usd) if !usd.is_finite() || usd < 0.0 => Err(D::Error::custom(format!(
            "expected an amount of US dollars that is not negative, found `{usd}`"
        ))),
        Some(_) | None => Ok(usd),
    }
}

/// A temperature.
pub(super) fn some_temperature<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<f32>, D::Error> {
    let temperature = Option::<f32>::deserialize(deserializer)?;
    match temperature {
        Some(degrees) if !(0.0..=TEMPERATURE_MAX).contains(&degrees) => Err(D::Error::custom(
            format!("expected a temperature from 0 to {TEMPERATURE_MAX}, found `{degrees}`"),
        )),
        Some(_) | None => Ok(temperature),
    }
}

/// A count of at least one.
pub(super) fn at_least_one<'de, D, N>(deserializer: D) -> Result<N, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + PartialEq + Default,
{
    let count = N::deserialize(deserializer)?;
    if count == N::default() {
        return Err(D::Error::custom("expected at least 1, found `0`"));
    }
    Ok(count)
}

/// A count of at least one, or nothing.
pub(super) fn some_at_least_one<'de, D, N>(deserializer: D) -> Result<Option<N>, D::Error>
where
    D: Deserializer<'de>,
    N: Deserialize<'de> + PartialEq + Default,
{
    let count = Option::<N>::deserialize(deserializer)?;
    if count == Some(N::default()) {
        return Err(D::Error::custom("expected at least 1, found `0`"));
    }
    Ok(count)
}
