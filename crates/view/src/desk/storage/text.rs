//! Both as text, for tests and for whoever cannot see them.

use super::bytes::BatchBytes;
use super::shelf::Shelf;
use std::fmt::Write;

/// A line for each field: place, name, value.
pub fn of_bytes(bytes: &BatchBytes) -> String {
    let mut out = String::new();
    // Writing to a String cannot fail.
    let _ =
        writeln!(out, "{} @{} · {} bytes · {}", bytes.partition, bytes.base_offset, bytes.size, bytes.detail);
    for field in &bytes.fields {
        let record = field.record.map_or_else(String::new, |n| format!("#{n} "));
        let _ = writeln!(out, "{:>3} {record}{} {}", field.range.start, field.name, field.value);
    }
    let _ = writeln!(out, "{}", bytes.crc.says);
    if let Some(problem) = &bytes.problem {
        let _ = writeln!(out, "{problem}");
    }
    out
}

/// A line for each segment, then retention, the cleaner, and the steps of the lookup.
pub fn of_shelf(shelf: &Shelf) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "{} · {}", shelf.partition, shelf.detail);
    for segment in &shelf.segments {
        let files: Vec<String> =
            segment.files.iter().map(|file| format!(".{} {}", file.kind, file.size)).collect();
        let active = if segment.is_active { " active" } else { "" };
        let fate = segment.fate.as_ref().map_or_else(String::new, |fate| format!(" · {fate}"));
        let _ = writeln!(out, "{}{active} · {} · {}{fate}", segment.name, files.join(" "), segment.detail);
    }
    let _ = writeln!(out, "{}", shelf.retention);
    if let Some(cleaning) = &shelf.cleaning {
        let _ = writeln!(out, "{} · {}", cleaning.detail, cleaning.verdict);
        let before: Vec<&str> = cleaning.records.iter().map(|record| record.letter.as_str()).collect();
        let after =
            cleaning.records.iter().map(|record| if record.stays { record.letter.as_str() } else { "_" });
        let _ = writeln!(out, "{} → {} · {}", before.concat(), after.collect::<String>(), cleaning.outcome);
        let keys = cleaning.keys.iter().map(|of| format!("{} @{} ({})", of.key, of.offset, of.takes));
        let _ = writeln!(out, "{} · {}", cleaning.reach, keys.collect::<Vec<_>>().join(", "));
    }
    for table in &shelf.tables {
        let rows: Vec<String> = table.rows.iter().map(|row| row.join(" ")).collect();
        let more = if table.more > 0 { format!(" + {}", table.more) } else { String::new() };
        let _ = writeln!(out, ".{} {} · {}{more}", table.kind, table.columns.join(" "), rows.join(" · "));
    }
    for step in &shelf.lookup.steps {
        let _ = writeln!(out, "{}", step.says);
    }
    out
}
