//! Windows over event time: a bar for each window of each key, the line of stream time, what grace still admits, what
//! fell out, and why nothing comes out.

use crate::draw::{at, boxed, fit, fit_mono, g, hit, moved, px, stroke, text, tip};
use crate::key::{key, second};
use crate::node::{Node, node};
use crate::topic::title;
use millrace_view::{DroppedMark, Rect, SILENCE_STEP, Target, TaskClock, WindowBar, WindowBoard, WindowRow};
use millrace_words::picture as say;

/// How wide a time below the plot is.
const TICK: f32 = 50.0;

/// The board.
pub fn board(board: &WindowBoard) -> Node {
    let results = say::results(board.results);
    let subtitle = format!("{} · {results}", board.subtitle);
    let target = second(&Target::Streams(board.app.clone()), "board");
    g("board")
        .key(board.app.to_string())
        .is("role", "group")
        .set("aria-label", say::windows_of(&board.app))
        .set("data-board", board.app.to_string())
        .child(title(board.rect, &board.title, "name mono", &subtitle, target))
        .child(ground(board))
        .child(g("rows").children(board.rows.iter().map(row).collect()))
        .child(clocks(&board.tasks, board.plot))
        .children(board.dropped.iter().map(|mark| dropped(mark, board.plot)).collect())
        .maybe(silence(board))
}

/// The plot, its ticks and the rows' keys.
fn ground(board: &WindowBoard) -> Node {
    let plot = board.plot;
    let end = plot.y + plot.h;
    let mut ground = g("ground").child(boxed("trough", plot, "10"));
    for tick in &board.ticks {
        // At the right end of the narrowest stage half of it would hang out.
        let right = plot.x + plot.w + 14.0;
        let (class, x) = if tick.x + TICK / 2.0 > right { ("tick end", right) } else { ("tick", tick.x) };
        ground = ground
            .child(stroke("grid", format!("M{} {}V{}", px(tick.x), px(plot.y), px(end))))
            .child(text(class, x, end + 16.0, tick.text.clone()));
    }
    for row in &board.rows {
        ground = ground.child(text(
            "row-name",
            plot.x - 12.0,
            row.y + row.h / 2.0 + 4.0,
            fit_mono(&row.key, 112.0),
        ));
    }
    ground.maybe(board.more.clone().map(|more| text("more", plot.x, end + 34.0, more)))
}

fn row(row: &WindowRow) -> Node {
    node("g")
        .key(row.key.to_string())
        .set("class", format!("hue-{}", row.hue))
        .children(row.bars.iter().map(bar).collect())
}

/// What a window's state is called.
pub fn bar_state(bar: &WindowBar) -> (&'static str, &'static str) {
    if bar.is_closed { ("closed", say::final_word()) } else { ("open", say::open()) }
}

fn bar(bar: &WindowBar) -> Node {
    let Rect { x, y, w, h } = bar.rect;
    let (state, word) = bar_state(bar);
    let start = match &bar.target {
        Target::Window(_, _, start) => start.0,
        _ => 0,
    };
    let room = w - 20.0;
    let count = fit_mono(&bar.value, room);
    let is_said = room - count.chars().count() as f32 * 9.0 > 36.0;
    let (class, down) = if h < 24.0 { ("count small", 4.0) } else { ("count", 5.0) };
    let line =
        node("text").is("aria-hidden", "true").is("class", class).is("x", "10").set("y", px(h / 2.0 + down));
    // What an open session would still take in: a thread from its end as far as its gap reaches.
    let reach = bar.reach.map(|reach| {
        let (from, to, y) = (px(w), px(reach - x), px(h / 2.0));
        stroke("reach", format!("M{from} {y}H{to}m0-5v10"))
    });
    let pane = node("rect").is("class", "pane").set("width", px(w)).set("height", px(h)).is("rx", "6");
    node("g")
        .key(start.to_string())
        .set("class", format!("window is-{state}"))
        .set("style", at(x, y))
        .set("data-target", key(&bar.target))
        .set("data-window", start.to_string())
        .is("data-state", state)
        .set("data-value", bar.value.clone())
        .maybe(reach)
        .child(pane.button(bar.label.clone()))
        .child(
            line.child(node("tspan").text(count)).maybe(
                is_said.then(|| node("tspan").is("class", "word").is("dx", "7").text(word.to_owned())),
            ),
        )
}

/// The line of stream time, one for each task, and what its grace still admits. One line has its label beside it;
/// several have theirs at the right side, where no window stands yet.
fn clocks(tasks: &[TaskClock], plot: Rect) -> Node {
    let is_one = tasks.len() == 1;
    let right = plot.x + plot.w - 8.0;
    let legend = (tasks.len() > 1)
        .then(|| text("tick end", right, plot.y + 16.0, say::stream_time_by_task().to_owned()));
    let clock = |task: &TaskClock| {
        let x = task.x?;
        let top = if is_one { plot.y } else { task.y + 2.0 };
        let from = task.grace_x.unwrap_or(x);
        let line = node("path").is("class", "line").set("style", at(x, top));
        let drawn = g("stream-time")
            .key(task.task.clone())
            .set("data-task", task.task.clone())
            .set("data-stream-time", task.text.clone())
            .child(tip(say::stream_time_of_task(&task.task, &task.text)))
            .child(boxed("grace", Rect { x: from, y: task.y, w: (x - from).max(0.0), h: task.h }, "0"))
            .child(line.set("d", format!("M0 0V{}", px(task.y + task.h - 2.0 - top))));
        Some(if is_one {
            let says = say::stream_time(&task.text);
            let is_right = x + says.chars().count() as f32 * 6.8 + 12.0 > right;
            let (class, x) = if is_right { ("clock-text end", x - 8.0) } else { ("clock-text", x + 8.0) };
            drawn.child(text(class, x, plot.y + 16.0, says))
        } else {
            let middle = task.y + task.h / 2.0;
            drawn.child(text("clock-task", right, middle - 2.0, task.task.clone())).child(text(
                "clock-text end",
                right,
                middle + 11.0,
                task.text.clone(),
            ))
        })
    };
    g("clocks").maybe(legend).children(tasks.iter().filter_map(clock).collect())
}

/// A record that came too late: where it fell, and why.
fn dropped(mark: &DroppedMark, plot: Rect) -> Node {
    let DroppedMark { target, x, y, h, letter, hue, reason } = mark;
    let end = plot.y + plot.h;
    node("g")
        .key(key(target))
        .set("class", format!("dropped hue-{hue}"))
        .set("data-target", key(target))
        .is("data-dropped", "")
        .child(tip(reason.clone()))
        .child(stroke("fall", format!("M{} {}v9", px(*x), px(end - 22.0))))
        .child(stroke("notch", format!("M{} {}l6 6m0-6l-6 6", px(x - 3.0), px(end - 10.0))))
        .child(hit(plot.x - 4.0, y - h / 2.0, plot.w, *h))
        .child(boxed("tile", Rect { x: plot.x, y: y - 9.0, w: 18.0, h: 18.0 }, "4").button(reason.clone()))
        .child(text("letter", plot.x + 9.0, y + 4.0, letter.clone()))
        .child(text("reason", plot.x + 26.0, y + 4.0, fit(reason, plot.w - 26.0)))
}

/// Why nothing comes out right now.
fn silence(board: &WindowBoard) -> Option<Node> {
    let (plot, y) = (board.plot, board.silence_y);
    let line = |(n, line): (usize, &String)| {
        text("reason", plot.x + 26.0, y + n as f32 * SILENCE_STEP, line.clone())
    };
    let clock = g("clock")
        .set("transform", moved(plot.x + 9.0, y - 4.0))
        .child(node("circle").is("class", "face").is("r", "7"))
        .child(node("path").is("class", "tip").is("d", "M0-3.5V0l2.5 1.5"));
    let drawn = g("silence").is("data-silence", "").child(clock);
    (!board.silence_lines.is_empty())
        .then(|| drawn.children(board.silence_lines.iter().enumerate().map(line).collect()))
}
