//! The picture as text: for tests, for the console, and for whoever cannot see it.

use crate::scene::{Cell, CellState, GroupBlock, Lane, RetryChain, Scene, Viewport, WindowBoard};
use crate::sentence::{Names, sentence};
use crate::words;
use millrace_sim::{Entry, World};
use std::fmt::Write;

/// The width of the stage that is told: so many records of a lane fit.
const STAGE: Viewport = Viewport { width: 1_000.0, is_touch: false };

/// One line for an entry of the trace: `12:00:31.204  c2 fetched orders-2 from offset 5: 3 records`. `None` for hum.
pub fn line(entry: &Entry, world: &World) -> Option<String> {
    let sentence = sentence(entry, &Names::of(world))?;
    Some(format!("{}  {}", entry.at, sentence.text))
}

/// The whole picture.
///
/// Records are letters with a mark for what the group in focus makes of them: `a` not read, `a~` fetched, `a*` in work,
/// `a-` processed, `a.` committed, `a!` failed, `a?` waiting, `ax` dead letter. `|` is the high watermark.
pub fn world(world: &World) -> String {
    picture(&crate::scene(world, STAGE))
}

/// A scene as text; see [`world()`].
pub fn picture(scene: &Scene) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{} · step {}", scene.clock.now, scene.clock.step);
    for producer in &scene.producers {
        let _ = write!(out, "{}: {} · {}", producer.name, producer.rate, producer.settings);
        let _ = match producer.buffered {
            0 => writeln!(out),
            n => writeln!(out, " · {} not acknowledged", words::many(n, "record")),
        };
    }
    for topic in &scene.topics {
        let _ = writeln!(out, "{}: {}", topic.name, topic.subtitle);
        topic.lanes.iter().for_each(|l| lane(&mut out, l));
        more(&mut out, topic.more.as_ref());
    }
    for block in &scene.groups {
        group(&mut out, block);
    }
    for chain in &scene.retries {
        retries(&mut out, chain);
    }
    for b in &scene.boards {
        board(&mut out, b);
    }
    if !scene.tokens.is_empty() {
        let tokens = scene.tokens.iter().map(|token| match token.records {
            0 => format!("{:?}", token.kind),
            n => format!("{:?} {}×{n}", token.kind, token.letter),
        });
        let _ = writeln!(out, "on the way: {}", words::list(tokens, 12));
    }
    more(&mut out, scene.more.as_ref());
    out
}

fn more(out: &mut String, text: Option<&String>) {
    if let Some(text) = text {
        let _ = writeln!(out, "  {text}");
    }
}

fn lane(out: &mut String, lane: &Lane) {
    let _ = write!(out, "  {} ", lane.label);
    if lane.earlier > 0 {
        let _ = write!(out, "…{} ", lane.earlier);
    }
    if lane.unknown > 0 {
        let _ = write!(out, "({} imported, contents unknown) ", lane.unknown);
    }
    for cell in &lane.cells {
        let _ = write!(out, "{} ", tile(cell));
    }
    let _ = write!(out, "|{}", lane.high_watermark);
    for mark in &lane.marks {
        let offset =
            |offset: Option<millrace_model::Offset>| offset.map_or("-".to_owned(), |o| o.to_string());
        let (committed, position) = (offset(mark.committed), offset(mark.position));
        let _ = write!(out, "  {} committed {committed} position {position} lag {}", mark.group, mark.lag);
    }
    let _ = writeln!(out);
}

fn tile(cell: &Cell) -> String {
    let mark = match cell.state {
        CellState::New => "",
        CellState::Fetched => "~",
        CellState::Current => "*",
        CellState::Done => "-",
        CellState::Committed => ".",
        CellState::Failed => "!",
        CellState::Waiting => "?",
        CellState::Dead => "x",
    };
    format!("{}{mark}", cell.letter)
}

fn group(out: &mut String, group: &GroupBlock) {
    let _ = writeln!(out, "{}: {}", group.name, group.state);
    for member in &group.members {
        let chips: Vec<&str> = member.chips.iter().map(|chip| chip.text.as_str()).collect();
        let chips = if chips.is_empty() { "-".to_owned() } else { chips.join(" ") };
        let _ = write!(out, "  {} {chips} · {} · lag {}", member.name, member.status, member.lag);
        let _ = match &member.drain {
            Some(drain) => writeln!(out, " · {} until {}", drain.what, words::time(drain.until)),
            None => writeln!(out),
        };
    }
    more(out, group.more.as_ref());
}

fn retries(out: &mut String, chain: &RetryChain) {
    let _ = match &chain.title {
        Some(title) => writeln!(out, "{title}: {}", chain.subtitle),
        None => writeln!(out, "retries of {}: {}", chain.group, chain.subtitle),
    };
    for station in &chain.stations {
        let _ = write!(out, "  {} {} · {}", station.topic, station.subtitle, station.count);
        for cell in &station.cells {
            let _ = match &cell.wait {
                Some(wait) => write!(out, " {} {}", tile(cell), words::time(wait.until)),
                None => write!(out, " {}", tile(cell)),
            };
        }
        let _ = writeln!(out);
    }
}

fn board(out: &mut String, board: &WindowBoard) {
    let _ = writeln!(out, "{}: {} · {}", board.title, board.subtitle, words::many(board.results, "result"));
    for task in &board.tasks {
        let _ = writeln!(out, "  task {} stream time {}", task.task, task.text);
    }
    for row in &board.rows {
        let _ = write!(out, "  {}", row.key);
        for bar in &row.bars {
            let start = match &bar.target {
                crate::scene::Target::Window(_, _, start) => words::clock(*start),
                _ => String::new(),
            };
            let _ = match bar.is_closed {
                true => write!(out, " [{start} {}]", bar.value),
                false => write!(out, " ({start} {})", bar.value),
            };
        }
        let _ = writeln!(out);
    }
    more(out, board.more.as_ref());
    for dropped in &board.dropped {
        let _ = writeln!(out, "  dropped: {}", dropped.reason);
    }
    if let Some(silence) = &board.silence {
        let _ = writeln!(out, "  {silence}");
    }
}
