//! A record as a tile: hue and letter are its key, its shape is its state.

use crate::clock_face::pie;
use crate::draw::{at, g, hit, px, text};
use crate::key::key;
use crate::node::{Node, node};
use millrace_view::{Cell, CellState, Rect, Target};

/// What the class of a tile says about its state.
pub fn state_class(state: CellState) -> &'static str {
    match state {
        CellState::New => "is-new",
        CellState::Fetched => "is-fetched",
        CellState::Current => "is-current",
        CellState::Done => "is-done",
        CellState::Committed => "is-committed",
        CellState::Failed => "is-failed",
        CellState::Waiting => "is-waiting",
        CellState::Dead => "is-dead",
    }
}

/// Which parts of a tile are shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Detail {
    /// The letter.
    pub letter: bool,
    /// The offset below, for each so many records; 0 for none.
    pub offset_every: i64,
}

/// The tile, with its upper left corner at `x`, `y` of whatever holds it.
pub fn tile(cell: &Cell, x: f32, y: f32, detail: Detail) -> Node {
    let Cell { target, rect: Rect { w, h, .. }, offset, letter, hue, state, wait, label, .. } = cell;
    let (w, h) = (*w, *h);
    let size = if w < 24.0 { " small" } else { "" };
    let is_tiny = w < 16.0;
    let has_offset = detail.offset_every > 0 && offset.0 % detail.offset_every == 0;
    let box_ = node("rect").is("class", "tile").set("width", px(w)).set("height", px(h));
    let name = key(target);
    let tp = match target {
        Target::Record(tp, _) => tp.to_string(),
        _ => String::new(),
    };
    node("g")
        .key(name.clone())
        .set("class", format!("cell hue-{hue} {}{size}", state_class(*state)))
        .set("style", at(x, y))
        .set("data-target", name)
        .set("data-tp", tp)
        .set("data-offset", offset.to_string())
        .set("data-key", cell.key.clone())
        .child(hit(-4.0, -4.0, w + 8.0, h + 8.0))
        .child(box_.is("rx", if is_tiny { "3" } else { "5" }).button(label.clone()))
        .maybe(detail.letter.then(|| text("letter", w / 2.0, h / 2.0 + 4.5, letter.clone())))
        .maybe(matches!(state, CellState::Failed | CellState::Dead).then(|| cross(w, is_tiny)))
        .maybe(wait.clone().map(|wait| pie(wait, w - 1.0, 1.0)))
        .maybe(has_offset.then(|| text("offset", w / 2.0, h + 16.0, offset.to_string())))
}

/// The cross of what has failed, at the tile's upper right corner.
fn cross(w: f32, is_tiny: bool) -> Node {
    let (r, d) =
        if is_tiny { (3.0, "M-2-2l4 4m0-4l-4 4") } else { (5.0, "M-2.6-2.6l5.2 5.2m0-5.2l-5.2 5.2") };
    g("cross")
        .set("transform", crate::draw::moved(w - r + 2.0, r - 2.0))
        .child(node("circle").set("r", px(r + 1.5)))
        .child(node("path").is("d", d))
}
