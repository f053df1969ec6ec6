//! Which texts hold which letter groups, in three flat arrays: a server keeps thousands of small
//! knowledge bases, and a table of hash buckets for each would be mostly air.

use crate::numbers::{count, id, rarity, share};

/// Letter groups of a list of texts.
#[derive(Debug, Clone, Default)]
pub(crate) struct GramIndex {
    hashes: Vec<u32>,
    starts: Vec<u32>,
    texts: Vec<u32>,
    sizes: Vec<u32>,
}

impl GramIndex {
    /// Takes the sorted letter groups of each text.
    pub(crate) fn build(grams: &[Vec<u32>]) -> Self {
        // One number sorts faster than a pair of them.
        let mut pairs: Vec<u64> = Vec::with_capacity(grams.iter().map(Vec::len).sum());
        for (text, hashes) in grams.iter().enumerate() {
            pairs.extend(hashes.iter().map(|&hash| (u64::from(hash) << 32) | u64::from(id(text))));
        }
        pairs.sort_unstable();
        let mut index =
            Self { sizes: grams.iter().map(|hashes| id(hashes.len())).collect(), ..Self::default() };
        for pair in pairs {
            let (hash, text) = (high(pair), high(pair << 32));
            if index.hashes.last() != Some(&hash) {
                index.hashes.push(hash);
                index.starts.push(id(index.texts.len()));
            }
            index.texts.push(text);
        }
        for numbers in [&mut index.hashes, &mut index.starts, &mut index.texts] {
            numbers.shrink_to_fit();
        }
        index
    }

    /// Bytes on the heap.
    pub(crate) fn bytes(&self) -> usize {
        let numbers = [&self.hashes, &self.starts, &self.texts, &self.sizes];
        numbers.into_iter().map(|numbers| numbers.capacity() * size_of::<u32>()).sum()
    }

    fn holders(&self, hash: u32) -> &[u32] {
        let Ok(at) = self.hashes.binary_search(&hash) else {
            return &[];
        };
        self.slice(at)
    }

    fn slice(&self, at: usize) -> &[u32] {
        let end = self.starts.get(at + 1).map_or(self.texts.len(), |&end| end as usize);
        &self.texts[self.starts[at] as usize..end]
    }

    /// For each text the length of its vector of rarities, as [`Self::cosines`] wants it.
    pub(crate) fn norms(&self) -> Vec<f64> {
        let mut squares = vec![0.0; self.sizes.len()];
        for at in 0..self.hashes.len() {
            let holders = self.slice(at);
            let weight = rarity(self.sizes.len(), holders.len()).powi(2);
            for &text in holders {
                squares[text as usize] += weight;
            }
        }
        squares.into_iter().map(f64::sqrt).collect()
    }

    /// How alike each text is to one with the letter groups `grams`: the cosine, weighted by rarity.
    /// Groups that no text holds make the query longer, so they lower all of them.
    pub(crate) fn cosines(&self, grams: &[u32], norms: &[f64]) -> Vec<f64> {
        let mut products = vec![0.0; self.sizes.len()];
        let mut square = 0.0;
        for &hash in grams {
            let holders = self.holders(hash);
            let weight = rarity(self.sizes.len(), holders.len()).powi(2);
            square += weight;
            for &text in holders {
                products[text as usize] += weight;
            }
        }
        let length = square.sqrt();
        products.iter().zip(norms).map(|(&product, &norm)| share(product, norm * length)).collect()
    }

    /// The text that shares the most letter groups with `grams`, and how alike the two are (Dice's
    /// coefficient, 0 to 1). The first of several.
    pub(crate) fn closest(&self, grams: &[u32]) -> Option<(u32, f64)> {
        let mut found: Vec<u32> = grams.iter().flat_map(|&hash| self.holders(hash)).copied().collect();
        found.sort_unstable();
        let alike = |same: &[u32]| {
            let all = count(grams.len()) + f64::from(self.sizes[same[0] as usize]);
            (same[0], share(2.0 * count(same.len()), all))
        };
        found
            .chunk_by(|a, b| a == b)
            .map(alike)
            .reduce(|best, next| if next.1 > best.1 { next } else { best })
    }
}

/// The upper half of a number.
fn high(pair: u64) -> u32 {
    (pair >> 32) as u32
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text::grams;

    #[test]
    fn the_same_text_is_most_alike() {
        let texts = ["parking", "opening hours", "prices"].map(grams);
        let index = GramIndex::build(&texts);
        let cosines = index.cosines(&texts[1], &index.norms());
        assert!((cosines[1] - 1.0).abs() < 1e-9, "{cosines:?}");
        assert!(cosines[0] < 0.5 && cosines[2] < 0.5, "{cosines:?}");
    }

    #[test]
    fn a_misspelled_word_finds_the_right_one() {
        let index = GramIndex::build(&["mattress", "delivery", "address"].map(grams));
        let (text, alike) = index.closest(&grams("matress")).unwrap();
        assert_eq!(text, 0);
        assert!(alike > 0.5 && alike < 1.0, "{alike}");
        assert_eq!(index.closest(&grams("xyz")), None);
    }
}
