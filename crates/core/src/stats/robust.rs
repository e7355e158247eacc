//! Summaries of a sample: of the mean's kind, and of the kind that a wild day does not move.

use super::length;

/// The arithmetic mean; `None` of nothing.
pub fn mean(values: &[f64]) -> Option<f64> {
    (!values.is_empty()).then(|| values.iter().sum::<f64>() / length(values.len()))
}

/// The standard deviation of a sample (divided by `n - 1`); `None` below two values.
pub fn standard_deviation(values: &[f64]) -> Option<f64> {
    let center = mean(values)?;
    let squares: f64 = values.iter().map(|value| (value - center) * (value - center)).sum();
    (values.len() > 1).then(|| (squares / (length(values.len()) - 1.0)).sqrt())
}

/// The standard deviation as a share of the mean; `None` below two values or where the mean is not above zero.
pub fn coefficient_of_variation(values: &[f64]) -> Option<f64> {
    let center = mean(values).filter(|center| *center > 0.0)?;
    standard_deviation(values).map(|deviation| deviation / center)
}

/// The middle value, or the mean of the middle two; `None` of nothing.
pub fn median(values: &[f64]) -> Option<f64> {
    quantile(values, 0.5)
}

/// The median absolute deviation from the median; multiply with [`super::NORMAL_MAD`] to compare it with a standard
/// deviation.
pub fn mad(values: &[f64]) -> Option<f64> {
    let center = median(values)?;
    median(&values.iter().map(|value| (value - center).abs()).collect::<Vec<_>>())
}

/// The value below which this share of the sample lies, interpolated between neighbours (Hyndman and Fan's type 7).
///
/// `None` of nothing, or where the share is not within 0 and 1.
pub fn quantile(values: &[f64], share: f64) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let last = sorted.len().checked_sub(1)?;
    if !(0.0..=1.0).contains(&share) {
        return None;
    }
    let place = share * length(last);
    let below = usize::try_from(super::whole(place)).ok()?.min(last);
    let above = (below + 1).min(last);
    Some(sorted[below] + (sorted[above] - sorted[below]) * (place - length(below)))
}

/// The exponentially weighted mean: the first value, then each new one with the weight `alpha`; `None` of nothing.
pub fn ewma(values: &[f64], alpha: f64) -> Option<f64> {
    let (first, rest) = values.split_first()?;
    Some(rest.iter().fold(*first, |level, value| level + alpha * (value - level)))
}
