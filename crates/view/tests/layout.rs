//! No two boxes of one layer overlap and nothing lies outside the stage, whatever the world and however wide the stage.
#![allow(clippy::unwrap_used, clippy::indexing_slicing)]

mod common;

use common::{run_until, told};
use millrace_model::Span;
use millrace_sim::Timeline;
use millrace_view::layout::{Columns, FINGER};
use millrace_view::{Rect, Scene, Viewport, scene};

/// A source of arbitrary choices.
struct Choices(u64);

impl Choices {
    fn below(&mut self, n: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % n
    }

    fn of<'a>(&mut self, all: &[&'a str]) -> &'a str {
        all[self.below(all.len() as u64) as usize]
    }
}

fn some_world(choices: &mut Choices) -> Timeline {
    let mut script = String::new();
    let topics = 1 + choices.below(4);
    for t in 0..topics {
        let partitions = choices.of(&["1", "3", "6", "12", "50"]);
        script += &format!("kafka-topics --create --topic topic-{t} --partitions {partitions}\n");
    }
    for a in 0..choices.below(4) {
        let retry = choices.of(&[
            "",
            "--retry none",
            "--retry topics --attempts 2",
            "--retry topics --attempts 3",
            "--retry topics --attempts 9 --same-interval many-topics",
        ]);
        let (topic, work) = (choices.below(topics), choices.of(&["0ms", "3ms", "400ms"]));
        let instances = 1 + choices.below(14);
        script += &format!(
            "app start some-application-{a} --topic topic-{topic} --instances {instances} --work {work} \
             --fails 'value.amount < 0' {retry}\n"
        );
    }
    for s in 0..choices.below(3) {
        let window = choices.of(&[
            "window tumbling 10s grace 5s | count",
            "window tumbling 2s | sum value.amount",
            "window hopping 9s every 2s grace 1s | count | suppress until window closes",
            "count",
        ]);
        let topic = choices.below(topics);
        script += &format!(
            "streams start counts-{s} 'stream topic-{topic} | group by key | {window} | to out-{s}'\n"
        );
    }
    let keys = choices
        .of(&["a,b,c", "alice,bob,carol,dave,erin,frank,grace,heidi,ivan,judy,mallory,oscar,peggy,sybil"]);
    for p in 0..1 + choices.below(3) {
        let (topic, rate) = (choices.below(topics), 1 + choices.below(60));
        script += &format!(
            "producer start a-producer-{p} --topic topic-{topic}\n\
             producer rate a-producer-{p} {rate} --keys {keys} --value '{{\"amount\": ${{-3..20}}}}' --late 20% --late-by 40s\n"
        );
    }
    told(&script)
}

fn apart(what: &str, boxes: &[Rect]) {
    for (n, a) in boxes.iter().enumerate() {
        assert!(a.w >= 0.0 && a.h >= 0.0, "{what}: {a:?}");
        for b in &boxes[..n] {
            assert!(!a.overlaps(b), "{what}: {a:?} and {b:?}");
        }
    }
}

fn inside(what: &str, outer: Rect, boxes: &[Rect]) {
    for b in boxes {
        let fits = b.x >= outer.x - 0.01
            && b.y >= outer.y - 0.01
            && b.right() <= outer.right() + 0.01
            && b.bottom() <= outer.bottom() + 0.01;
        assert!(fits, "{what}: {b:?} in {outer:?}");
    }
}

fn check(scene: &Scene) {
    let stage = Rect { x: 0.0, y: 0.0, w: scene.width, h: scene.height };
    let mut blocks: Vec<Rect> = scene.producers.iter().map(|card| card.rect).collect();
    // A lane's label stands left of it.
    blocks.extend(scene.topics.iter().map(|t| Rect { x: t.rect.x - 32.0, w: t.rect.w + 32.0, ..t.rect }));
    blocks.extend(scene.groups.iter().map(|group| group.rect));
    blocks.extend(scene.retries.iter().map(|chain| chain.rect));
    blocks.extend(scene.boards.iter().map(|board| board.rect));
    apart("blocks", &blocks);
    inside("blocks", stage, &blocks);
    for topic in &scene.topics {
        let lanes: Vec<Rect> = topic.lanes.iter().map(|lane| lane.rect).collect();
        apart("lanes", &lanes);
        inside("lanes", topic.rect, &lanes);
        for lane in &topic.lanes {
            let cells: Vec<Rect> = lane.cells.iter().map(|cell| cell.rect).collect();
            apart("cells", &cells);
            inside("cells", lane.rect, &cells);
            let across = lane.rect.x..=lane.rect.right();
            assert!(across.contains(&lane.high_watermark_x));
            for mark in &lane.marks {
                assert!(across.contains(&mark.committed_x) && across.contains(&mark.position_x), "{mark:?}");
                assert!(mark.y > topic.rect.y && mark.y < lane.rect.y, "{mark:?} {:?}", lane.rect);
            }
        }
    }
    for group in &scene.groups {
        let cards: Vec<Rect> = group.members.iter().map(|member| member.rect).collect();
        apart("members", &cards);
        inside("members", group.rect, &cards);
        for member in &group.members {
            let chips: Vec<Rect> = member.chips.iter().map(|chip| chip.rect).collect();
            apart("chips", &chips);
            inside("chips", member.rect, &chips);
        }
    }
    for chain in &scene.retries {
        let stations: Vec<Rect> = chain.stations.iter().map(|station| station.rect).collect();
        apart("stations", &stations);
        inside("stations", chain.rect, &stations);
        for station in &chain.stations {
            let cells: Vec<Rect> = station.cells.iter().map(|cell| cell.rect).collect();
            apart("waiting cells", &cells);
            inside("waiting cells", station.rect, &cells);
        }
    }
    for board in &scene.boards {
        inside("plot", board.rect, &[board.plot]);
        let bars: Vec<Rect> = board.rows.iter().flat_map(|row| &row.bars).map(|bar| bar.rect).collect();
        apart("bars", &bars);
        inside("bars", board.plot, &bars);
        for task in &board.tasks {
            let x = task.x.unwrap_or(board.plot.x);
            inside("clocks", board.plot, &[Rect { x, y: task.y, w: 0.0, h: task.h }]);
        }
        for mark in &board.dropped {
            assert!(mark.y > board.plot.bottom() && mark.y < board.rect.bottom(), "{mark:?}");
        }
    }
    let curves = scene.links.iter().map(|link| (&link.id, &link.curve));
    for (id, curve) in curves.chain(scene.tokens.iter().map(|token| (&token.id, &token.curve))) {
        for p in curve {
            let is_inside = (0.0..=scene.width).contains(&p.x) && (0.0..=scene.height).contains(&p.y);
            assert!(is_inside, "{id}: {p:?} in {stage:?}");
        }
    }
}

/// Whatever can be hit is as large as a finger, with what is left free around it.
fn for_fingers(scene: &Scene) {
    let cells = scene.topics.iter().flat_map(|topic| &topic.lanes).flat_map(|lane| &lane.cells);
    let waiting = scene.retries.iter().flat_map(|chain| &chain.stations).flat_map(|station| &station.cells);
    for cell in cells.chain(waiting) {
        assert!(cell.rect.w + 8.0 >= FINGER && cell.rect.h + 8.0 >= FINGER, "{:?}", cell.rect);
    }
    for member in scene.groups.iter().flat_map(|group| &group.members) {
        assert!(member.rect.h >= FINGER, "{:?}", member.rect);
    }
    for board in &scene.boards {
        for bar in board.rows.iter().flat_map(|row| &row.bars) {
            assert!(bar.rect.h >= FINGER, "{:?}", bar.rect);
        }
        assert!(board.dropped.iter().all(|mark| mark.h >= FINGER));
    }
}

fn distinct_ids(scene: &Scene) {
    let mut ids: Vec<&String> = scene.links.iter().map(|link| &link.id).collect();
    ids.extend(scene.tokens.iter().map(|token| &token.id));
    let count = ids.len();
    ids.sort();
    ids.dedup();
    assert_eq!(ids.len(), count, "ids repeat");
}

#[test]
fn nothing_overlaps_and_nothing_overflows() {
    let mut choices = Choices(7);
    let mut tokens = 0;
    for _ in 0..10 {
        let mut timeline = some_world(&mut choices);
        for _ in 0..3 {
            let span = Span::from_millis(1 + choices.below(9_000));
            let at = timeline.world().now() + span;
            run_until(&mut timeline, at);
            (0..choices.below(40)).for_each(|_| assert!(timeline.step()));
            for (width, is_touch) in (640..=1_400).step_by(152).zip([false, true].into_iter().cycle()) {
                let scene = scene(timeline.world(), Viewport { width: width as f32, is_touch });
                assert_eq!(scene.width, Columns::of(width as f32).width);
                check(&scene);
                if is_touch {
                    for_fingers(&scene);
                }
                distinct_ids(&scene);
                tokens += scene.tokens.len();
            }
        }
    }
    assert!(tokens > 100, "the worlds were too quiet to test tokens: {tokens}");
}
