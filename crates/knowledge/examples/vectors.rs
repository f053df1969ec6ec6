//! Makes `data/english.vectors` from word vectors in `GloVe`'s text form (a word and its numbers on each line, the
//! most usual words first): `cargo run --release -p frontdesk-knowledge --example vectors -- glove.txt OUT`.
//!
//! Of the first words that consist of letters, the mean is taken off, so are the two directions in which all
//! words lie, which say how usual a word is rather than what it means; the next 64 directions in which words differ most are kept, and
//! each number becomes a byte.

use std::error::Error;
use std::fs::File;
use std::io::{BufRead, BufReader, Write};

const WORDS: usize = 20_000;
const SKIPPED: usize = 2;
const DIMENSIONS: usize = 64;
const ROUNDS: usize = 60;

fn main() -> Result<(), Box<dyn Error>> {
    let usage = "usage: vectors GLOVE.txt OUT";
    let mut arguments = std::env::args_os().skip(1);
    let (from, to) = (arguments.next().ok_or(usage)?, arguments.next().ok_or(usage)?);
    let (words, mut vectors) = read(BufReader::new(File::open(from)?))?;
    center(&mut vectors);
    let directions = directions(&vectors);
    let bytes: Vec<Vec<u8>> = vectors.iter().map(|vector| project(vector, &directions)).collect();
    let mut order: Vec<usize> = (0..words.len()).collect();
    order.sort_by_key(|&row| &words[row]);
    let mut out = File::create(to)?;
    out.write_all(&u32::try_from(words.len())?.to_le_bytes())?;
    let lines: String = order.iter().flat_map(|&row| [words[row].as_str(), "\n"]).collect();
    out.write_all(lines.as_bytes())?;
    for &row in &order {
        out.write_all(&u16::try_from(row)?.to_le_bytes())?;
    }
    out.write_all(&bytes.concat())?;
    Ok(())
}

type Vectors = Vec<Vec<f64>>;

fn read(lines: impl BufRead) -> Result<(Vec<String>, Vectors), Box<dyn Error>> {
    let (mut words, mut vectors) = (Vec::new(), Vec::new());
    for line in lines.lines() {
        let line = line?;
        let mut parts = line.split(' ');
        let word = parts.next().unwrap_or_default();
        let letters = |byte: u8| byte.is_ascii_lowercase() || byte == b'\'';
        if !word.bytes().all(letters) || !word.starts_with(|first: char| first.is_ascii_lowercase()) {
            continue;
        }
        words.push(word.to_owned());
        vectors.push(parts.map(str::parse).collect::<Result<_, _>>()?);
        if words.len() == WORDS {
            break;
        }
    }
    Ok((words, vectors))
}

fn center(vectors: &mut Vectors) {
    let mut mean = vec![0.0; vectors[0].len()];
    let count = f64::from(u32::try_from(vectors.len()).unwrap_or(u32::MAX));
    for vector in vectors.iter() {
        mean.iter_mut().zip(vector).for_each(|(mean, number)| *mean += number / count);
    }
    for vector in vectors {
        vector.iter_mut().zip(&mean).for_each(|(number, mean)| *number -= mean);
    }
}

/// The directions in which the vectors differ most, but for the first two.
fn directions(vectors: &Vectors) -> Vectors {
    let size = vectors[0].len();
    let mut spread = vec![vec![0.0; size]; size];
    for vector in vectors {
        for (row, a) in spread.iter_mut().zip(vector) {
            row.iter_mut().zip(vector).for_each(|(cell, b)| *cell += a * b);
        }
    }
    let (values, axes) = jacobi(spread);
    let mut order: Vec<usize> = (0..size).collect();
    order.sort_by(|&a, &b| values[b].total_cmp(&values[a]));
    let kept = order.into_iter().skip(SKIPPED).take(DIMENSIONS);
    kept.map(|at| axes.iter().map(|row| row[at]).collect()).collect()
}

/// The eigenvalues of a symmetric matrix, and the eigenvectors as columns.
fn jacobi(mut a: Vectors) -> (Vec<f64>, Vectors) {
    let size = a.len();
    let mut axes: Vectors =
        (0..size).map(|i| (0..size).map(|j| f64::from(u8::from(i == j))).collect()).collect();
    for _ in 0..ROUNDS {
        for p in 0..size {
            for q in p + 1..size {
                if a[p][q].abs() > 1e-9 {
                    rotate(&mut a, &mut axes, p, q);
                }
            }
        }
    }
    ((0..size).map(|i| a[i][i]).collect(), axes)
}

/// Turns the axes `p` and `q` so that nothing is left between them.
fn rotate(matrix: &mut Vectors, axes: &mut Vectors, p: usize, q: usize) {
    let theta = (matrix[q][q] - matrix[p][p]) / (2.0 * matrix[p][q]);
    let tangent = theta.signum() / (theta.abs() + theta.hypot(1.0));
    let cosine = 1.0 / tangent.hypot(1.0);
    let sine = tangent * cosine;
    for row in matrix.iter_mut().chain(axes.iter_mut()) {
        (row[p], row[q]) = (cosine * row[p] - sine * row[q], sine * row[p] + cosine * row[q]);
    }
    let (upper, lower) = matrix.split_at_mut(q);
    for (first, second) in upper[p].iter_mut().zip(lower[0].iter_mut()) {
        (*first, *second) = (cosine * *first - sine * *second, sine * *first + cosine * *second);
    }
}

fn project(vector: &[f64], directions: &Vectors) -> Vec<u8> {
    let along = |direction: &Vec<f64>| direction.iter().zip(vector).map(|(a, b)| a * b).sum::<f64>();
    let numbers: Vec<f64> = directions.iter().map(along).collect();
    let largest = numbers.iter().fold(f64::MIN_POSITIVE, |largest, number| largest.max(number.abs()));
    #[expect(clippy::cast_possible_truncation, reason = "within 127 of 0")]
    let byte = |number: &f64| ((number / largest * 127.0).round() as i8).to_ne_bytes()[0];
    numbers.iter().map(byte).collect()
}
