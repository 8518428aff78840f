//! Records that a replica has taken back because its leader does not have them. The log has forgotten them; the trace still
//! says what they were.

use super::shared::{PITCH, Shared};
use super::{LOG_H, Room};
use crate::desk::SEARCHED;
use crate::hue;
use crate::layout::{point, rect};
use crate::scene::{Point, Rect};
use millrace_broker::{Event, ReplicaEvent};
use millrace_model::{BrokerId, Offset, Span, StoredBatch, Time, TopicPartition};
use millrace_sim::{Actor, Fact, Timeline};

/// How long what has fallen is seen.
pub const FALLEN_SHOWN: Span = Span::from_secs(12);
/// How long it falls.
const FALL: Span = Span::from_millis(900);
const TILE: f32 = 14.0;

/// A record that is gone.
#[derive(Clone, Debug, PartialEq)]
pub struct Fallen {
    /// The offset that it had.
    pub offset: Offset,
    /// Where it lies, on the floor of the room.
    pub rect: Rect,
    /// From its place in the log to the floor.
    pub curve: [Point; 4],
    /// When it began to fall.
    pub depart: Time,
    /// When it has come to the floor.
    pub arrive: Time,
    /// Its key's letter.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
}

/// A truncation that is still seen.
struct Cut {
    broker: BrokerId,
    tp: TopicPartition,
    at: Time,
    from: Offset,
    to: Offset,
}

/// Puts what has fallen into the rooms.
pub(super) fn lay_out(timeline: &Timeline, partitions: &[Shared], rooms: &mut [Room]) {
    let now = timeline.world().now();
    let mut cuts: Vec<Cut> = Vec::new();
    for entry in timeline.branch().entries_before(timeline.moment().step).take(SEARCHED) {
        let (Fact::Broker(event), Actor::Broker(broker)) = (&entry.fact, entry.actor) else { continue };
        match event {
            Event::Replica(change) => match &**change {
                ReplicaEvent::Truncated { tp, at, from, to, .. } if now.since(*at) <= FALLEN_SHOWN => {
                    let (tp, at, from, to) = (tp.clone(), *at, *from, *to);
                    cuts.push(Cut { broker, tp, at, from, to });
                }
                ReplicaEvent::RecordsCopied { tp, batches, .. } => {
                    batches.iter().for_each(|stored| found(&cuts, broker, tp, stored, partitions, rooms));
                }
                _ => {}
            },
            Event::BatchAppended { tp, stored } => found(&cuts, broker, tp, stored, partitions, rooms),
            _ => {}
        }
        // Who looks at a quiet cluster does not search its whole past.
        if cuts.is_empty() && now.since(entry.at) > FALLEN_SHOWN {
            return;
        }
    }
}

/// A batch that was written before a cut that takes some of it away.
fn found(
    cuts: &[Cut],
    broker: BrokerId,
    tp: &TopicPartition,
    stored: &StoredBatch,
    partitions: &[Shared],
    rooms: &mut [Room],
) {
    let of_it = cuts.iter().filter(|cut| cut.broker == broker && cut.tp == *tp);
    let Some(shared) = partitions.iter().find(|shared| shared.tp == *tp) else { return };
    let replicas = rooms.iter_mut().flat_map(|room| room.replicas.iter_mut());
    let Some(replica) = replicas.into_iter().find(|one| one.broker == broker && one.tp == *tp) else {
        return;
    };
    for cut in of_it {
        for (offset, record) in stored.records_from(cut.to) {
            let is_known = replica.fallen.iter().any(|fallen| fallen.offset == offset);
            if offset >= cut.from || is_known || !shared.is_in_sight(offset) {
                continue;
            }
            let (letter, hue) = hue::of_key(record.key.as_deref());
            let x = shared.x(offset) + (PITCH - TILE) / 2.0;
            let floor = replica.rect.y + LOG_H + 8.0;
            let (from, to) = (replica.rect.y + LOG_H / 2.0, floor + TILE / 2.0);
            let middle = x + TILE / 2.0;
            replica.fallen.push(Fallen {
                offset,
                rect: rect(x, floor, TILE, TILE),
                // Slowly at first, as things fall.
                curve: [point(middle, from), point(middle, from), point(middle, from), point(middle, to)],
                depart: cut.at,
                arrive: cut.at + FALL,
                letter,
                hue,
            });
        }
    }
    replica.fallen.sort_by_key(|fallen| fallen.offset);
}
