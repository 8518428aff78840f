//! The nearest valid word to a mistyped one.

use crate::limits::SUGGEST_CHARS;

/// The candidate that was probably meant, or `None` if none is near.
///
/// Nearness is the Damerau-Levenshtein distance (insert, delete, replace, swap neighbours), letter case aside.
/// A word may be wrong in a third of its characters, rounded up. Of equally near candidates the first wins.
pub fn nearest<'c>(word: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<&'c str> {
    let word = fold(word);
    if word.is_empty() || word.len() > SUGGEST_CHARS {
        return None;
    }
    let allowed = word.len().div_ceil(3);
    let mut best: Option<(usize, &str)> = None;
    for candidate in candidates {
        let folded = fold(candidate);
        if folded.len().abs_diff(word.len()) > allowed || folded.len() > SUGGEST_CHARS {
            continue;
        }
        let distance = distance(&word, &folded);
        // A word that shares no letter with the candidate is not a mistyped candidate, however short.
        let near = distance <= allowed && distance < word.len().max(folded.len());
        if near && best.is_none_or(|(least, _)| distance < least) {
            best = Some((distance, candidate));
        }
    }
    best.map(|(_, candidate)| candidate)
}

fn fold(word: &str) -> Vec<char> {
    word.chars().take(SUGGEST_CHARS + 1).map(|c| c.to_ascii_lowercase()).collect()
}

/// The Damerau-Levenshtein distance in its restricted form (no edit between swapped characters).
fn distance(a: &[char], b: &[char]) -> usize {
    let mut before: Vec<usize> = Vec::new();
    let mut last: Vec<usize> = (0..=b.len()).collect();
    let at = |row: &[usize], j: usize| row.get(j).copied().unwrap_or(usize::MAX / 2);
    for (i, x) in a.iter().enumerate() {
        let mut row = vec![i + 1];
        for (j, y) in b.iter().enumerate() {
            let replace = at(&last, j) + usize::from(x != y);
            let mut least = replace.min(at(&last, j + 1) + 1).min(at(&row, j) + 1);
            let swapped = i > 0 && j > 0 && a.get(i - 1) == Some(y) && b.get(j - 1) == Some(x);
            if swapped {
                least = least.min(at(&before, j - 1) + 1);
            }
            row.push(least);
        }
        before = std::mem::replace(&mut last, row);
    }
    at(&last, b.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn measures_inserts_deletes_replacements_and_swaps() {
        for (a, b, expected) in [
            ("", "", 0),
            ("", "abc", 3),
            ("abc", "", 3),
            ("abc", "abc", 0),
            ("ab", "ba", 1),
            ("topic", "toipc", 1),
            ("kitten", "sitting", 3),
            ("ca", "abc", 3),
        ] {
            assert_eq!(distance(&fold(a), &fold(b)), expected, "{a} {b}");
        }
    }

    #[test]
    fn finds_what_was_meant_and_nothing_far() {
        let words = ["key", "value", "topic", "timestamp", "partition"];
        for (word, found) in [
            ("vlaue", Some("value")),
            ("Value", Some("value")),
            ("timestmp", Some("timestamp")),
            ("kye", Some("key")),
            ("tpoc", Some("topic")),
            ("x", None),
            ("amount", None),
            ("", None),
            ("äöü", None),
        ] {
            assert_eq!(nearest(word, words), found, "{word}");
        }
        assert_eq!(nearest("b", ["a", "b"]), Some("b"));
        assert_eq!(nearest("bat", ["cat", "hat"]), Some("cat"));
        assert_eq!(nearest(&"a".repeat(100_000), ["a"]), None);
    }
}
