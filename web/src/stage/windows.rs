//! Windows over event time: a bar for each window of each key, the line of stream time, what grace still admits, what
//! fell out, and why nothing comes out.

use super::draw::{at, boxed, fit, fit_mono, follow, keys, px, text};
use super::key::key;
use super::topic::title;
use crate::session::Session;
use leptos::prelude::*;
use millrace_view::{DroppedMark, Rect, Scene, Target, TaskClock, Tick, WindowBar, WindowBoard};
use std::sync::Arc;

fn board_of<'a>(scene: &'a Scene, app: &str) -> Option<&'a WindowBoard> {
    scene.boards.iter().find(|board| *board.app == *app)
}

/// All boards.
pub fn boards(session: Session) -> AnyView {
    let apps = keys(session, |scene| scene.boards.iter().map(|board| board.app.clone()).collect());
    view! { <For each=move || apps.get() key=Clone::clone let(app)>{board(session, app)}</For> }.into_any()
}

/// A bar by where it is: row and place in the row are how it is found, the target is what it is.
type BarKey = (usize, Target);

fn board(session: Session, app: Arc<str>) -> AnyView {
    let of = app.clone();
    let head = follow(session, move |scene| {
        let board = board_of(scene, &of)?;
        Some((board.rect, board.title.clone(), board.subtitle.clone(), board.results))
    });
    let of = app.clone();
    let frame = follow(session, move |scene| {
        let board = board_of(scene, &of)?;
        let names = board.rows.iter().map(|row| (row.key.clone(), row.y + row.h / 2.0)).collect::<Vec<_>>();
        Some((board.plot, board.ticks.clone(), names, board.more.clone()))
    });
    let of = app.clone();
    let bars = keys(session, move |scene| {
        let rows = board_of(scene, &of).map(|board| &board.rows[..]).unwrap_or_default();
        let with_row = rows
            .iter()
            .enumerate()
            .flat_map(|(n, row)| row.bars.iter().map(move |bar| (n, bar.target.clone())));
        with_row.collect::<Vec<BarKey>>()
    });
    let of = app.clone();
    let tasks = follow(session, move |scene| {
        let board = board_of(scene, &of)?;
        Some((board.tasks.clone(), board.plot))
    });
    let of = app.clone();
    let below = follow(session, move |scene| {
        let board = board_of(scene, &of)?;
        Some((board.dropped.clone(), board.silence_lines.clone(), board.silence_y, board.plot))
    });
    let target = key(&Target::Streams(app.clone()));
    let heading = move || {
        head.get().map(|(rect, name, subtitle, results)| {
            let out = if results == 1 { "1 result".to_owned() } else { format!("{results} results") };
            title(rect, name, "mono", format!("{subtitle} · {out}"), target.clone())
        })
    };
    let of = app.clone();
    view! {
        <g class="board" role="group" aria-label=format!("windows of {app}") data-board=app.to_string()>
            {heading}
            {move || frame.get().map(ground)}
            <For each=move || bars.get() key=|(row, target)| (*row, key(target)) let(bar_key)>
                {
                    let of = of.clone();
                    let (row, target) = bar_key;
                    let shown = follow(session, move |scene| {
                        let row = board_of(scene, &of)?.rows.get(row)?;
                        Some((row.hue, row.bars.iter().find(|bar| bar.target == target)?.clone()))
                    });
                    move || shown.get().map(|(hue, shown)| bar(hue, shown))
                }
            </For>
            {move || tasks.get().map(|(tasks, _)| shades(&tasks))}
            {move || tasks.get().map(|(tasks, plot)| clocks(&tasks, plot))}
            {move || below.get().map(|(dropped, silence, y, plot)| fallen(dropped, silence, y, plot))}
        </g>
    }
    .into_any()
}

/// The plot, its ticks, the rows' keys and middles, what is left out.
type Ground = (Rect, Vec<Tick>, Vec<(Arc<str>, f32)>, Option<String>);

fn ground((plot, ticks, rows, more): Ground) -> AnyView {
    let end = plot.y + plot.h;
    let ticks = ticks.into_iter().map(|tick| {
        view! {
            <path class="grid" d=format!("M{} {}V{}", px(tick.x), px(plot.y), px(end))></path>
            {text("tick", tick.x, end + 16.0, tick.text)}
        }
    });
    let names =
        rows.into_iter().map(|(key, y)| text("row-name", plot.x - 12.0, y + 4.0, fit_mono(&key, 112.0)));
    view! {
        {boxed("trough", plot, "10")}
        {ticks.collect::<Vec<_>>()}
        {names.collect::<Vec<_>>()}
        {more.map(|more| text("more", plot.x, end + 34.0, more))}
    }
    .into_any()
}

/// What each task's grace still admits.
fn shades(tasks: &[TaskClock]) -> AnyView {
    let shade = |task: &TaskClock| {
        let (x, from) = (task.x?, task.grace_x?);
        let rect = Rect { x: from, y: task.y, w: (x - from).max(0.0), h: task.h };
        Some(boxed("grace", rect, "0"))
    };
    tasks.iter().filter_map(shade).collect::<Vec<_>>().into_any()
}

fn bar(hue: u8, bar: WindowBar) -> AnyView {
    let WindowBar { target, rect, value, is_closed, label } = bar;
    let Rect { x, y, w, h } = rect;
    let (state, word) = if is_closed { ("closed", "final") } else { ("open", "open") };
    let start = match &target {
        Target::Window(_, _, start) => start.0,
        _ => 0,
    };
    let room = w - 20.0;
    let count = fit_mono(&value, room);
    let word = (room - count.chars().count() as f32 * 9.0 > 36.0)
        .then(|| view! { <tspan class="word" dx="7">{word}</tspan> });
    let (class, y_text) = if h < 24.0 { ("count small", h / 2.0 + 4.0) } else { ("count", h / 2.0 + 5.0) };
    view! {
        <g
            class=format!("window hue-{hue} is-{state}")
            style=at(x, y)
            role="button"
            tabindex="-1"
            aria-label=label
            data-target=key(&target)
            data-window=start
            data-state=state
            data-value=value
        >
            <rect class="pane" width=px(w) height=px(h) rx="6"></rect>
            <text class=class x="10" y=px(y_text)>{count} {word}</text>
        </g>
    }
    .into_any()
}

/// The line of stream time, one for each task. One line has its label beside it; several have theirs at the right side,
/// where no window stands yet.
fn clocks(tasks: &[TaskClock], plot: Rect) -> AnyView {
    let is_one = tasks.len() == 1;
    let right = plot.x + plot.w - 10.0;
    let clock = |task: &TaskClock| {
        let x = task.x?;
        let label = if is_one {
            let says = format!("stream time {}", task.text);
            let is_right = x + says.chars().count() as f32 * 6.8 + 12.0 > right;
            let (class, x) = if is_right { ("clock-text end", x - 8.0) } else { ("clock-text", x + 8.0) };
            text(class, x, plot.y + 16.0, says)
        } else {
            let middle = task.y + task.h / 2.0;
            view! {
                {text("clock-task", right, middle - 2.0, task.task.clone())}
                {text("clock-text end", right, middle + 11.0, task.text.clone())}
            }
            .into_any()
        };
        let top = if is_one { plot.y } else { task.y + 2.0 };
        Some(view! {
            <g class="stream-time" data-task=task.task.clone() data-stream-time=task.text.clone()>
                <title>{format!("stream time of task {}: {}", task.task, task.text)}</title>
                <path class="line" style=at(x, top) d=format!("M0 0V{}", px(task.y + task.h - 2.0 - top))></path>
                {label}
            </g>
        })
    };
    let legend =
        (tasks.len() > 1).then(|| text("tick end", right, plot.y + 16.0, "stream time by task".to_owned()));
    view! { {legend} {tasks.iter().filter_map(clock).collect::<Vec<_>>()} }.into_any()
}

/// What came too late, and why nothing comes out right now.
fn fallen(dropped: Vec<DroppedMark>, silence: Vec<String>, silence_y: f32, plot: Rect) -> AnyView {
    let end = plot.y + plot.h;
    let mark = |mark: DroppedMark| {
        let DroppedMark { target, x, y, letter, hue, reason } = mark;
        view! {
            <g class=format!("dropped hue-{hue}") role="button" tabindex="-1" aria-label=reason.clone() data-target=key(&target) data-dropped="">
                <title>{reason.clone()}</title>
                <path class="fall" d=format!("M{} {}v8", px(x), px(end - 4.0))></path>
                <path class="notch" d=format!("M{} {}l6 6m0-6l-6 6", px(x - 3.0), px(end + 5.0))></path>
                <rect class="tile" x=px(plot.x) y=px(y - 9.0) width="18" height="18" rx="4"></rect>
                {text("letter", plot.x + 9.0, y + 4.0, letter)}
                {text("reason", plot.x + 26.0, y + 4.0, fit(&reason, plot.w - 26.0))}
            </g>
        }
    };
    let line = |(n, line): (usize, String)| {
        text("reason", plot.x + 26.0, silence_y + n as f32 * millrace_view::SILENCE_STEP, line)
    };
    let silence = (!silence.is_empty()).then(|| {
        view! {
            <g class="silence" data-silence="">
                <g class="clock" transform=format!("translate({} {})", px(plot.x + 9.0), px(silence_y - 4.0))>
                    <circle class="face" r="7"></circle>
                    <path class="tip" d="M0-3.5V0l2.5 1.5"></path>
                </g>
                {silence.into_iter().enumerate().map(line).collect::<Vec<_>>()}
            </g>
        }
    });
    view! { {dropped.into_iter().map(mark).collect::<Vec<_>>()} {silence} }.into_any()
}
