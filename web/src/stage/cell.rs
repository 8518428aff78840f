//! A record as a tile: hue and letter are its key, its shape is its state.

use super::clock_face;
use super::draw::{at, px};
use super::key::key;
use crate::session::Session;
use leptos::prelude::*;
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

/// The tile; `cell.rect` is relative to whatever holds it.
pub fn cell(session: Session, cell: Memo<Option<Cell>>, detail: Detail) -> AnyView {
    (move || cell.get().map(|cell| tile(session, cell, detail))).into_any()
}

fn tile(session: Session, cell: Cell, detail: Detail) -> AnyView {
    let Cell { target, rect, offset, letter, hue, state, wait, label } = cell;
    let tp = match &target {
        Target::Record(tp, _) => tp.to_string(),
        _ => String::new(),
    };
    let Rect { x, y, w, h } = rect;
    let size = if w < 24.0 { " small" } else { "" };
    let data_key = letter.clone();
    let has_offset = detail.offset_every > 0 && offset.0 % detail.offset_every == 0;
    view! {
        <g
            class=format!("cell hue-{hue} {}{size}", state_class(state))
            style=at(x, y)
            role="button"
            tabindex="-1"
            aria-label=label
            data-target=key(&target)
            data-tp=tp
            data-offset=offset.0
            data-key=data_key
        >
            <rect class="hit" x="-2" y="-4" width=px(w + 4.0) height=px(h + 8.0)></rect>
            <rect class="tile" width=px(w) height=px(h) rx=if w < 16.0 { "3" } else { "5" }></rect>
            {detail.letter.then(|| view! { <text class="letter" x=px(w / 2.0) y=px(h / 2.0 + 4.5)>{letter}</text> })}
            {matches!(state, CellState::Failed | CellState::Dead).then(|| cross(w))}
            {wait.map(|wait| clock_face::pie(session, wait, w - 1.0, 1.0))}
            {has_offset.then(|| view! { <text class="offset" x=px(w / 2.0) y=px(h + 16.0)>{offset.0}</text> })}
        </g>
    }
    .into_any()
}

/// The cross of what has failed, at the tile's upper right corner.
fn cross(w: f32) -> AnyView {
    let r = if w < 16.0 { 3.0 } else { 5.0 };
    let (x, y) = (px(w - r + 2.0), px(r - 2.0));
    view! {
        <g class="cross" transform=format!("translate({x} {y})")>
            <circle r=px(r + 1.5)></circle>
            <path d=if w < 16.0 { "M-2-2l4 4m0-4l-4 4" } else { "M-2.6-2.6l5.2 5.2m0-5.2l-5.2 5.2" }></path>
        </g>
    }
    .into_any()
}
