//! What became of an application's records: the lines of its account.

use super::Value;
use super::eval::{ledger, number};
use millrace_client::listener::{Deed, Instance, Limit, Seen};
use millrace_sim::World;
use millrace_sim::node::Kind;

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
    /// `letters`: dead letters that wait for somebody.
    Letters,
    /// `oldest`: the age of the oldest of them, or none.
    Oldest,
    /// `disordered`: side effects done for a record after one of a later record of its key was done.
    Disordered,
    /// `duplicates`: records that an idempotent consumer has dropped.
    Duplicates,
    /// `spared`: percent of the lookups in its store that its filter made needless.
    Spared,
    /// `fired`: how often an alarm on the group has fired.
    Fired,
    /// `tripped`: how often the breakers of its instances have opened.
    Tripped,
    /// `recovered`: how often they have closed again.
    Recovered,
    /// `buffered`: the most records that the thread pool of an instance has had in hand.
    Buffered,
    /// `rejected`: calls that a bulkhead, a rate limiter or a breaker did not permit.
    Rejected,
    /// `hedged`: calls that were made a second time.
    Hedged,
    /// `lost`: not done, and nobody will ever come back to them.
    Lost,
}

impl Kept {
    /// All of them, by name.
    pub const ALL: [(&'static str, Kept); 19] = [
        ("expected", Kept::Expected),
        ("once", Kept::Once),
        ("twice", Kept::Twice),
        ("waiting", Kept::Waiting),
        ("buried", Kept::Buried),
        ("skipped", Kept::Skipped),
        ("open", Kept::Open),
        ("letters", Kept::Letters),
        ("oldest", Kept::Oldest),
        ("disordered", Kept::Disordered),
        ("duplicates", Kept::Duplicates),
        ("spared", Kept::Spared),
        ("fired", Kept::Fired),
        ("tripped", Kept::Tripped),
        ("recovered", Kept::Recovered),
        ("buffered", Kept::Buffered),
        ("rejected", Kept::Rejected),
        ("hedged", Kept::Hedged),
        ("lost", Kept::Lost),
    ];

    /// The name that it is written with.
    pub(super) fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, kept)| *kept == self).map_or("", |(name, _)| name)
    }

    /// What one process has counted.
    fn of_instance(self, instance: &Instance) -> u32 {
        let calls = instance.calls();
        match self {
            Kept::Tripped => calls.trips().0,
            Kept::Recovered => calls.trips().1,
            Kept::Hedged => calls.hedged(),
            Kept::Rejected => [Limit::Bulkhead, Limit::RateLimiter, Limit::CircuitBreaker]
                .map(|by| calls.refused(by))
                .iter()
                .sum(),
            _ => instance.containers().map(|(_, container)| container.pool().most()).max().unwrap_or(0),
        }
    }

    pub(super) fn value(self, world: &World, group: &str) -> Result<Value, String> {
        let ledger = ledger(world, group)?;
        match self {
            Kept::Oldest => return Ok(world.oldest_letter(group).map_or(Value::None, Value::Span)),
            Kept::Letters => {
                let open = world.letters(group).filter(|letter| letter.closed.is_none());
                return Ok(number(open.count() as u64));
            }
            Kept::Duplicates => {
                return Ok(number(
                    ledger.entries().filter(|entry| entry.deed == Deed::Dropped).count() as u64
                ));
            }
            Kept::Spared => {
                let (lookups, spared) = world.seen(group).map(Seen::lookups).unwrap_or_default();
                return Ok(number((spared * 100).checked_div(lookups + spared).unwrap_or(0)));
            }
            Kept::Fired => {
                let alerts = world.alerts().filter(|alert| alert.rule.group.as_str() == group);
                return Ok(number(alerts.map(|alert| u64::from(alert.fired)).sum()));
            }
            Kept::Tripped | Kept::Recovered | Kept::Buffered | Kept::Rejected | Kept::Hedged => {
                let instances = world.nodes().filter_map(|(_, node)| match &node.kind {
                    Kind::Instance { group: of, instance } if of.as_str() == group => Some(instance),
                    _ => None,
                });
                let counts = instances.map(|instance| self.of_instance(instance));
                let all = if self == Kept::Buffered { counts.max().unwrap_or(0) } else { counts.sum() };
                return Ok(number(u64::from(all)));
            }
            Kept::Disordered => return Ok(number(world.disordered(group))),
            _ => {}
        }
        let account = world.account(group).unwrap_or_default();
        Ok(number(match self {
            Kept::Expected => account.expected,
            Kept::Once => account.once,
            Kept::Twice => account.twice,
            Kept::Waiting => account.waiting,
            Kept::Buried => account.dead,
            Kept::Skipped => account.skipped,
            Kept::Open => account.open,
            _ => account.lost,
        }))
    }
}
