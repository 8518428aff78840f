//! What failed and waits, and the windows.

use super::lanes::record;
use crate::session::Session;
use crate::stage::draw::{follow, keys};
use crate::stage::key::key;
use leptos::prelude::*;
use millrace_view::{RetryChain, Station, WindowBar, WindowBoard, WindowRow};

/// All retry chains.
pub fn retries(session: Session) -> AnyView {
    let groups = keys(session, |scene| scene.retries.iter().map(|chain| chain.group.clone()).collect());
    let chain = move |group: millrace_model::GroupId| {
        let label = format!("retries of {group}");
        let shown =
            follow(session, move |scene| scene.retries.iter().find(|chain| chain.group == group).cloned());
        view! { <section class="part" aria-label=label>{move || shown.get().map(chain_body)}</section> }
    };
    view! { <For each=move || groups.get() key=ToString::to_string let(group)>{chain(group)}</For> }
        .into_any()
}

fn chain_body(chain: RetryChain) -> AnyView {
    let stations = chain.stations.into_iter().map(station).collect::<Vec<_>>();
    view! {
        <h2>{format!("retries of {}", chain.group)}</h2>
        <p class="dim">{chain.subtitle}</p>
        {stations}
    }
    .into_any()
}

fn station(station: Station) -> AnyView {
    let Station { target, topic, subtitle, is_dead_letter, cells, count, .. } = station;
    let class = if is_dead_letter { "station dead-letter" } else { "station" };
    let cells = cells.into_iter().map(|cell| record(cell, Vec::new())).collect::<Vec<_>>();
    view! {
        <div class=class data-topic=topic.to_string() data-count=count>
            <button type="button" class="heading" data-target=key(&target)>
                <b class="mono">{topic.to_string()}</b> <span class="dim">{format!("{subtitle} · {count}")}</span>
            </button>
            <ol>{cells}</ol>
        </div>
    }
    .into_any()
}

/// All boards.
pub fn boards(session: Session) -> AnyView {
    let apps = keys(session, |scene| scene.boards.iter().map(|board| board.app.to_string()).collect());
    let board = move |app: String| {
        let label = format!("windows of {app}");
        let shown =
            follow(session, move |scene| scene.boards.iter().find(|board| *board.app == *app).cloned());
        view! { <section class="part" aria-label=label>{move || shown.get().map(board_body)}</section> }
    };
    view! { <For each=move || apps.get() key=Clone::clone let(app)>{board(app)}</For> }.into_any()
}

fn board_body(board: WindowBoard) -> AnyView {
    let clocks = board
        .tasks
        .iter()
        .map(|task| format!("{} · {}", task.task, task.text))
        .collect::<Vec<_>>()
        .join(", ");
    let rows = board.rows.into_iter().map(row).collect::<Vec<_>>();
    let dropped = board.dropped.into_iter().map(|mark| view! {
        <li><button type="button" class="reason bad" data-target=key(&mark.target)>{mark.reason}</button></li>
    });
    view! {
        <h2>{board.title}</h2>
        <p class="dim">{board.subtitle}</p>
        {(!clocks.is_empty()).then(|| view! { <p class="stream-time">{format!("stream time {clocks}")}</p> })}
        <ul class="rows">{rows}</ul>
        <ul>{dropped.collect::<Vec<_>>()}</ul>
        {board.silence.map(|silence| view! { <p class="silence">{silence}</p> })}
    }
    .into_any()
}

fn row(row: WindowRow) -> AnyView {
    let bars = row.bars.into_iter().rev().map(bar).collect::<Vec<_>>();
    view! { <li class=format!("row hue-{}", row.hue)><b class="mono">{row.key.to_string()}</b> <span class="bars">{bars}</span></li> }
        .into_any()
}

fn bar(bar: WindowBar) -> AnyView {
    let state = if bar.is_closed { "closed" } else { "open" };
    view! {
        <button type="button" class=format!("window is-{state}") aria-label=bar.label data-target=key(&bar.target) data-state=state>
            {bar.value}
        </button>
    }
    .into_any()
}
