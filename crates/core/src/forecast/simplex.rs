//! The least value of a function of a few numbers, by Nelder and Mead's simplex.

/// Evaluations after which the best so far is taken.
const EVALUATIONS: usize = 250;

/// Searches from `start`, first a `step` in each direction, until values differ by less than a part in 1e8.
pub(super) fn minimise<const N: usize>(
    start: [f64; N],
    step: f64,
    value: impl Fn(&[f64; N]) -> f64,
) -> [f64; N] {
    let mut corners: Vec<([f64; N], f64)> = vec![(start, value(&start))];
    for axis in 0..N {
        let mut corner = start;
        corner[axis] += step;
        corners.push((corner, value(&corner)));
    }
    let mut evaluations = corners.len();
    while evaluations < EVALUATIONS {
        corners.sort_by(|one, other| one.1.total_cmp(&other.1));
        let (best, (worst, most)) = (corners[0].1, corners[N]);
        if (most - best).abs() <= 1e-8 * best.abs() {
            break;
        }
        let center: [f64; N] = std::array::from_fn(|axis| {
            corners[..N].iter().map(|(corner, _)| corner[axis]).sum::<f64>() / crate::stats::length(N)
        });
        let along = |factor: f64| -> ([f64; N], f64) {
            let corner = std::array::from_fn(|axis| center[axis] + factor * (worst[axis] - center[axis]));
            (corner, value(&corner))
        };
        let reflected = along(-1.0);
        evaluations += 2;
        let replacement = if reflected.1 < best {
            let further = along(-2.0);
            Some(if further.1 < reflected.1 { further } else { reflected })
        } else if reflected.1 < corners[N - 1].1 {
            Some(reflected)
        } else {
            let nearer = along(if reflected.1 < most { -0.5 } else { 0.5 });
            (nearer.1 < most.min(reflected.1)).then_some(nearer)
        };
        if let Some(replacement) = replacement {
            corners[N] = replacement;
            continue;
        }
        let center = corners[0].0;
        for corner in corners.iter_mut().skip(1) {
            corner.0 = std::array::from_fn(|axis| f64::midpoint(center[axis], corner.0[axis]));
            corner.1 = value(&corner.0);
            evaluations += 1;
        }
    }
    corners.sort_by(|one, other| one.1.total_cmp(&other.1));
    corners[0].0
}
