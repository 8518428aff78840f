//! The rooms as text, for tests and for whoever cannot see them.
//!
//! ```text
//! controller · its log ends at 21 · 3 of 3 brokers take part
//! orders-0: leader 1 · leader epoch 0 · in sync 1, 2, 3 · high watermark 2
//! broker-1 [running] broker epoch 3 · leads 1 of 1
//!   orders-0 (leader) ab|c
//! broker-2 [running] broker epoch 4 · leads 0 of 1
//!   orders-0 (follower · 1 behind) a'b|_
//! ```
//! `(…)` is a ring: in sync; without it: `<…>`. `|` is the high watermark, `'` what the replica knows of it where that is
//! less, `_` a record that the leader has more, `†…` what was taken back.

use super::{Replica, Rooms, Shared};
use millrace_model::Offset;
use std::fmt::Write;

/// See the module.
pub fn picture(rooms: &Rooms) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ = writeln!(out, "{}", rooms.controller);
    if let Some(quorum) = &rooms.quorum {
        let seats: Vec<String> =
            quorum.seats.iter().map(|seat| format!("{} [{}]", seat.name, seat.word)).collect();
        let _ = writeln!(out, "{}\n{}", quorum.line, seats.join(" "));
    }
    for of in &rooms.partitions {
        let _ =
            write!(out, "{}: {} · {} · high watermark {}", of.tp, of.title, of.in_sync, of.high_watermark);
        for ack in &of.acks {
            let has = |has: bool| if has { "+" } else { "-" };
            let all: Vec<String> = ack.has.iter().map(|(id, it)| format!("{id}{}", has(*it))).collect();
            let _ = write!(out, " · waits for {} ({})", ack.required, all.join(" "));
        }
        out.push('\n');
    }
    for room in &rooms.rooms {
        let rack = room.rack.as_ref().map_or_else(String::new, |rack| format!(" {rack}"));
        let _ = writeln!(out, "{}{rack} [{}] {}", room.name, room.state.word(), room.detail);
        for replica in &room.replicas {
            let of = rooms.partitions.iter().find(|of| of.tp == replica.tp);
            let _ = writeln!(out, "  {}", of.map_or_else(String::new, |of| line(of, replica)));
        }
    }
    if let Some(more) = &rooms.more {
        let _ = writeln!(out, "{more}");
    }
    out
}

fn line(of: &Shared, replica: &Replica) -> String {
    let (open, close) = if replica.is_in_sync { ('(', ')') } else { ('<', '>') };
    let mut out = format!("{} {open}{}{close} ", replica.tp, replica.word);
    let end = of.leader_end.unwrap_or(replica.range.1).max(replica.range.1);
    for offset in of.first.0..=end.0 {
        let offset = Offset(offset);
        if offset == replica.known_watermark && offset != of.high_watermark {
            out.push('\'');
        }
        if offset == of.high_watermark {
            out.push('|');
        }
        match replica.records.iter().find(|record| record.offset == offset) {
            Some(record) => out.push_str(&record.letter),
            None if offset < end => out.push('_'),
            None => {}
        }
    }
    if !replica.fallen.is_empty() {
        let fallen: Vec<&str> = replica.fallen.iter().map(|fallen| fallen.letter.as_str()).collect();
        let _ = write!(out, " †{}", fallen.concat());
    }
    out
}
