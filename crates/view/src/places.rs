//! Where things ended up: what links and tokens start from and lead to.

use crate::cast::Cast;
use crate::groups;
use crate::layout::{LABEL, point};
use crate::scene::{GroupBlock, Point, ProducerCard, Rect, RetryChain, Target, TopicBlock};
use millrace_model::{GroupId, Map, TopicName, TopicPartition};
use millrace_sim::NodeId;

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Places {
    /// The producers' cards.
    pub producers: Map<NodeId, Rect>,
    /// The lanes.
    pub lanes: Map<TopicPartition, LanePlace>,
    /// The members' cards.
    pub members: Map<NodeId, Rect>,
    /// The groups' titles.
    pub groups: Map<GroupId, Point>,
    /// The stations of retry chains.
    pub stations: Map<TopicName, Rect>,
}

/// A lane's ends.
#[derive(Clone, Copy, Debug)]
pub struct LanePlace {
    /// Left of its label: where writers arrive.
    pub label: Point,
    /// Its trough.
    pub rect: Rect,
    /// Where the next record will lie.
    pub next: Point,
}

impl Places {
    /// Collects them.
    pub fn of(
        cast: &Cast<'_>,
        producers: &[ProducerCard],
        topics: &[TopicBlock],
        blocks: &[GroupBlock],
        chains: &[RetryChain],
    ) -> Places {
        let mut places = Places::default();
        for card in producers {
            if let Target::Producer(id) = card.target {
                places.producers.insert(id, card.rect);
            }
        }
        for lane in topics.iter().flat_map(|topic| &topic.lanes) {
            let Target::Partition(tp) = &lane.target else { continue };
            let y = lane.rect.center().y;
            let place = LanePlace {
                label: point(lane.rect.x - LABEL, y),
                rect: lane.rect,
                next: point(lane.high_watermark_x, y),
            };
            places.lanes.insert(tp.clone(), place);
        }
        for (group, block) in cast.groups.iter().zip(blocks) {
            places.groups.insert(group.id.clone(), point(block.rect.x, block.rect.y + 12.0));
            let cards = groups::shown(group).zip(&block.members);
            places.members.extend(cards.map(|(member, card)| (member.id, card.rect)));
        }
        for station in chains.iter().flat_map(|chain| &chain.stations) {
            places.stations.insert(station.topic.clone(), station.rect);
        }
        places
    }
}
