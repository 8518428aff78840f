//! Values with holes: `{"n": ${n}, "amount": ${-5..60}}`.
//!
//! A hole that makes no sense stays as it is written: the learner sees it in the record and knows.

use std::sync::Arc;

/// A value's text, read once and filled often.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Template(Arc<[Piece]>);

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
enum Piece {
    /// As written.
    Text(Box<str>),
    /// `${n}`: the record's number, from 1.
    Number,
    /// `${low..high}`: a whole number, both ends included.
    Between { low: i64, sides: u64 },
}

impl Template {
    /// Reads a template; every text is one.
    pub fn new(text: &str) -> Template {
        let mut pieces = Vec::new();
        let mut plain = String::new();
        let mut rest = text;
        while let Some((before, hole)) = rest.split_once("${") {
            plain.push_str(before);
            let piece = hole.split_once('}').and_then(|(name, after)| Some((hole_of(name)?, after)));
            if let Some((piece, after)) = piece {
                push_text(&mut pieces, &mut plain);
                pieces.push(piece);
                rest = after;
            } else {
                plain.push_str("${");
                rest = hole;
            }
        }
        plain.push_str(rest);
        push_text(&mut pieces, &mut plain);
        Template(pieces.into())
    }

    /// The text of record number `n` (from 1) for what the dice have shown.
    pub fn fill(&self, n: u64, mut roll: u64) -> String {
        use std::fmt::Write;
        let mut out = String::with_capacity(32);
        for piece in &*self.0 {
            // Writing into a String cannot fail.
            let _ = match piece {
                Piece::Text(text) => out.write_str(text),
                Piece::Number => write!(out, "{n}"),
                Piece::Between { low, sides } => {
                    let number = low.wrapping_add_unsigned((roll >> 16) % sides);
                    roll = roll.rotate_left(23).wrapping_mul(0x9e37_79b9_7f4a_7c15);
                    write!(out, "{number}")
                }
            };
        }
        out
    }
}

fn push_text(pieces: &mut Vec<Piece>, plain: &mut String) {
    if !plain.is_empty() {
        pieces.push(Piece::Text(std::mem::take(plain).into()));
    }
}

fn hole_of(name: &str) -> Option<Piece> {
    if name == "n" {
        return Some(Piece::Number);
    }
    let (low, high) = name.split_once("..")?;
    let (low, high) = (low.trim().parse::<i64>().ok()?, high.trim().parse::<i64>().ok()?);
    let sides = u64::try_from(high.checked_sub(low)?).ok()?.checked_add(1)?;
    Some(Piece::Between { low, sides })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fill(text: &str, n: u64, roll: u64) -> String {
        Template::new(text).fill(n, roll)
    }

    #[test]
    fn holes_are_filled_and_nonsense_is_left_alone() {
        assert_eq!(fill("a${n}b", 7, 0), "a7b");
        assert_eq!(fill("${5..5}${x}${", 7, 99), "5${x}${");
        assert_eq!(fill("${9..1}", 7, 99), "${9..1}");
        assert_eq!(fill("", 7, 99), "");
        for roll in 0..1000_u64 {
            let n: i64 = fill("${-2..2}", 1, roll << 20).parse().unwrap();
            assert!((-2..=2).contains(&n));
        }
    }

    #[test]
    fn two_holes_of_one_record_differ() {
        let differ = (0..100).filter(|n| {
            let text = fill("${0..9999} ${0..9999}", 1, n * 0x1234_5678_9abc);
            let (a, b) = text.split_once(' ').unwrap();
            a != b
        });
        assert!(differ.count() > 90);
    }
}
