//! Linear least squares by the normal equations.

/// The coefficients that bring `target + sum of coefficient * column` nearest to zero; `None` where there are none.
///
/// A millionth of a millionth of each column's size is added to keep columns apart that say the same.
pub(super) fn solve(target: &[f64], columns: &[Vec<f64>]) -> Option<Vec<f64>> {
    let dot = |one: &[f64], other: &[f64]| one.iter().zip(other).map(|(a, b)| a * b).sum::<f64>();
    let count = columns.len();
    let mut rows: Vec<Vec<f64>> = columns
        .iter()
        .map(|one| {
            let mut row: Vec<f64> = columns.iter().map(|other| dot(one, other)).collect();
            row.push(-dot(one, target));
            row
        })
        .collect();
    for (place, row) in rows.iter_mut().enumerate() {
        row[place] *= 1.0 + 1e-12;
    }
    // Gauss with the largest remaining pivot.
    for place in 0..count {
        let best = (place..count)
            .max_by(|one, other| rows[*one][place].abs().total_cmp(&rows[*other][place].abs()))?;
        rows.swap(place, best);
        let pivot = rows[place].clone();
        if pivot[place] == 0.0 || !pivot[place].is_finite() {
            return None;
        }
        for row in rows.iter_mut().skip(place + 1) {
            let factor = row[place] / pivot[place];
            for (value, above) in row.iter_mut().zip(&pivot).skip(place) {
                *value -= factor * above;
            }
        }
    }
    let mut found = vec![0.0; count];
    for place in (0..count).rev() {
        let known: f64 = (place + 1..count).map(|later| rows[place][later] * found[later]).sum();
        found[place] = (rows[place][count] - known) / rows[place][place];
    }
    found.iter().all(|value| value.is_finite()).then_some(found)
}
