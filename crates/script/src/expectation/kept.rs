//! What became of an application's records: the lines of its account.

use super::Value;
use super::eval::{ledger, number};
use millrace_sim::World;

/// One line of the account.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Kept {
    /// `expected`: records in its topics, copies not counted.
    Expected,
    /// `once`: their side effect was done once.
    Once,
    /// `twice`: more than once.
    Twice,
    /// `waiting`: on their way through the retry topics.
    Waiting,
    /// `buried`: in the dead letters and not done.
    Buried,
    /// `skipped`: given up with a line in the log.
    Skipped,
    /// `open`: not committed yet.
    Open,
    /// `lost`: not done, and nobody will ever come back to them.
    Lost,
}

impl Kept {
    /// All of them, by name.
    pub const ALL: [(&'static str, Kept); 8] = [
        ("expected", Kept::Expected),
        ("once", Kept::Once),
        ("twice", Kept::Twice),
        ("waiting", Kept::Waiting),
        ("buried", Kept::Buried),
        ("skipped", Kept::Skipped),
        ("open", Kept::Open),
        ("lost", Kept::Lost),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kept)| *kept == self).map_or("", |(name, _)| name)
    }

    pub(super) fn value(self, world: &World, group: &str) -> Result<Value, String> {
        ledger(world, group)?;
        let account = world.account(group).unwrap_or_default();
        Ok(number(match self {
            Kept::Expected => account.expected,
            Kept::Once => account.once,
            Kept::Twice => account.twice,
            Kept::Waiting => account.waiting,
            Kept::Buried => account.dead,
            Kept::Skipped => account.skipped,
            Kept::Open => account.open,
            Kept::Lost => account.lost,
        }))
    }
}
