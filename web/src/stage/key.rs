//! Where everything on stage is: one text for each target, and the rows in which arrow keys walk among them.
//!
//! The stage has one listener for clicks and one for keys; an element says in `data-target` what it stands for.

use millrace_view::{Cell, Rect, Scene, Target};

/// A text that names a target, the same one as long as the target lives.
pub fn key(target: &Target) -> String {
    match target {
        Target::Producer(node) => format!("producer/{}", node.0),
        Target::Topic(topic) => format!("topic/{topic}"),
        Target::Partition(tp) => format!("partition/{tp}"),
        Target::Record(tp, offset) => format!("record/{tp}/{offset}"),
        Target::Group(group) => format!("group/{group}"),
        Target::Member(group, name) => format!("member/{group}/{name}"),
        Target::Streams(app) => format!("streams/{app}"),
        Target::Window(app, key, start) => format!("window/{app}/{}/{key}", start.0),
        Target::Dropped(app, number) => format!("dropped/{app}/{number}"),
    }
}

/// A target and its box.
pub type Place = (Target, Rect);

/// Everything that can be pointed at, in rows, from top to bottom within each column.
pub fn rows(scene: &Scene) -> Vec<Vec<Place>> {
    let mut rows = Vec::new();
    for card in &scene.producers {
        rows.push(vec![(card.target.clone(), card.rect)]);
    }
    for topic in &scene.topics {
        rows.push(vec![(topic.target.clone(), Rect { h: 20.0, ..topic.rect })]);
        for lane in &topic.lanes {
            let label = Rect { x: lane.rect.x - 40.0, w: 36.0, ..lane.rect };
            rows.push(with_cells((lane.target.clone(), label), &lane.cells));
        }
    }
    for group in &scene.groups {
        rows.push(vec![(group.target.clone(), Rect { h: 20.0, ..group.rect })]);
        rows.extend(group.members.iter().map(|member| vec![(member.target.clone(), member.rect)]));
    }
    for chain in &scene.retries {
        let stations = chain.stations.iter();
        rows.push(stations.flat_map(|s| with_cells((s.target.clone(), s.rect), &s.cells)).collect());
    }
    for board in &scene.boards {
        let title = Rect { h: 20.0, ..board.rect };
        rows.push(vec![(Target::Streams(board.app.clone()), title)]);
        rows.extend(board.rows.iter().map(|r| r.bars.iter().map(|b| (b.target.clone(), b.rect)).collect()));
        let dropped = board.dropped.iter();
        rows.extend(
            dropped
                .map(|d| vec![(d.target.clone(), Rect { x: board.plot.x, y: d.y - 10.0, w: 20.0, h: 20.0 })]),
        );
    }
    rows.retain(|row| !row.is_empty());
    rows
}

fn with_cells(first: Place, cells: &[Cell]) -> Vec<Place> {
    let cells = cells.iter().map(|cell| (cell.target.clone(), cell.rect));
    std::iter::once(first).chain(cells).collect()
}

/// The target that `key` names.
pub fn find(scene: &Scene, wanted: &str) -> Option<Target> {
    rows(scene).into_iter().flatten().map(|(target, _)| target).find(|target| key(target) == wanted)
}

/// The box of a target.
pub fn place(scene: &Scene, wanted: &Target) -> Option<Rect> {
    rows(scene).into_iter().flatten().find(|(target, _)| target == wanted).map(|(_, rect)| rect)
}

/// Where an arrow key leads: along the row, or to the nearest target of the row above or below. `Home` and `End` are
/// the ends of the row. None: it leads nowhere, or the key is another one.
pub fn neighbour(scene: &Scene, from: &str, arrow: &str) -> Option<Target> {
    let rows = rows(scene);
    let (row, column) = rows.iter().enumerate().find_map(|(n, row)| {
        row.iter().position(|(target, _)| key(target) == from).map(|column| (n, column))
    })?;
    let here = rows.get(row)?;
    let (_, rect) = here.get(column)?;
    let to = match arrow {
        "ArrowLeft" => here.get(column.checked_sub(1)?),
        "ArrowRight" => here.get(column + 1),
        "Home" => here.first(),
        "End" => here.last(),
        "ArrowUp" => nearest(rows.get(row.checked_sub(1)?)?, rect),
        "ArrowDown" => nearest(rows.get(row + 1)?, rect),
        _ => None,
    };
    to.map(|(target, _)| target.clone())
}

fn nearest<'a>(row: &'a [Place], to: &Rect) -> Option<&'a Place> {
    let middle = |rect: &Rect| rect.x + rect.w.min(64.0) / 2.0;
    let far = |place: &&Place| (middle(&place.1) - middle(to)).abs();
    row.iter().min_by(|a, b| far(a).total_cmp(&far(b)))
}
