//! Logistic regression.

use frontdesk_knowledge::Evidence;

/// Coefficients: the intercept, then one for each number of the evidence.
pub(crate) const N: usize = Evidence::LEN + 1;

/// The penalty on great coefficients: it keeps them from fitting what is peculiar to these bases.
const RIDGE: f64 = 1.0;

/// What is believed before any base is looked at: an answer to *why* seldom answers anything else. Few queries
/// show it, so it is given the weight of some.
const REASON: (f64, f64) = (30.0, -1.5);

/// What a query found.
#[expect(clippy::struct_excessive_bools, reason = "each is a property of its own of a query")]
pub(crate) struct Sample {
    pub(crate) x: [f64; N],
    /// Whether the best entry is right.
    pub(crate) right: bool,
    /// Whether one of the first three is.
    pub(crate) among_three: bool,
    pub(crate) in_scope: bool,
    /// Out of scope, but close to it.
    pub(crate) near: bool,
    pub(crate) weight: f64,
    /// What the probability is multiplied with.
    pub(crate) undisputed: f64,
}

impl Sample {
    fn log_odds(&self, coefficients: &[f64; N]) -> f64 {
        self.x.iter().zip(coefficients).map(|(x, coefficient)| x * coefficient).sum()
    }

    /// As the confidence is computed, with all log-odds raised by `shift`.
    pub(crate) fn confidence(&self, coefficients: &[f64; N], shift: f64) -> f64 {
        self.undisputed * probability(self.log_odds(coefficients) + shift)
    }
}

fn probability(log_odds: f64) -> f64 {
    1.0 / (1.0 + (-log_odds).exp())
}

/// The coefficients that fit `samples` best, by Newton's method.
pub(crate) fn fit(samples: &[&Sample]) -> [f64; N] {
    let mut coefficients = [0.0; N];
    for _ in 0..25 {
        let mut gradient = [0.0; N];
        let mut curvature = [[0.0; N]; N];
        for sample in samples {
            let p = probability(sample.log_odds(&coefficients));
            let error = sample.weight * (f64::from(u8::from(sample.right)) - p);
            for i in 0..N {
                gradient[i] += error * sample.x[i];
                let weight = sample.weight * p * (1.0 - p) * sample.x[i];
                for (cell, x) in curvature[i].iter_mut().zip(sample.x) {
                    *cell += weight * x;
                }
            }
        }
        for i in 1..N {
            let (ridge, believed) = if Evidence::NAMES[i - 1] == "reason" { REASON } else { (RIDGE, 0.0) };
            gradient[i] -= ridge * (coefficients[i] - believed);
            curvature[i][i] += ridge;
        }
        let step = solve(curvature, gradient);
        coefficients.iter_mut().zip(step).for_each(|(coefficient, step)| *coefficient += step);
    }
    coefficients
}

/// Solves `a x = b` by elimination; `a` is positive definite, so no pivoting is needed.
fn solve(mut a: [[f64; N]; N], mut b: [f64; N]) -> [f64; N] {
    for pivot in 0..N {
        for row in (0..N).filter(|&row| row != pivot) {
            let factor = a[row][pivot] / a[pivot][pivot];
            let line = a[pivot];
            a[row].iter_mut().zip(line).for_each(|(cell, above)| *cell -= factor * above);
            b[row] -= factor * b[pivot];
        }
    }
    std::array::from_fn(|row| b[row] / a[row][row])
}
