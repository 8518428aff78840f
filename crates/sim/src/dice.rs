//! The only source of chance: a pure function of (seed, stream, n).

use millrace_model::{Dice, StableHasher};

/// Keyed dice. Two runs with one seed roll the same numbers, whatever other components roll in between.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct SeededDice {
    /// The run's seed.
    pub seed: u64,
}

impl Dice for SeededDice {
    fn roll(&self, stream: &str, n: u64) -> u64 {
        StableHasher::of(&(self.seed, stream, n))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_streams_draws_do_not_shift_anothers() {
        let dice = SeededDice { seed: 7 };
        let before: Vec<_> = (0..4).map(|n| dice.roll("b", n)).collect();
        assert!((0..100).any(|n| dice.roll("a", n) != dice.roll("a", 0)));
        assert_eq!(before, (0..4).map(|n| dice.roll("b", n)).collect::<Vec<_>>());
        assert_ne!(dice.roll("a", 0), dice.roll("b", 0));
        assert_ne!(dice.roll("a", 0), SeededDice { seed: 8 }.roll("a", 0));
    }

    #[test]
    fn every_side_comes_up_about_as_often() {
        let dice = SeededDice { seed: 1 };
        let mut sides = [0_u32; 6];
        for n in 0..6_000 {
            sides[dice.below("die", n, 6) as usize] += 1;
        }
        assert!(sides.iter().all(|&count| (850..1_150).contains(&count)), "{sides:?}");
    }
}
