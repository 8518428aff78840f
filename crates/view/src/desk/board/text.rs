//! The board as text, for tests and for whoever cannot see it.
//!
//! ```text
//! shop-1 [Ongoing] coordinator broker 0 · producer id 0, epoch 0 · open for 1 s of 60 s · will mark orders-0
//!   shop: IN_TRANSACTION (producer commit shop; producer abort shop; producer crash shop)
//! orders-0 a✓|bc
//!   shop-1 0..1 committed
//!   shop-1 2.. open
//!   audit/a1 @2 read_committed · waits
//! ```
//! `|` is the last stable offset where readers are held back by it; `✓` and `✗` are markers.

use super::{Board, Lane, Outcome};
use std::fmt::Write;

/// See the module.
pub fn picture(board: &Board) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    for txn in &board.transactions {
        let _ = write!(out, "{} [{}] {}", txn.id, txn.state, txn.producer);
        if let Some(age) = &txn.age {
            let _ = write!(out, " · {age}");
        }
        if !txn.partitions.is_empty() {
            let all: Vec<String> = txn.partitions.iter().map(ToString::to_string).collect();
            let _ = write!(out, " · will mark {}", all.join(", "));
        }
        out.push('\n');
        for client in &txn.clients {
            let deeds: Vec<&str> = client.deeds.iter().map(|deed| deed.line.as_str()).collect();
            let deeds = if deeds.is_empty() { String::new() } else { format!(" ({})", deeds.join("; ")) };
            let _ = writeln!(out, "  {}: {}{deeds}", client.name, client.word);
        }
        if let Some(note) = &txn.note {
            let _ = writeln!(out, "  {note}");
        }
    }
    for hanging in &board.hanging {
        let line = hanging.deed.as_ref().map_or("", |deed| &deed.line);
        let _ = writeln!(out, "{} ({line})", hanging.says);
    }
    for lane in &board.lanes {
        of_lane(&mut out, lane);
    }
    if let Some(more) = &board.more {
        let _ = writeln!(out, "{more}");
    }
    out
}

fn of_lane(out: &mut String, lane: &Lane) {
    let _ = write!(out, "{} ", lane.tp);
    for cell in &lane.cells {
        if lane.veil.is_some() && cell.offset == lane.last_stable_offset {
            out.push('|');
        }
        out.push_str(&cell.letter);
    }
    let _ = writeln!(out, " · {}", lane.detail);
    for span in &lane.spans {
        let last = span.last.map_or_else(String::new, |last| last.to_string());
        let outcome = match (span.outcome, span.hangs) {
            (Outcome::Open, true) => "hangs",
            (Outcome::Open, false) => "open",
            (Outcome::Committed, _) => "committed",
            (Outcome::Aborted, _) => "aborted",
        };
        let _ = writeln!(out, "  {} {}..{last} {outcome}", span.name, span.first);
    }
    for reader in &lane.readers {
        let _ = writeln!(out, "  {} @{} {}", reader.name, reader.position, reader.word);
    }
}
