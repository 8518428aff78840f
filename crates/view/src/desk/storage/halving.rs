//! How Kafka searches an index (`AbstractIndex.indexSlotRangeFor`): first whether it lies among the newest entries, whose pages
//! are in memory, then by halving.

use std::cmp::Ordering;

/// An entry that was looked at.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Compared {
    /// Its number, from 0.
    pub at: usize,
    /// What it says.
    pub key: i64,
    /// How that compares to what is looked for.
    pub is: Ordering,
    /// The entries among which it still is, both included; none: before the first.
    pub left: Option<(usize, usize)>,
}

/// The entries that are looked at, in order, and the last one that is not larger than `target`.
pub fn halving(keys: &[i64], target: i64, warm: usize) -> (Vec<Compared>, Option<usize>) {
    let mut met = Vec::new();
    let Some(last) = keys.len().checked_sub(1) else { return (met, None) };
    let look = |at: usize| keys.get(at).map_or((0, Ordering::Equal), |key| (*key, key.cmp(&target)));
    let first_hot = last.saturating_sub(warm);
    let (key, is) = look(first_hot);
    let (mut low, mut high) = if is == Ordering::Less { (first_hot, last) } else { (0, first_hot) };
    let is_before_all = look(0).1 == Ordering::Greater;
    let left = |low, high| (!is_before_all).then_some((low, high));
    met.push(Compared { at: first_hot, key, is, left: left(low, high) });
    if is != Ordering::Less && first_hot > 0 {
        let (key, is) = look(0);
        met.push(Compared { at: 0, key, is, left: left(low, high) });
    }
    if is_before_all {
        return (met, None);
    }
    while low < high {
        let at = (low + high).div_ceil(2);
        let (key, is) = look(at);
        match is {
            Ordering::Greater => high = at - 1,
            Ordering::Less => low = at,
            Ordering::Equal => (low, high) = (at, at),
        }
        met.push(Compared { at, key, is, left: left(low, high) });
    }
    (met, Some(low))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn looked_at(keys: &[i64], target: i64, warm: usize) -> (Vec<usize>, Option<usize>) {
        let (met, taken) = halving(keys, target, warm);
        (met.iter().map(|compared| compared.at).collect(), taken)
    }

    #[test]
    fn an_index_is_halved_from_its_middle() {
        let keys: Vec<i64> = (0..9).map(|n| n * 10).collect();
        assert_eq!(looked_at(&keys, 34, 1_024), (vec![0, 4, 2, 3], Some(3)));
        assert_eq!(looked_at(&keys, 40, 1_024), (vec![0, 4], Some(4)));
        assert_eq!(looked_at(&keys, 999, 1_024), (vec![0, 4, 6, 7, 8], Some(8)));
        assert_eq!(looked_at(&keys, -1, 1_024), (vec![0], None));
        assert_eq!(looked_at(&keys, 0, 1_024), (vec![0], Some(0)));
        assert_eq!(looked_at(&[], 5, 1_024), (vec![], None));
    }

    /// What is asked for as a rule is new: the newest entries come first.
    #[test]
    fn the_warm_end_is_asked_first() {
        let keys: Vec<i64> = (0..100).collect();
        assert_eq!(looked_at(&keys, 97, 9), (vec![90, 95, 97], Some(97)));
        let (met, taken) = looked_at(&keys, 20, 9);
        assert_eq!((&met[..2], taken), (&[90, 0][..], Some(20)));
        assert!(met[2..].iter().all(|at| *at < 90), "{met:?}");
        assert_eq!(looked_at(&keys, -5, 9), (vec![90, 0], None));
    }

    /// Whatever the index: the answer is the last entry that is not larger, and each look leaves less.
    #[test]
    fn it_finds_what_a_search_from_the_front_finds() {
        for count in 0..40_i64 {
            let keys: Vec<i64> = (0..count).map(|n| n * 3).collect();
            for target in -2..count * 3 + 2 {
                for warm in [0, 1, 5, 1_024] {
                    let (met, taken) = halving(&keys, target, warm);
                    let first = keys.iter().rposition(|key| *key <= target);
                    assert_eq!(taken, first, "{count} {target} {warm}");
                    let sizes = met.iter().filter_map(|met| met.left).map(|(low, high)| high - low);
                    assert!(sizes.clone().zip(sizes.skip(1)).all(|(one, next)| next <= one));
                }
            }
        }
    }
}
