//! Lines: who writes where, who owns what, and the dashed path of what failed.

use crate::cast::Cast;
use crate::layout::{Columns, UNIT, count, point, sideways, straight};
use crate::places::Places;
use crate::scene::{GroupBlock, Link, LinkKind, LinkState, Point, Rect, RetryChain, Target, TopicBlock};
use crate::topics::Readers;
use millrace_model::TopicName;
use millrace_sim::NodeId;

/// All lines.
pub fn links(
    cast: &Cast<'_>,
    readers: &Readers<'_>,
    columns: &Columns,
    places: &Places,
    chains: &[RetryChain],
    groups: &[GroupBlock],
) -> Vec<Link> {
    let mut links = Vec::new();
    writes(cast, places, &mut links);
    owns(cast, readers, places, &mut links);
    for chain in chains {
        let hue = cast.group(chain.group.as_str()).map_or(0, |group| group.hue);
        if let Some(group) = groups.iter().find(|group| group.name == chain.group) {
            fails(columns, chain, group, hue, &mut links);
        }
    }
    links
}

/// Whether a client's messages get through.
fn state(cast: &Cast<'_>, id: NodeId) -> LinkState {
    if crate::reach::is_shut_out(cast.world, id) {
        return LinkState::Cut;
    }
    let mut links = cast.world.links().peekable();
    if links.peek().is_none() {
        return LinkState::Usual;
    }
    let party = cast.world.party(id);
    let link = links.find(|(of, _)| Some(*of) == party.as_ref()).map(|(_, link)| link);
    match link {
        Some(link) if link.is_cut => LinkState::Cut,
        Some(link) if link.latency.is_some() => LinkState::Slow,
        _ => LinkState::Usual,
    }
}

fn writes(cast: &Cast<'_>, places: &Places, links: &mut Vec<Link>) {
    for (id, node, producer) in &cast.producers {
        let Some(card) = places.producers.get(id) else { continue };
        let topic = producer.workload.as_ref().and_then(|running| running.workload.topic.as_ref());
        let topic = topic.unwrap_or(&producer.topic);
        let state = state(cast, *id);
        for (tp, lane) in places.lanes.iter().filter(|(tp, _)| tp.topic == *topic) {
            links.push(Link {
                id: format!("write/{}/{tp}", node.name),
                kind: LinkKind::Writes,
                hue: 0,
                curve: sideways(point(card.right(), card.center().y), lane.label),
                state,
                target: Some(Target::Producer(*id)),
            });
        }
    }
}

fn owns(cast: &Cast<'_>, readers: &Readers<'_>, places: &Places, links: &mut Vec<Link>) {
    for group in &cast.groups {
        for (tp, lane) in &places.lanes {
            let owner = readers.owner(group, tp).and_then(|n| group.members.get(n));
            let Some((member, card)) =
                owner.and_then(|member| Some((member, places.members.get(&member.id)?)))
            else {
                continue;
            };
            let from = point(lane.rect.right(), lane.rect.center().y);
            links.push(Link {
                id: format!("own/{}/{tp}", group.id),
                kind: LinkKind::Owns,
                hue: group.hue,
                curve: sideways(from, point(card.x, card.center().y)),
                state: state(cast, member.id),
                target: Some(Target::Member(group.id.clone(), member.node.name.clone())),
            });
        }
    }
}

/// From the group's right side around the stage to the first station, then from station to station.
fn fails(columns: &Columns, chain: &RetryChain, group: &GroupBlock, hue: u8, links: &mut Vec<Link>) {
    let Some(first) = chain.stations.first() else { return };
    let mut push = |name: String, curve: [Point; 4]| {
        let id = format!("fail/{}/{name}", chain.group);
        links.push(Link { id, kind: LinkKind::Fails, hue, curve, state: LinkState::Usual, target: None });
    };
    let bulge = (columns.margin - 2.0).min(24.0);
    let right = group.rect.right();
    let start = point(right, group.rect.y + 48.0_f32.min(group.rect.h));
    let turn = point(right, chain.rect.y - UNIT);
    push("down".to_owned(), [start, point(right + bulge, start.y), point(right + bulge, turn.y), turn]);
    let left = point(first.rect.x, chain.rect.y - UNIT);
    push("back".to_owned(), straight(turn, left));
    let enter = point(first.rect.x, first.rect.center().y);
    push("in".to_owned(), [left, point(left.x - 24.0, left.y), point(left.x - 24.0, enter.y), enter]);
    for (n, pair) in chain.stations.windows(2).enumerate() {
        let [from, to] = pair else { continue };
        let (a, b) = (from.rect, to.rect);
        let curve = if a.y == b.y {
            straight(point(a.right(), a.center().y), point(b.x, b.center().y))
        } else {
            into_next_row(a, b)
        };
        push(count(n).to_string(), curve);
    }
}

/// From the lower side of one box to the upper side of one in the next row.
fn into_next_row(from: Rect, to: Rect) -> [Point; 4] {
    let middle = (from.bottom() + to.y) / 2.0;
    let (a, b) = (from.center().x, to.center().x);
    [point(a, from.bottom()), point(a, middle), point(b, middle), point(b, to.y)]
}

/// From an application that writes to the topic of its results, where that has lanes: from the group's name to the topic's.
#[inline(never)]
pub fn written(group: &GroupBlock, to: &TopicName, topics: &[TopicBlock]) -> Option<Link> {
    let topic = topics.iter().find(|topic| topic.name == *to)?;
    let from = point(group.rect.x - UNIT, group.rect.y + 4.0);
    let to = point(topic.rect.right(), topic.rect.y + UNIT + 2.0);
    Some(Link {
        id: format!("result/{}/{}", group.name, topic.name),
        kind: LinkKind::Results,
        hue: group.hue,
        curve: sideways(from, to),
        state: LinkState::Usual,
        target: None,
    })
}

/// From a board to the topics of its results, where those have lanes.
pub fn results(app: &str, from: Point, topics: &[TopicBlock], outputs: &[TopicName], hue: u8) -> Vec<Link> {
    let shown = topics.iter().filter(|topic| outputs.contains(&topic.name));
    shown
        .map(|topic| {
            let to = point(topic.rect.x, topic.rect.y + UNIT * 2.0);
            let out = from.x.min(to.x) - 40.0;
            Link {
                id: format!("result/{app}/{}", topic.name),
                kind: LinkKind::Results,
                hue,
                curve: [from, point(out, from.y), point(out, to.y), to],
                state: LinkState::Usual,
                target: None,
            }
        })
        .collect()
}
