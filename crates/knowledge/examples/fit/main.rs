//! Fits the coefficients of the confidence: `cargo run --release -p frontdesk-knowledge --example fit -- DATA_DIR`,
//! where each folder in `DATA_DIR` holds one knowledge base with its test queries.
//!
//! First each base is left out in turn, and the fit to the others is tried on it: that is how the
//! coefficients will do on a base that nobody has seen. Then the coefficients of the fit to all are printed,
//! to be put into `src/confidence.rs`. With `--no-default-features` they are those for words without meanings.
//!
//! A base is used whole, and in parts of a few answers drawn from it, whose other queries are then out of
//! scope. Most bases in practice are that small, and visitors ask for what is not in them.
//!
//! A fit to some bases is too careful on most others, and the threshold for an answer is what matters: so all
//! log-odds are raised (or lowered) by the largest shift with which, each base left out, the answers keep to the bounds in `figures.rs`.

#[path = "../data/mod.rs"]
mod data;
mod figures;
mod logistic;

use data::Set;
use figures::{Figures, Summary, number, print_suggestions};
use frontdesk_knowledge::{Entry, Index, Language};
use logistic::{N, Sample, fit};
use std::collections::{BTreeSet, HashSet};
use std::error::Error;
use std::path::PathBuf;

/// How much a base's parts count together, by how much the whole counts.
const PARTS_WEIGHT: f64 = 2.0;
/// Answers in a part, and how many parts of each size are drawn.
const PART_SIZES: [usize; 3] = [8, 12, 24];
const PARTS: usize = 6;
/// The share of queries that are out of scope in a part.
const OUT_OF_SCOPE: f64 = 0.4;
/// What each base weighs in the fit; against it stands the ridge.
const BASE_WEIGHT: f64 = 1000.0;

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
    let fit_without = |left_out: Option<usize>| {
        let seen = (0..sets.len()).filter(|&at| Some(at) != left_out);
        fit(&seen.flat_map(|at| whole[at].iter().chain(&parts[at])).collect::<Vec<_>>())
    };
    let left_out: Vec<[f64; N]> = (0..sets.len()).map(|at| fit_without(Some(at))).collect();
    let figures = |shift| -> Vec<Figures> {
        let each = sets.iter().zip(&whole).zip(&left_out);
        each.map(|((set, samples), fitted)| Figures::of(samples, set.queries.len(), fitted, shift)).collect()
    };
    let mut shifts = (-100..=100).rev().map(|step| 0.01 * f64::from(step));
    let shift = shifts.find(|&shift| Summary(&figures(shift)).keeps_to_bounds()).unwrap_or_default();
    println!("each left out of the fit, log-odds raised by {shift:.2}:");
    for (set, figures) in sets.iter().zip(figures(shift)) {
        println!("{:12} {figures}", set.name);
    }
    println!("{:12} {}", "mean", Summary(&figures(shift)));
    println!("{:12} {}", "not raised", Summary(&figures(0.0)));
    let pairs: Vec<_> = whole.iter().map(Vec::as_slice).zip(left_out).collect();
    print_suggestions(&pairs, shift);
    let mut coefficients = fit_without(None);
    coefficients[0] += shift;
    println!("intercept: {:.3}, coefficients: {:.3?}", coefficients[0], &coefficients[1..]);
    Ok(())
}

/// What each query finds, if it finds anything, in the base of those entries whose answer is in `kept`.
fn samples(set: &Set, kept: Option<&HashSet<&str>>) -> Vec<Sample> {
    let has = |entry: &&Entry| kept.is_none_or(|kept| kept.contains(entry.answer.as_str()));
    let entries: Vec<Entry> = set.entries.iter().filter(has).cloned().collect();
    let ids: HashSet<&str> = entries.iter().map(|entry| set.id(entry)).collect();
    let index = Index::build(entries.clone(), Some(Language::English));
    let sample = |query: &data::Query| {
        let findings = index.ask(&query.text);
        let evidence = findings.evidence?;
        let mut x = [1.0; N];
        x[1..].copy_from_slice(&evidence.to_array());
        let is_right = |entry: &Entry| query.relevant_ids.iter().any(|id| id == set.id(entry));
        let in_scope = query.relevant_ids.iter().any(|id| ids.contains(id.as_str()));
        Some(Sample {
            x,
            right: is_right(findings.best?.entry),
            among_three: findings.ranked.iter().take(3).any(|ranked| is_right(ranked.entry)),
            in_scope,
            near: query.kind == "oos-near",
            weight: 1.0,
            undisputed: evidence.undisputed,
        })
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
