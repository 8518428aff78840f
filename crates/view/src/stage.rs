//! The whole picture: who is on stage, where everybody stands, what lies between them.

use crate::boards;
use crate::cast::{self, Cast, GroupKind};
use crate::groups;
use crate::layout::{Columns, SECTION_GAP, point};
use crate::links;
use crate::places::Places;
use crate::producers;
use crate::queues;
use crate::retries;
use crate::scene::{Clock, Scene, Viewport};
use crate::services;
use crate::tokens;
use crate::topics::{self, Readers};
use crate::words;
use millrace_sim::World;
use millrace_words::stage as say;

/// Above the first block.
const TOP: f32 = 16.0;
/// What lanes may take in height, however few groups there are.
const LANES_ROOM: f32 = 480.0;
/// The lowest stage: an invitation stands on an empty one.
const LOWEST: f32 = 160.0;
/// Below the last one.
const BOTTOM: f32 = 24.0;

/// The picture of one moment. Its cost grows with what is in sight, not with how long the run has been going.
pub fn scene(world: &World, viewport: Viewport) -> Scene {
    let cast = Cast::of(world);
    let columns = Columns { is_touch: viewport.is_touch, ..Columns::of(viewport.width) };
    let readers = Readers::of(&cast);
    let (groups, groups_end, more_groups) = groups::blocks(&cast, &columns, TOP);
    let room = (groups_end - TOP).max(LANES_ROOM);
    let columns = if groups.is_empty() { columns.without_groups() } else { columns };
    let (topics, topics_end, more_topics) = topics::blocks(&cast, &readers, &columns, TOP, room);
    let producers_top = topics.first().map_or(TOP, |topic| topic.rect.y + 40.0);
    let (producers, producers_end) = producers::cards(&cast, &columns, producers_top);
    let mut end = topics_end.max(groups_end).max(producers_end);
    let (mut retries, retries_end) = retries::chains(&cast, &columns, end + SECTION_GAP);
    if !retries.is_empty() {
        end = retries_end;
    }
    let (mut beside, beside_end) = queues::queues(world, &columns, end + SECTION_GAP);
    if !beside.is_empty() {
        end = beside_end;
    }
    if let Some(services) =
        services::chain(world, &columns, end + SECTION_GAP, topics.is_empty() && beside.is_empty())
    {
        end = services.rect.bottom();
        beside.push(services);
    }
    let (boards, boards_end) = boards::boards(&cast, &columns, end + SECTION_GAP);
    if !boards.is_empty() {
        end = boards_end;
    }
    let places = Places::of(&cast, &producers, &topics, &groups, &retries);
    let mut links = links::links(&cast, &readers, &columns, &places, &retries, &groups);
    for board in &boards {
        let group =
            cast.groups.iter().find(|g| matches!(&g.kind, GroupKind::Streams(name) if *name == board.app));
        let Some(group) = group else { continue };
        let from = point(board.rect.x, board.rect.y + 12.0);
        links.extend(links::results(&board.app, from, &topics, &cast::results_of(group), group.hue));
    }
    for block in &groups {
        let output = cast.group(block.name.as_str()).and_then(|group| match &group.kind {
            GroupKind::App(app) => app.output.as_deref(),
            GroupKind::Streams(_) => None,
        });
        links.extend(output.and_then(|output| links::written(block, &output.topic, &topics)));
    }
    let hidden_producers = cast.producers.len().saturating_sub(producers::SHOWN);
    retries.append(&mut beside);
    Scene {
        width: columns.width,
        height: (end + BOTTOM).max(LOWEST),
        clock: Clock { now: world.now(), step: world.steps(), halt: world.halt() },
        tokens: tokens::tokens(&cast, &places),
        producers,
        topics,
        groups,
        links,
        retries,
        boards,
        more: more(&[
            (hidden_producers, say::more_producers),
            (more_topics, say::more_topics),
            (more_groups, say::more_groups),
        ]),
    }
}

/// How many are not shown, and how that is said.
type Hidden = (usize, fn(u64) -> String);

fn more(hidden: &[Hidden]) -> Option<String> {
    let parts: Vec<String> = hidden.iter().filter(|(n, _)| *n > 0).map(|(n, more)| more(*n as u64)).collect();
    (!parts.is_empty()).then(|| say::and_these(&words::list(parts, 3)))
}
