//! Fits the coefficients of the confidence: `cargo run --release -p frontdesk-knowledge --example fit -- DATA_DIR`,
//! where each folder in `DATA_DIR` holds one knowledge base with its test queries.
//!
//! First each base is left out in turn, and the fit to the others is tried on it: that is how the
//! coefficients will do on a base that nobody has seen. Then the coefficients of the fit to all are printed,
//! to be put into `src/confidence.rs`.
//!
//! A base is used whole, and in parts of a few answers drawn from it, whose other queries are then out of
//! scope. Most bases in practice are that small, and visitors ask for what is not in them.

mod data;

use data::Set;
use frontdesk_domain::confidence::KNOWLEDGE_BASE_MIN;
use frontdesk_knowledge::{Entry, Evidence, Index, Language};
use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::path::PathBuf;

/// How much a base's parts count together, by how much the whole counts.
const PARTS_WEIGHT: f64 = 1.0;
/// Answers in a part, and how many parts of each size are drawn.
const PART_SIZES: [usize; 3] = [8, 12, 24];
const PARTS: usize = 6;
/// The share of queries that are out of scope in a part.
const OUT_OF_SCOPE: f64 = 0.4;
/// What each base weighs in the fit; against it stands [`RIDGE`].
const BASE_WEIGHT: f64 = 1000.0;
/// The penalty on great coefficients: it keeps them from fitting what is peculiar to these bases.
const RIDGE: f64 = 1.0;
/// Coefficients: the intercept, then one for each number of the evidence.
const N: usize = Evidence::LEN + 1;

struct Sample {
    x: [f64; N],
    right: bool,
    in_scope: bool,
    weight: f64,
    undisputed: f64,
}

fn main() -> Result<(), Box<dyn Error>> {
    let folder = std::env::args_os().nth(1).ok_or("usage: fit DATA_DIR")?;
    let mut folders: Vec<PathBuf> =
        std::fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<Result<_, std::io::Error>>()?;
    folders.retain(|path| path.join("kb.jsonl").exists());
    folders.sort();
    let sets = folders.iter().map(|path| Set::load(path)).collect::<Result<Vec<_>, _>>()?;
    let mut random = Random(7);
    let whole: Vec<Vec<Sample>> = sets.iter().map(|set| weigh(samples(set, None), BASE_WEIGHT)).collect();
    let parts: Vec<Vec<Sample>> =
        sets.iter().map(|set| weigh(part_samples(set, &mut random), BASE_WEIGHT * PARTS_WEIGHT)).collect();
    println!(
        "{:12} coverage precision false-out-of-scope coverage-at-best-threshold (left out of the fit)",
        "set"
    );
    for (left_out, set) in sets.iter().enumerate() {
        let seen = (0..sets.len()).filter(|&at| at != left_out);
        let coefficients = fit(&seen.flat_map(|at| whole[at].iter().chain(&parts[at])).collect::<Vec<_>>());
        report(&set.name, &whole[left_out], set.queries.len(), &coefficients);
    }
    let coefficients = fit(&whole.iter().chain(&parts).flatten().collect::<Vec<_>>());
    println!("(in the fit)");
    for (set, samples) in sets.iter().zip(&whole) {
        report(&set.name, samples, set.queries.len(), &coefficients);
    }
    println!("{coefficients:.3?}");
    Ok(())
}

/// The best entry's evidence for each query that finds anything, in the base of those entries whose answer
/// is in `kept`.
fn samples(set: &Set, kept: Option<&HashSet<&str>>) -> Vec<Sample> {
    let has = |entry: &&Entry| kept.is_none_or(|kept| kept.contains(entry.answer.as_str()));
    let entries: Vec<Entry> = set.entries.iter().filter(has).cloned().collect();
    let ids: HashSet<&str> = entries.iter().map(|entry| set.id(entry)).collect();
    let index = Index::build(entries.clone(), Some(Language::English));
    let sample = |query: &data::Query| {
        let findings = index.ask(&query.text);
        let (entry, evidence) = (findings.best?.entry, findings.evidence?);
        let mut x = [1.0; N];
        x[1..].copy_from_slice(&evidence.to_array());
        let right = query.relevant_ids.iter().any(|id| id == set.id(entry));
        let in_scope = query.relevant_ids.iter().any(|id| ids.contains(id.as_str()));
        Some(Sample { x, right, in_scope, weight: 1.0, undisputed: evidence.undisputed() })
    };
    set.queries.iter().filter_map(sample).collect()
}

fn part_samples(set: &Set, random: &mut Random) -> Vec<Sample> {
    let mut all = Vec::new();
    for size in PART_SIZES {
        for _ in 0..PARTS {
            let answers: BTreeSet<&str> = set.entries.iter().map(|entry| entry.answer.as_str()).collect();
            let kept = random.choose(answers.into_iter().collect(), size);
            let mut samples = samples(set, Some(&kept.into_iter().collect()));
            let inside = samples.iter().filter(|sample| sample.in_scope).count();
            let outside = samples.len() - inside;
            let weight = number(inside) * OUT_OF_SCOPE / (1.0 - OUT_OF_SCOPE) / number(outside.max(1));
            samples
                .iter_mut()
                .filter(|sample| !sample.in_scope)
                .for_each(|sample| sample.weight = weight.min(1.0));
            all.extend(samples);
        }
    }
    all
}

fn weigh(mut samples: Vec<Sample>, total: f64) -> Vec<Sample> {
    let sum: f64 = samples.iter().map(|sample| sample.weight).sum();
    for sample in &mut samples {
        sample.weight *= total / sum;
    }
    samples
}

fn probability(x: &[f64; N], coefficients: &[f64; N]) -> f64 {
    let z: f64 = x.iter().zip(coefficients).map(|(x, coefficient)| x * coefficient).sum();
    1.0 / (1.0 + (-z).exp())
}

/// Logistic regression by Newton's method.
fn fit(samples: &[&Sample]) -> [f64; N] {
    let mut coefficients = [0.0; N];
    for _ in 0..25 {
        let mut gradient = [0.0; N];
        let mut curvature = [[0.0; N]; N];
        for sample in samples {
            let p = probability(&sample.x, &coefficients);
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
            gradient[i] -= RIDGE * coefficients[i];
            curvature[i][i] += RIDGE;
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

fn report(name: &str, samples: &[Sample], queries: usize, coefficients: &[f64; N]) {
    let mut answers: Vec<(f64, &Sample)> = samples
        .iter()
        .map(|sample| (sample.undisputed * probability(&sample.x, coefficients), sample))
        .collect();
    answers.sort_by(|a, b| b.0.total_cmp(&a.0));
    let given = answers.partition_point(|(p, _)| *p >= KNOWLEDGE_BASE_MIN);
    let right = |n: usize| number(answers[..n].iter().filter(|(_, sample)| sample.right).count());
    let out = number(samples.iter().filter(|sample| !sample.in_scope).count().max(1));
    let false_out = number(answers[..given].iter().filter(|(_, sample)| !sample.in_scope).count());
    let best = (1..=answers.len()).rev().find(|&n| right(n) >= KNOWLEDGE_BASE_MIN * number(n)).unwrap_or(0);
    println!(
        "{name:12} {:8.3} {:9.3} {:18.3} {:26.3}",
        number(given) / number(queries),
        right(given) / number(given.max(1)),
        false_out / out,
        number(best) / number(queries),
    );
}

fn number(n: usize) -> f64 {
    u32::try_from(n).map_or(f64::MAX, f64::from)
}

/// `SplitMix64`: the same parts in each run.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let z = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }

    fn choose<'a>(&mut self, from: Vec<&'a str>, n: usize) -> Vec<&'a str> {
        let mut keyed: Vec<(u64, &str)> = from.into_iter().map(|item| (self.next(), item)).collect();
        keyed.sort_unstable();
        keyed.into_iter().take(n).map(|(_, item)| item).collect()
    }
}
