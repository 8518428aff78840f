//! Where new replicas go (`StripedReplicaPlacer`): racks in turn, brokers of a rack in turn, each partition one further than
//! the one before; no fenced broker is made a leader, and fenced ones are taken last.

use super::{Controller, Refusal, refuse};
use millrace_model::collections::sort::sort_by_key;
use millrace_model::{BrokerId, Dice, ErrorCode};

/// Brokers that are taken in turn.
#[derive(Default)]
struct Ring {
    brokers: Vec<BrokerId>,
    index: usize,
    offset: usize,
    epoch: u64,
}

impl Ring {
    /// The next one; `None` when all were given in this epoch.
    fn next(&mut self, epoch: u64) -> Option<BrokerId> {
        let count = self.brokers.len();
        if count == 0 {
            return None;
        }
        if self.epoch != epoch {
            (self.epoch, self.index) = (epoch, 0);
            self.offset = self.offset.saturating_add(1).checked_rem(count)?;
        }
        if self.index >= count {
            return None;
        }
        let at = self.index.saturating_add(self.offset).checked_rem(count)?;
        self.index = self.index.saturating_add(1);
        self.brokers.get(at).copied()
    }
}

#[derive(Default)]
struct Rack {
    name: Option<String>,
    unfenced: Ring,
    fenced: Ring,
}

impl Rack {
    fn next(&mut self, epoch: u64) -> Option<BrokerId> {
        self.unfenced.next(epoch).or_else(|| self.fenced.next(epoch))
    }
}

/// The throws of one placement.
struct Chance<'a> {
    dice: &'a dyn Dice,
    n: u64,
}

impl Chance<'_> {
    fn below(&mut self, sides: usize) -> usize {
        let drawn = self.dice.below("controller/placement", self.n, sides as u64);
        self.n = self.n.saturating_add(1);
        usize::try_from(drawn).unwrap_or(0)
    }

    /// `Collections.shuffle`.
    fn shuffle<T>(&mut self, items: &mut [T]) {
        for i in (1..items.len()).rev() {
            let other = self.below(i.saturating_add(1));
            items.swap(i, other);
        }
    }
}

impl Controller {
    /// The replicas of `partitions` new partitions. `nth` tells this placement's throws from those of others.
    pub(super) fn place(
        &self,
        partitions: usize,
        factor: usize,
        nth: u64,
        dice: &dyn Dice,
    ) -> Result<Vec<Vec<BrokerId>>, Refusal> {
        let mut racks = self.racks();
        let total: usize = racks
            .iter()
            .map(|rack| rack.unfenced.brokers.len().saturating_add(rack.fenced.brokers.len()))
            .sum();
        let unfenced: usize = racks.iter().map(|rack| rack.unfenced.brokers.len()).sum();
        let why = if unfenced == 0 {
            Some("All brokers are currently fenced.".to_owned())
        } else if factor > total {
            Some(format!(
                "The target replication factor of {factor} cannot be reached because only {total} broker(s) are registered."
            ))
        } else {
            None
        };
        if let Some(why) = why {
            let words = format!("Unable to replicate the partition {factor} time(s): {why}");
            return refuse(ErrorCode::InvalidReplicationFactor, words);
        }
        let mut chance = Chance { dice, n: nth.saturating_mul(1 << 20) };
        for rack in &mut racks {
            for ring in [&mut rack.fenced, &mut rack.unfenced] {
                ring.offset = chance.below(ring.brokers.len());
            }
        }
        let mut offset = chance.below(racks.len());
        let mut epoch = 0_u64;
        let mut placed = Vec::with_capacity(partitions);
        for _ in 0..partitions {
            if epoch == unfenced as u64 && unfenced > 1 {
                chance.shuffle(&mut racks);
                for rack in &mut racks {
                    chance.shuffle(&mut rack.fenced.brokers);
                    chance.shuffle(&mut rack.unfenced.brokers);
                }
                epoch = 0;
            }
            if offset >= racks.len() {
                offset = 0;
            }
            placed.push(one(&mut racks, offset, factor, epoch));
            epoch = epoch.saturating_add(1);
            offset = offset.saturating_add(1);
        }
        Ok(placed)
    }

    /// The brokers that are not stopping, by rack: those without one first.
    fn racks(&self) -> Vec<Rack> {
        let mut racks: Vec<Rack> = Vec::new();
        for known in self.registrations.values() {
            let Some(session) = self.sessions.get(&known.broker.id) else { continue };
            if session.controlled_shutdown_offset.is_some() {
                continue;
            }
            let name = &known.broker.rack;
            let at = racks.iter().position(|rack| rack.name == *name).unwrap_or_else(|| {
                racks.push(Rack { name: name.clone(), ..Rack::default() });
                racks.len().saturating_sub(1)
            });
            if let Some(rack) = racks.get_mut(at) {
                let ring = if session.fenced { &mut rack.fenced } else { &mut rack.unfenced };
                ring.brokers.push(known.broker.id);
            }
        }
        sort_by_key(&mut racks, |rack| rack.name.clone());
        racks
    }
}

/// The replicas of one partition (`RackList.place`): there are enough, and at least one is not fenced.
fn one(racks: &mut [Rack], offset: usize, factor: usize, epoch: u64) -> Vec<BrokerId> {
    let count = racks.len();
    let mut replicas = Vec::with_capacity(factor);
    let mut first = None;
    for step in 0..count {
        let at = offset.saturating_add(step).checked_rem(count).unwrap_or(0);
        if let Some(leader) = racks.get_mut(at).and_then(|rack| rack.unfenced.next(epoch)) {
            replicas.push(leader);
            first = Some(at);
            break;
        }
    }
    let mut at = offset;
    // Every broker is given once an epoch: after that many looks there is none left.
    let mut looks = factor.saturating_add(1).saturating_mul(count.saturating_add(1)).saturating_mul(2);
    while replicas.len() < factor && looks > 0 {
        looks = looks.saturating_sub(1);
        if first == Some(at) {
            first = None;
        } else if let Some(next) = racks.get_mut(at).and_then(|rack| rack.next(epoch)) {
            replicas.push(next);
        }
        at = at.saturating_add(1).checked_rem(count).unwrap_or(0);
    }
    replicas
}
