//! How good answers are that are given from a confidence on.

use crate::logistic::{N, Sample};
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;
use std::fmt;

/// The bounds within which the threshold is put as low as possible.
const PRECISION: f64 = 0.88;
const PRECISION_OF_EACH: f64 = 0.85;
const FALSE_ANSWERS: f64 = 0.04;
const NEAR_FALSE_ANSWERS: f64 = 0.08;

/// Of one knowledge base.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Figures {
    answered: f64,
    right: f64,
    queries: f64,
    out_of_scope: f64,
    answered_out: f64,
    near: f64,
    answered_near: f64,
    calibration_error: f64,
    ranked_well: f64,
    best_coverage: f64,
}

impl Figures {
    pub(crate) fn of(samples: &[Sample], queries: usize, coefficients: &[f64; N], shift: f64) -> Self {
        let mut answers: Vec<(f64, &Sample)> =
            samples.iter().map(|sample| (sample.confidence(coefficients, shift), sample)).collect();
        answers.sort_by(|a, b| b.0.total_cmp(&a.0));
        let given = &answers[..answers.partition_point(|(p, _)| *p >= KNOWLEDGE_BASE_MIN)];
        let count = |of: &[(f64, &Sample)], is: &dyn Fn(&Sample) -> bool| {
            number(of.iter().filter(|(_, sample)| is(sample)).count())
        };
        // A query that finds nothing is in no sample, and is out of scope or not answered.
        Self {
            answered: number(given.len()),
            right: count(given, &|sample| sample.right),
            queries: number(queries),
            out_of_scope: count(&answers, &|sample| !sample.in_scope),
            answered_out: count(given, &|sample| !sample.in_scope),
            near: count(&answers, &|sample| sample.near),
            answered_near: count(given, &|sample| sample.near),
            calibration_error: calibration_error(&answers),
            ranked_well: ranked_well(&answers),
            best_coverage: best_coverage(&answers, queries),
        }
    }

    fn coverage(&self) -> f64 {
        self.answered / self.queries
    }

    fn precision(&self) -> f64 {
        self.right / self.answered.max(1.0)
    }

    fn false_answers(&self) -> f64 {
        self.answered_out / self.out_of_scope.max(1.0)
    }

    fn near_false_answers(&self) -> Option<f64> {
        (self.near > 0.0).then(|| self.answered_near / self.near)
    }
}

impl fmt::Display for Figures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let near = self.near_false_answers().map_or_else(|| "-".to_owned(), |near| format!("{near:.3}"));
        write!(
            f,
            "coverage {:.3}  precision {:.3}  false answers {:.3}  near {near}  ece {:.3}  auroc {:.3}  best coverage {:.3}",
            self.coverage(),
            self.precision(),
            self.false_answers(),
            self.calibration_error,
            self.ranked_well,
            self.best_coverage,
        )
    }
}

/// Of all knowledge bases.
pub(crate) struct Summary<'a>(pub(crate) &'a [Figures]);

impl Summary<'_> {
    fn mean(&self, of: impl Fn(&Figures) -> Option<f64>) -> f64 {
        let values: Vec<f64> = self.0.iter().filter_map(of).collect();
        values.iter().sum::<f64>() / number(values.len().max(1))
    }

    fn pooled(&self) -> f64 {
        let sum = |of: fn(&Figures) -> f64| self.0.iter().map(of).sum::<f64>();
        sum(|figures| figures.right) / sum(|figures| figures.answered).max(1.0)
    }

    /// Whether the answers are right often enough and false seldom enough.
    pub(crate) fn keeps_to_bounds(&self) -> bool {
        self.pooled() >= PRECISION
            && self.0.iter().all(|figures| figures.precision() >= PRECISION_OF_EACH)
            && self.mean(|figures| Some(figures.false_answers())) <= FALSE_ANSWERS
            && self.mean(Figures::near_false_answers) <= NEAR_FALSE_ANSWERS
    }
}

impl fmt::Display for Summary<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "coverage {:.3}  precision {:.3} (pooled {:.3})  false answers {:.3}  near {:.3}  ece {:.3}  auroc {:.3}  best coverage {:.3}",
            self.mean(|figures| Some(figures.coverage())),
            self.mean(|figures| Some(figures.precision())),
            self.pooled(),
            self.mean(|figures| Some(figures.false_answers())),
            self.mean(Figures::near_false_answers),
            self.mean(|figures| Some(figures.calibration_error)),
            self.mean(|figures| Some(figures.ranked_well)),
            self.mean(|figures| Some(figures.best_coverage)),
        )
    }
}

/// The mean distance of confidence and truth over ten bins.
fn calibration_error(answers: &[(f64, &Sample)]) -> f64 {
    let mut bins = [0.0_f64; 10];
    for (p, sample) in answers {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "from 0 to 9")]
        let bin = ((p * 10.0) as usize).min(9);
        bins[bin] += p - f64::from(u8::from(sample.right));
    }
    bins.iter().map(|bin| bin.abs()).sum::<f64>() / number(answers.len().max(1))
}

/// The chance that a right answer has the higher confidence than a wrong one (the area under the ROC curve).
fn ranked_well(answers: &[(f64, &Sample)]) -> f64 {
    let (mut rights, mut pairs) = (0.0, 0.0);
    for (_, sample) in answers {
        if sample.right {
            rights += 1.0;
        } else {
            pairs += rights;
        }
    }
    pairs / (rights * (number(answers.len()) - rights)).max(1.0)
}

/// The coverage from the lowest confidence on from which answers are right often enough.
fn best_coverage(answers: &[(f64, &Sample)], queries: usize) -> f64 {
    let (mut right, mut best) = (0.0, 0);
    for (at, (_, sample)) in answers.iter().enumerate() {
        right += f64::from(u8::from(sample.right));
        if right >= KNOWLEDGE_BASE_MIN * number(at + 1) {
            best = at + 1;
        }
    }
    number(best) / number(queries)
}

/// Prints from which confidence on the first three entries hold the right one how often, where no answer is given.
pub(crate) fn print_suggestions(all: &[(&[Sample], [f64; N])], shift: f64) {
    println!(
        "shown from .. on, below an answer: the first three hold the right one, where there is one; shown out of scope"
    );
    for step in 1..=10 {
        let from = 0.05 * f64::from(step);
        let (mut shown, mut right, mut outside, mut shown_outside) = (0.0, 0.0, 0.0, 0.0);
        for (samples, coefficients) in all {
            for sample in *samples {
                let p = sample.confidence(coefficients, shift);
                let is_shown = f64::from(u8::from((from..KNOWLEDGE_BASE_MIN).contains(&p)));
                if sample.in_scope {
                    shown += is_shown;
                    right += is_shown * f64::from(u8::from(sample.among_three));
                } else {
                    outside += 1.0;
                    shown_outside += is_shown;
                }
            }
        }
        println!("  {from:.2}: {:.3} of {shown}; {:.3}", right / shown, shown_outside / outside);
    }
}

pub(crate) fn number(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}
