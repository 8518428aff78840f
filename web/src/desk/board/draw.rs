//! The drawing of the transaction board: what stands where is the view's; here is only what it looks like.

use crate::desk::plot;
use crate::paint::{Node, node};
use crate::stage::draw::{boxed, fit_mono, fit_small, px, stroke, text, tip};
use millrace_view::Rect;
use millrace_view::desk::board::{Board, Cell, CellKind, Lane, Outcome, Phase, Reader, Span, Txn};
use millrace_words::transactions as say;

/// A transactional id as its coordinator knows it.
pub fn card(txn: &Txn) -> Node {
    let end = match txn.commits {
        Some(true) => " is-commit",
        Some(false) => " is-abort",
        None => "",
    };
    let phase = |phase: &Phase| {
        let (word, is_past) = (phase_word(*phase), *phase < txn.phase);
        let class = match (is_past, *phase == txn.phase) {
            (true, _) => "is-past",
            (false, true) => "is-now",
            (false, false) => "",
        };
        node("li").set("class", class.to_owned()).text(word.to_owned())
    };
    let phases = node("ol")
        .set("class", ["txn-phases", end].concat())
        .is("aria-hidden", "true")
        .children(Phase::ALL.iter().map(phase).collect());
    let age = txn.age.as_ref().map(|age| {
        let width = format!("width:{}.{}%", txn.spent / 10, txn.spent % 10);
        node("p").is("class", "txn-age").child(node("span").text(age.clone())).child(
            node("span")
                .is("class", "txn-track")
                .is("aria-hidden", "true")
                .child(node("span").is("class", "txn-fill").set("style", width)),
        )
    });
    let marked = (!txn.partitions.is_empty()).then(|| {
        let all: Vec<String> = txn.partitions.iter().map(ToString::to_string).collect();
        node("p").is("class", "dim").text(say::will_mark(&all.join(", ")))
    });
    let note = txn.note.as_ref().map(|note| node("p").is("class", "txn-note").text(note.clone()));
    node("div")
        .set("class", format!("txn-card group-{}", txn.hue))
        .set("data-state", txn.state.clone())
        .child(
            node("p")
                .is("class", "txn-name")
                .child(node("strong").is("class", "mono").text(txn.id.to_string()))
                .child(node("span").set("class", ["txn-state", end].concat()).text(txn.state.clone())),
        )
        .child(phases)
        .child(node("p").is("class", "dim").text(txn.producer.clone()))
        .maybe(age)
        .maybe(marked)
        .maybe(note)
}

fn phase_word(phase: Phase) -> &'static str {
    match phase {
        Phase::Empty => say::phase_empty(),
        Phase::Ongoing => say::phase_ongoing(),
        Phase::Prepare => say::phase_prepare(),
        Phase::Complete => say::phase_complete(),
    }
}

/// The partitions.
pub fn lanes(board: &Board) -> Node {
    let whole = Rect { x: 0.0, y: 0.0, w: board.width, h: board.height.max(1.0) };
    plot::root(whole).children(board.lanes.iter().map(|one| lane(one, board.width)).collect())
}

fn lane(lane: &Lane, width: f32) -> Node {
    let name = lane.tp.to_string();
    let [title_y, barrier_y] = lane.lines;
    let detail_x = 1.0 + name.chars().count() as f32 * 8.0 + 12.0;
    let is_held = lane.veil.is_some();
    let detail = text(
        if is_held { "tb-detail is-held" } else { "tb-detail" },
        detail_x,
        title_y,
        fit_small(&lane.detail, (width - detail_x).max(40.0)),
    );
    let head = node("g")
        .is("role", "img")
        .set("aria-label", lane.says.clone())
        .child(tip(lane.says.clone()))
        .child(text("tb-name", 1.0, title_y, fit_mono(&name, width)))
        .child(detail);
    let [earlier, later] = lane.beyond;
    let foot_y = lane.trough.y + lane.trough.h + 14.0;
    let earlier = (earlier > 0)
        .then(|| text("tb-beyond", lane.trough.x, foot_y, format!("‹ {}", say::earlier(&earlier))));
    let later = (later > 0).then(|| {
        text("tb-beyond end", lane.trough.x + lane.trough.w, foot_y, format!("{} ›", say::later(&later)))
    });
    node("g")
        .key(name.clone())
        .is("class", "tb-lane")
        .set("data-lane", name)
        .set("data-stable", lane.last_stable_offset.to_string())
        .set("data-watermark", lane.high_watermark.to_string())
        .child(head)
        .child(boxed("tb-trough", lane.trough, "7"))
        .maybe(lane.veil.map(|veil| boxed("tb-veil", veil, "0")))
        .children(lane.spans.iter().map(|one| span(one, width)).collect())
        .children(lane.cells.iter().map(cell).collect())
        .children(lane.readers.iter().map(|one| pole(one, lane)).collect())
        .children(lane.readers.iter().map(reader).collect())
        .children(bounds(lane, barrier_y, foot_y))
        .maybe(earlier)
        .maybe(later)
}

fn span(span: &Span, width: f32) -> Node {
    let class = match (span.outcome, span.hangs) {
        (Outcome::Open, true) => "tb-span is-open is-hanging",
        (Outcome::Open, false) => "tb-span is-open",
        (Outcome::Committed, _) => "tb-span is-committed",
        (Outcome::Aborted, _) => "tb-span is-aborted",
    };
    let Rect { x, y, w, h } = span.rect;
    let word = match (span.outcome, span.hangs) {
        (Outcome::Open, true) => [&*span.name, " · ", say::hanging()].concat(),
        (Outcome::Open, false) => [&*span.name, " · ", say::open()].concat(),
        (Outcome::Committed | Outcome::Aborted, _) => span.name.clone(),
    };
    // Nothing follows an open one in its row: its name stands behind it, if there is room.
    let behind = span.outcome == Outcome::Open && x + w + 12.0 + word.chars().count() as f32 * 5.7 < width;
    let at = if behind { x + w + 6.0 } else { x + 6.0 };
    // A name of which only a letter would be left says nothing.
    let has_room = behind || w >= 40.0;
    let word = if behind { word } else { fit_small(&word, w - 10.0) };
    node("g")
        .key(format!("{} {}", span.producer_id, span.first))
        .set("class", format!("{class} group-{}", span.hue))
        .set("data-span", span.first.to_string())
        .is("role", "img")
        .set("aria-label", span.says.clone())
        .child(tip(span.says.clone()))
        .child(boxed("bar", Rect { x, y, w, h }, "4"))
        .maybe(has_room.then(|| text("bar-word", at, y + h - 3.5, word)))
}

fn cell(cell: &Cell) -> Node {
    let class = match cell.kind {
        CellKind::Plain => "tb-cell is-plain",
        CellKind::Of(Outcome::Open) => "tb-cell is-open",
        CellKind::Of(Outcome::Committed) => "tb-cell is-committed",
        CellKind::Of(Outcome::Aborted) => "tb-cell is-aborted",
        CellKind::Commit => "tb-cell is-commit",
        CellKind::Abort => "tb-cell is-abort",
    };
    let radius = if matches!(cell.kind, CellKind::Commit | CellKind::Abort) { "9" } else { "4" };
    let Rect { x, y, w, h } = cell.rect;
    let is_aborted = cell.kind == CellKind::Of(Outcome::Aborted);
    let cross = is_aborted.then(|| stroke("cross", format!("M{} {}l10-10", px(x + 4.0), px(y + h - 4.0))));
    node("g")
        .key(cell.offset.to_string())
        .set("class", format!("{class} hue-{}", cell.hue))
        .set("data-offset", cell.offset.to_string())
        .child(tip(cell.says.clone()))
        .child(boxed("tile", cell.rect, radius))
        .child(text("letter", x + w / 2.0, y + w / 2.0 + 4.0, cell.letter.clone()))
        .maybe(cross)
}

/// The barrier with its name above, the high watermark with its name below.
fn bounds(lane: &Lane, barrier_y: f32, foot_y: f32) -> Vec<Node> {
    let (top, bottom) = (barrier_y + 5.0, lane.trough.y + lane.trough.h);
    let middle = lane.trough.x + lane.trough.w / 2.0;
    let named = |class: [&'static str; 2], x: f32, y: f32, word: String| match x > middle {
        true => text(class[1], x - 5.0, y, word),
        false => text(class[0], x + 5.0, y, word),
    };
    let watermark = stroke(
        "tb-watermark",
        format!("M{} {}V{}", px(lane.watermark_x), px(lane.trough.y - 4.0), px(bottom + 7.0)),
    );
    if lane.veil.is_none() {
        let word = say::both_short(&lane.high_watermark);
        return vec![
            watermark,
            named(["tb-watermark-word", "tb-watermark-word end"], lane.watermark_x, foot_y, word),
        ];
    }
    let barrier = stroke("tb-stable", format!("M{} {}V{}", px(lane.stable_x), px(top), px(bottom + 4.0)));
    vec![
        watermark,
        barrier,
        named(
            ["tb-watermark-word", "tb-watermark-word end"],
            lane.watermark_x,
            foot_y,
            say::watermark_short(&lane.high_watermark),
        ),
        text(
            if lane.stable_x > middle { "tb-stable-word end" } else { "tb-stable-word" },
            if lane.stable_x > middle { lane.stable_x + 1.5 } else { lane.stable_x - 1.5 },
            barrier_y,
            say::stable_short(&lane.last_stable_offset),
        ),
    ]
}

fn reader_class(reader: &Reader) -> &'static str {
    match (reader.waits, reader.is_committed) {
        (true, _) => "tb-reader is-waiting",
        (false, true) => "tb-reader is-committed",
        (false, false) => "tb-reader",
    }
}

/// The way from a reader's flag up to its position; other flags stand before it.
fn pole(reader: &Reader, lane: &Lane) -> Node {
    let Rect { x, y, w, .. } = reader.rect;
    let at = reader.x.clamp(x + 5.0, x + w - 5.0);
    let bottom = lane.trough.y + lane.trough.h + 1.0;
    node("g")
        .key(["pole ", &reader.name].concat())
        .set("class", reader_class(reader).to_owned())
        .child(stroke("pole", format!("M{} {}V{}", px(at), px(y), px(bottom))))
}

/// A reader's flag.
fn reader(reader: &Reader) -> Node {
    let Rect { x, y, w, h } = reader.rect;
    let class = reader_class(reader);
    let name_w = reader.name.chars().count() as f32 * 6.6 + 6.0;
    node("g")
        .key(["reader ", &reader.name].concat())
        .set("class", format!("{class} group-{}", reader.hue))
        .set("data-reader", reader.name.clone())
        .is("role", "img")
        .set("aria-label", reader.says.clone())
        .child(tip(reader.says.clone()))
        .child(boxed("tb-flag", reader.rect, "6"))
        .child(text("reader-name", x + 8.0, y + h - 7.0, reader.name.clone()))
        .child(text("reader-word", x + 8.0 + name_w, y + h - 7.0, fit_small(&reader.word, w - name_w - 12.0)))
}
