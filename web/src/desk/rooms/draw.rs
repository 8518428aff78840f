//! The drawing of the rooms: what stands where is the view's; here is only what it looks like.

use crate::desk::plot;
use crate::paint::{Motion, Node, node};
use crate::stage::draw::{boxed, fit_mono, fit_small, g, px, stroke, text, tip};
use millrace_model::Offset;
use millrace_view::Rect;
use millrace_view::desk::rooms::{
    Ack, Copy, Fallen, Replica, Role, Room, RoomState, Rooms, Shared, Traveller, TravellerKind,
};
use millrace_words::cluster as say;

/// Around a log: the ring of who is in sync.
const RING: f32 = 4.0;

/// About how wide a text is, of characters so wide.
fn wide(text: &str, character: f32) -> f32 {
    text.chars().count() as f32 * character
}

/// The picture.
pub fn drawn(rooms: &Rooms) -> Node {
    let whole = Rect { x: 0.0, y: 0.0, w: rooms.width, h: rooms.height.max(1.0) };
    plot::root(whole)
        .children(rooms.rooms.iter().map(walls).collect())
        .children(rooms.partitions.iter().map(|of| way(of, rooms)).collect())
        .children(rooms.rooms.iter().map(|one| room(one, rooms.width, &rooms.partitions)).collect())
        .children(rooms.partitions.iter().map(|of| shared(of, rooms)).collect())
        .child(
            g("tokens").is("aria-hidden", "true").children(rooms.travellers.iter().map(traveller).collect()),
        )
}

fn state_class(state: RoomState) -> &'static str {
    match state {
        RoomState::Running => "room is-running",
        RoomState::Starting => "room is-starting",
        RoomState::Fenced => "room is-fenced",
        RoomState::Stopping => "room is-stopping",
        RoomState::Paused => "room is-paused",
        RoomState::Stopped => "room is-stopped",
        RoomState::Crashed => "room is-crashed",
    }
}

/// The walls of a room; what goes through all rooms is drawn before what stands in them.
fn walls(room: &Room) -> Node {
    node("g")
        .key(["walls ", &room.name].concat())
        .set("class", state_class(room.state).to_owned())
        .child(boxed("walls", room.rect, "12"))
}

fn room(room: &Room, width: f32, partitions: &[Shared]) -> Node {
    let Rect { x, .. } = room.rect;
    let [name_y, detail_y] = room.lines;
    // Right of it stand the buttons.
    let is_narrow = width < 560.0;
    let free = if is_narrow { width - 32.0 } else { width - 270.0 };
    let (word_x, word_y) = match is_narrow {
        true => (x + 30.0, name_y + 19.0),
        false => (x + 30.0 + wide(&room.name, 8.0) + 10.0, name_y),
    };
    let word = room.state.word();
    let rack = room.rack.as_ref().filter(|_| !is_narrow);
    let rack = rack.map(|rack| text("rack", word_x + wide(word, 7.2) + 12.0, word_y, rack.clone()));
    let head = node("g")
        .is("role", "img")
        .set("aria-label", room.says.clone())
        .child(tip(room.says.clone()))
        .child(
            node("circle")
                .is("class", "lamp")
                .set("cx", px(x + 18.0))
                .set("cy", px(name_y - 4.0))
                .is("r", "5"),
        )
        .child(text("room-name", x + 30.0, name_y, room.name.clone()))
        .child(text("room-state", word_x, word_y, word.to_owned()))
        .maybe(rack)
        .child(text("room-detail", x + 15.0, detail_y, fit_small(&room.detail, free)));
    node("g")
        .key(room.name.clone())
        .set("class", state_class(room.state).to_owned())
        .set("data-broker", room.name.clone())
        .set("data-state", word.to_owned())
        .child(head)
        .children(room.replicas.iter().map(|one| replica(one, watermark(one, partitions))).collect())
}

fn replica(replica: &Replica, watermark: Option<Offset>) -> Node {
    let Rect { x, y, w, h } = replica.rect;
    let class = match replica.role {
        Role::Leader => "replica is-leader",
        Role::Elected => "replica is-elected",
        Role::Zombie => "replica is-zombie",
        Role::Follower => "replica is-follower",
        Role::OnDisk => "replica is-on-disk",
    };
    let ring = match (replica.is_in_sync, replica.is_joining, replica.is_eligible) {
        (true, ..) => Some("ring"),
        (false, true, _) => Some("ring is-joining"),
        (false, false, true) => Some("ring is-eligible"),
        (false, false, false) => None,
    };
    let around = Rect { x: x - RING, y: y - RING, w: w + 2.0 * RING, h: h + 2.0 * RING };
    let lag = replica.lag.map(|lag| {
        let (from, to, y) = (lag.x + 3.0, (lag.x + lag.w).max(lag.x + 12.0), lag.y);
        let d = format!("M{} {}v8m0-4H{}m0-4v8", px(from), px(y - 4.0), px(to));
        stroke("lag", d)
    });
    // What it knows of the high watermark itself, below its log.
    let known = (watermark.is_some_and(|at| at != replica.known_watermark)).then(|| {
        let x = replica.known_watermark_x;
        stroke("known", format!("M{} {}l-3.5 6h7z", px(x), px(y + h - 3.0)))
    });
    let log = g("copies")
        .child(boxed("trough", replica.rect, "7"))
        .children(replica.records.iter().map(copy).collect());
    node("g")
        .key(replica.tp.to_string())
        .set("class", class.to_owned())
        .set("data-replica", replica.tp.to_string())
        .set("data-end", replica.range.1.to_string())
        .set("data-in-sync", replica.is_in_sync.to_string())
        .child(
            node("g")
                .is("role", "img")
                .set("aria-label", replica.says.clone())
                .child(tip(replica.says.clone()))
                .child(text("role", x, y - 10.0, fit_small(&replica.word, w)))
                .maybe(ring.map(|class| boxed(class, around, "10")))
                .child(log)
                .maybe(known),
        )
        .maybe(lag)
        .children(replica.fallen.iter().map(fallen).collect())
}

/// The high watermark of a replica's partition.
fn watermark(of: &Replica, partitions: &[Shared]) -> Option<Offset> {
    partitions.iter().find(|shared| shared.tp == of.tp).map(|shared| shared.high_watermark)
}

fn copy(record: &Copy) -> Node {
    let Rect { x, y, w, .. } = record.rect;
    let state = if record.is_committed { "is-below" } else { "is-above" };
    node("g")
        .key(record.offset.to_string())
        .set("class", format!("copy hue-{} {state}", record.hue))
        .set("data-offset", record.offset.to_string())
        .child(boxed("tile", record.rect, "4"))
        .child(text("letter", x + w / 2.0, y + w / 2.0 + 4.0, record.letter.clone()))
}

/// A record that was taken back: it falls to the floor of its room, and lies there for a while.
fn fallen(fallen: &Fallen) -> Node {
    let side = fallen.rect.w;
    let tile = Rect { x: -side / 2.0, y: -side / 2.0, w: side, h: side };
    let (depart, arrive, curve) = (fallen.depart, fallen.arrive, fallen.curve);
    node("g")
        .key(["fallen ", &fallen.offset.to_string()].concat())
        .set("class", format!("fallen hue-{}", fallen.hue))
        .set("data-fallen", fallen.offset.to_string())
        .moving(Motion::Travel { depart, arrive, curve })
        .child(boxed("tile", tile, "3"))
        .child(text("letter", 0.0, 3.5, fallen.letter.clone()))
        .child(stroke("cross", "M-6 6 6-6".to_owned()))
}

/// The high watermark's way through all rooms.
fn way(of: &Shared, rooms: &Rooms) -> Node {
    let mut logs = rooms.rooms.iter().filter_map(|room| room.replicas.iter().find(|one| one.tp == of.tp));
    let bottom = logs.next_back().map_or(rooms.head, |last| last.rect.y + last.rect.h);
    let d = format!("M{} {}V{}", px(of.watermark_x), px(rooms.head - 4.0), px(bottom));
    stroke("watermark-way", d).key(["way ", &of.tp.to_string()].concat())
}

/// What the controller says of a partition, and the high watermark through all rooms.
fn shared(of: &Shared, rooms: &Rooms) -> Node {
    let Rect { x, w, .. } = of.rect;
    let mark = of.watermark_x;
    // Strong through the logs, faint between them, where words stand.
    let logs = rooms.rooms.iter().filter_map(|room| room.replicas.iter().find(|one| one.tp == of.tp));
    let strokes = logs.map(|log| {
        let (top, bottom) = (log.rect.y - 7.0, log.rect.y + log.rect.h + 7.0);
        stroke("watermark", format!("M{} {}V{}", px(mark), px(top), px(bottom)))
    });
    let is_right = mark > x + w / 2.0;
    let name = of.tp.to_string();
    let name_w = wide(&name, 8.0) + 12.0;
    let label = text(
        if is_right { "watermark-word end" } else { "watermark-word" },
        if is_right { mark - 6.0 } else { mark + 6.0 },
        rooms.head - 8.0,
        say::high_watermark_short(&of.high_watermark),
    );
    let in_sync = text(
        if of.is_below_min { "in-sync is-below-min" } else { "in-sync" },
        x,
        36.0,
        fit_small(&of.in_sync, w),
    );
    node("g")
        .key(name.clone())
        .is("class", "shared")
        .set("data-partition", name.clone())
        .set("data-watermark", of.high_watermark.to_string())
        .child(
            node("g")
                .is("role", "img")
                .set("aria-label", [&*name, ": ", &of.title, ", ", &of.in_sync].concat())
                .child(tip([&*of.title, " · ", &of.in_sync].concat()))
                .child(text("partition-name", x, 18.0, fit_mono(&name, w)))
                .child(text(
                    "partition-title",
                    x + name_w,
                    18.0,
                    fit_small(&of.title, (w - name_w).max(40.0)),
                ))
                .child(in_sync),
        )
        .maybe(of.acks.first().map(|ack| waiting(ack, of)))
        .children(strokes.collect())
        .child(label)
}

/// An answer that waits: a pip for each in-sync replica, filled once the leader knows that it has the records.
fn waiting(ack: &Ack, of: &Shared) -> Node {
    let x = of.rect.x;
    let word = say::waits_for(&ack.from);
    let start = x + wide(&word, 6.2) + 14.0;
    let pips = ack.has.iter().enumerate().map(|(n, (id, has))| {
        let at = start + 20.0 * n as f32;
        let class = if *has { "pip is-there" } else { "pip" };
        g(class)
            .set("data-pip", id.to_string())
            .child(node("circle").is("class", "dot").set("cx", px(at)).is("cy", "50").is("r", "8"))
            .child(text("pip-word", at, 53.5, id.to_string()))
    });
    let says = ack.has.iter().map(|(id, has)| {
        let word = if *has { say::has_it() } else { say::has_it_not() };
        format!(", broker-{id}: {word}")
    });
    let says: String = says.collect();
    node("g")
        .is("class", "ack")
        .is("role", "img")
        .set("aria-label", [&*word, &says].concat())
        .set("data-required", ack.required.to_string())
        .child(text("ack-word", x, 54.0, word))
        .children(pips.collect())
}

fn traveller(one: &Traveller) -> Node {
    let class = match one.kind {
        TravellerKind::Ask => "go is-ask",
        TravellerKind::Copies => "go is-copy",
        TravellerKind::Nothing => "go is-nothing",
        TravellerKind::Produce => "go is-produce",
        TravellerKind::Acknowledged => "go is-acknowledged",
        TravellerKind::Refused => "go is-refused",
        TravellerKind::Controller => "go is-controller",
    };
    let (depart, arrive, curve) = (one.depart, one.arrive, one.curve);
    let shape = match one.kind {
        TravellerKind::Nothing => node("circle").is("class", "shape").is("r", "2.5"),
        TravellerKind::Controller => node("circle").is("class", "shape").is("r", "4.5"),
        TravellerKind::Ask => boxed("shape", Rect { x: -12.0, y: -8.0, w: 24.0, h: 16.0 }, "8"),
        TravellerKind::Copies | TravellerKind::Produce => {
            boxed("shape", Rect { x: -9.0, y: -9.0, w: 18.0, h: 18.0 }, "4")
        }
        TravellerKind::Acknowledged | TravellerKind::Refused => {
            node("circle").is("class", "shape").is("r", "9")
        }
    };
    let word = (!one.letter.is_empty()).then(|| text("go-word", 0.0, 4.0, one.letter.clone()));
    node("g")
        .key(one.id.clone())
        .set("class", format!("{class} hue-{}", one.hue))
        // Until its time has come.
        .is("transform", "scale(0)")
        .moving(Motion::Stretch { depart, arrive, curve })
        .child(shape)
        .maybe(word)
}
