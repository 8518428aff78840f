//! Chance, as an argument. The engine never draws by itself: `sim` hands in the dice.

/// Keyed dice: the answer is a pure function of (seed, stream, n), so one component's draws never shift another's.
///
/// A component names its own `stream` and keeps its own count `n` in its state; `decide` may roll, `apply` may not,
/// and what was rolled stands in the event.
pub trait Dice {
    /// The `n`-th number of `stream`, uniform over all of `u64`.
    fn roll(&self, stream: &str, n: u64) -> u64;

    /// A number below `sides`, uniform enough for a playground (bias below 2⁻³²); 0 when `sides` is 0.
    fn below(&self, stream: &str, n: u64, sides: u64) -> u64 {
        if sides == 0 { 0 } else { (self.roll(stream, n) >> 32) % sides }
    }
}

/// Dice that always show the same number: for tests that want no chance.
#[derive(Clone, Copy, Debug, Default)]
pub struct FixedDice(pub u64);

impl Dice for FixedDice {
    fn roll(&self, _stream: &str, _n: u64) -> u64 {
        self.0
    }
}
