//! Where everything on stage is: one text for each target, and the rows in which arrow keys walk among them.
//!
//! The stage has one listener for clicks and one for keys; an element says in `data-target` what it stands for.

use millrace_sim::EntryId;
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
        Target::Message(sent) => format!("message/{}", sent.0),
        Target::Dropped(app, number) => format!("dropped/{app}/{number}"),
    }
}

/// What stands for something that stands elsewhere, too, has a key of its own, so that arrow keys can tell them apart.
pub fn second(target: &Target, what: &str) -> String {
    format!("{}#{what}", key(target))
}

/// A member's key: a streams application's only member is the application itself.
pub fn member_key(target: &Target) -> String {
    match target {
        Target::Streams(_) => second(target, "member"),
        _ => key(target),
    }
}

/// What can be pointed at: its key, what it is, its box.
pub type Place = (String, Target, Rect);

fn plain(target: &Target, rect: Rect) -> Place {
    (key(target), target.clone(), rect)
}

/// Everything that can be pointed at, in rows, from top to bottom within each column.
pub fn rows(scene: &Scene) -> Vec<Vec<Place>> {
    let title = |rect: Rect| Rect { h: 20.0, ..rect };
    let mut rows = Vec::new();
    for card in &scene.producers {
        rows.push(vec![plain(&card.target, card.rect)]);
    }
    for topic in &scene.topics {
        rows.push(vec![plain(&topic.target, title(topic.rect))]);
        for lane in &topic.lanes {
            let label = Rect { x: lane.rect.x - 40.0, w: 36.0, ..lane.rect };
            rows.push(with_cells(plain(&lane.target, label), &lane.cells));
        }
    }
    for group in &scene.groups {
        // Two lines: the state stands below the name.
        let heading = Rect { y: group.rect.y - 5.0, h: 40.0, ..group.rect };
        rows.push(vec![plain(&group.target, heading)]);
        let members = group.members.iter();
        rows.extend(members.map(|m| vec![(member_key(&m.target), m.target.clone(), m.rect)]));
    }
    for chain in &scene.retries {
        let group = Target::Group(chain.group.clone());
        rows.push(vec![(second(&group, "retries"), group, title(chain.rect))]);
        let stations = chain.stations.iter();
        rows.push(stations.flat_map(|s| with_cells(plain(&s.target, s.rect), &s.cells)).collect());
    }
    for board in &scene.boards {
        let app = Target::Streams(board.app.clone());
        rows.push(vec![(second(&app, "board"), app, title(board.rect))]);
        rows.extend(board.rows.iter().map(|r| r.bars.iter().map(|b| plain(&b.target, b.rect)).collect()));
        let dropped = board.dropped.iter();
        rows.extend(
            dropped.map(|d| vec![plain(&d.target, Rect { x: board.plot.x, y: d.y - 9.0, w: 18.0, h: 18.0 })]),
        );
    }
    rows.retain(|row| !row.is_empty());
    rows
}

fn with_cells(first: Place, cells: &[Cell]) -> Vec<Place> {
    let cells = cells.iter().map(|cell| plain(&cell.target, cell.rect));
    std::iter::once(first).chain(cells).collect()
}

/// The target that `key` names.
pub fn find(scene: &Scene, wanted: &str) -> Option<Target> {
    if let Some(number) = wanted.strip_prefix("message/") {
        return Some(Target::Message(EntryId(number.parse().ok()?)));
    }
    rows(scene).into_iter().flatten().find(|(key, ..)| key == wanted).map(|(_, target, _)| target)
}

/// The box of a target.
pub fn place(scene: &Scene, wanted: &Target) -> Option<Rect> {
    rows(scene).into_iter().flatten().find(|(_, target, _)| target == wanted).map(|(.., rect)| rect)
}

/// Where an arrow key leads, as a key: along the row, or to the nearest place of the row above or below. `Home` and
/// `End` are the ends of the row. None: it leads nowhere, or the key on the keyboard is another one.
pub fn neighbour(scene: &Scene, from: &str, arrow: &str) -> Option<String> {
    if from.starts_with("message/") {
        return next_message(scene, from, arrow);
    }
    let rows = rows(scene);
    let (row, column) = rows
        .iter()
        .enumerate()
        .find_map(|(n, row)| row.iter().position(|(key, ..)| key == from).map(|column| (n, column)))?;
    let here = rows.get(row)?;
    let (.., rect) = here.get(column)?;
    let to = match arrow {
        "ArrowLeft" => here.get(column.checked_sub(1)?),
        "ArrowRight" => here.get(column + 1),
        "Home" => here.first(),
        "End" => here.last(),
        "ArrowUp" => nearest(rows.get(row.checked_sub(1)?)?, rect),
        "ArrowDown" => nearest(rows.get(row + 1)?, rect),
        _ => None,
    };
    to.map(|(key, ..)| key.clone())
}

/// Messages on their way form a row of their own, in the order in which they arrive.
fn next_message(scene: &Scene, from: &str, arrow: &str) -> Option<String> {
    let mut all: Vec<String> =
        scene.tokens.iter().filter_map(|token| token.sent).map(|sent| key(&Target::Message(sent))).collect();
    all.dedup();
    let here = all.iter().position(|key| key == from)?;
    let to = match arrow {
        "ArrowLeft" | "ArrowUp" => here.checked_sub(1)?,
        "ArrowRight" | "ArrowDown" => here + 1,
        "Home" => 0,
        "End" => all.len().checked_sub(1)?,
        _ => return None,
    };
    all.get(to).cloned()
}

fn nearest<'a>(row: &'a [Place], to: &Rect) -> Option<&'a Place> {
    let middle = |rect: &Rect| rect.x + rect.w.min(64.0) / 2.0;
    let far = |place: &&Place| (middle(&place.2) - middle(to)).abs();
    row.iter().min_by(|a, b| far(a).total_cmp(&far(b)))
}
