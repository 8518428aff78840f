//! Small pieces of text that the picture and the sentences share.

use millrace_model::{Bytes, Offset, Span, Time, Timestamp, TopicPartition};
use millrace_sim::Gauge;
use millrace_words::stage as say;

/// Characters of a value or message that are shown before it is cut.
const SHOWN: usize = 120;

/// `1 record`, `3 records`.
pub fn many(n: impl TryInto<u64>, noun: &str) -> String {
    counted(n.try_into().unwrap_or(u64::MAX), noun)
}

fn counted(n: u64, noun: &str) -> String {
    match noun {
        "attempt" => say::attempts(n),
        "byte" => say::bytes(n),
        "call" => say::calls(n),
        "delta" => say::deltas(n),
        "failure rule" => say::rules(n),
        "key" => say::keys(n),
        "letter" => say::letters(n),
        "member" => say::members(n),
        "partition" => say::partitions(n),
        "partner" => say::partners(n),
        "probe" => say::probes(n),
        "record" => say::records(n),
        "result" => say::results(n),
        "round" => say::rounds(n),
        "row" => say::rows(n),
        "task" => say::tasks(n),
        "time" => say::times(n),
        // What has no word of its own is said as it is, in any language.
        other => [&*n.to_string(), " ", other].concat(),
    }
}

/// A clock face without `.000`: `12:00:31`, `12:00:31.204`.
pub fn clock(at: Timestamp) -> String {
    let text = at.to_string();
    text.strip_suffix(".000").map(str::to_owned).unwrap_or(text)
}

/// The same for virtual time.
pub fn time(at: Time) -> String {
    clock(at.timestamp())
}

/// `5 ms`, `45 s`, `1.5 s`, `5 min`: for reading, where `Span`'s own form is for scripts.
pub fn span(span: Span) -> String {
    let us = span.0;
    let part = |unit: u64, name: &str| match (us / unit, us % unit * 10 / unit) {
        (whole, 0) => format!("{whole} {name}"),
        (whole, tenth) => format!("{whole}.{tenth} {name}"),
    };
    match us {
        0 => "0 ms".to_owned(),
        1..1_000 => format!("{us} µs"),
        1_000..1_000_000 => part(1_000, "ms"),
        1_000_000..120_000_000 => part(1_000_000, "s"),
        120_000_000..7_200_000_000 => part(60_000_000, "min"),
        _ => part(3_600_000_000, "h"),
    }
}

/// A window length or a delay in milliseconds.
pub fn millis(ms: i64) -> String {
    span(Span::from_millis(u64::try_from(ms).unwrap_or(0)))
}

/// Bytes as a reader sees them: text, or what they are if they are none.
pub fn bytes(bytes: Option<&Bytes>) -> String {
    let Some(bytes) = bytes else { return "null".to_owned() };
    match std::str::from_utf8(bytes) {
        Ok(text) if !text.chars().any(|c| c.is_control() && c != '\n' && c != '\t') => cut(text),
        _ => {
            let hex: String = bytes.iter().take(16).map(|byte| format!("{byte:02x} ")).collect();
            let more = if bytes.len() > 16 { "…" } else { "" };
            say::bytes_shown(&hex.trim_end(), &more, &many(bytes.len(), "byte"))
        }
    }
}

/// A text without the random parts of member ids: `c1-50764704-b3a1-410a-94ec-2f595edcfe52` becomes `c1`.
pub fn without_uuids(text: &str) -> String {
    const GROUPS: [usize; 5] = [8, 4, 4, 4, 12];
    let uuid_after = |rest: &str| {
        let mut at = 0;
        for length in GROUPS {
            let part = rest.get(at..at + length + 1)?;
            let is_one = part.starts_with('-') && part.bytes().skip(1).all(|b| b.is_ascii_hexdigit());
            at = is_one.then_some(at + length + 1)?;
        }
        Some(at)
    };
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(dash) = rest.find('-') {
        let (before, from) = rest.split_at(dash);
        out.push_str(before);
        match uuid_after(from) {
            Some(length) => rest = from.get(length..).unwrap_or_default(),
            None => {
                out.push('-');
                rest = from.get(1..).unwrap_or_default();
            }
        }
    }
    out.push_str(rest);
    out
}

/// A key in a sentence: `carol`, `a null key`.
pub fn key(key: Option<&Bytes>) -> String {
    key.map_or_else(|| say::a_null_key().to_owned(), |key| bytes(Some(key)))
}

/// A text that is not longer than a line or two.
pub fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        Some((at, _)) => format!("{}…", text.get(..at).unwrap_or(text)),
        None => text.to_owned(),
    }
}

/// `orders-2 @5`.
pub fn place(tp: &TopicPartition, offset: Offset) -> String {
    format!("{tp} @{offset}")
}

/// `P0`.
pub fn partition(tp: &TopicPartition) -> String {
    format!("P{}", tp.partition)
}

/// `a`, `a and b`, `a, b and c`; beyond `limit` the rest is counted.
pub fn list(items: impl IntoIterator<Item = String>, limit: usize) -> String {
    let items: Vec<String> = items.into_iter().collect();
    let shown = items.get(..limit.min(items.len())).unwrap_or(&items);
    if items.len() > limit {
        return say::and_more(&shown.join(", "), &(items.len() - limit));
    }
    match shown.split_last() {
        None => say::nothing().to_owned(),
        Some((only, [])) => only.clone(),
        Some((last, rest)) => say::and(&rest.join(", "), &last),
    }
}

/// `orders-0, 1 and 2`: partitions, shortened where they share the topic.
pub fn partitions<'a>(tps: impl IntoIterator<Item = &'a TopicPartition>) -> String {
    list(tps.into_iter().map(ToString::to_string), 6)
}

/// An alarm that began or ceased to fire: `alarm late fires: lag of billing is 31, above 30`.
pub fn alarm(alarm: &millrace_sim::Alarm) -> String {
    let millrace_sim::Alarm { rule, value, is_firing } = alarm;
    let unit = match rule.gauge {
        Gauge::Letters | Gauge::Lag => "",
        Gauge::LetterAge => " s",
        Gauge::ErrorRate => " %",
    };
    let shown = |value: u64| [&*value.to_string(), unit].concat();
    let what = say::gauge_is(&rule.gauge.name(), &rule.group, &shown(*value));
    match is_firing {
        true => say::alarm_fires(&rule.name, &what, &shown(rule.above)),
        false => say::alarm_is_over(&rule.name, &what),
    }
}

/// The sentence for a world whose time has stopped.
pub fn halt_sentence(halt: millrace_sim::Halt) -> String {
    match halt {
        millrace_sim::Halt::StepLimit => {
            say::time_has_stopped_this_history(&millrace_sim::limits::STEPS_PER_BRANCH)
        }
        millrace_sim::Halt::Livelock => {
            say::time_has_stopped_steps_happened(&millrace_sim::limits::STEPS_PER_INSTANT)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_read_well() {
        let shown =
            [0, 7, 5_000, 1_500, 45_000_000, 1_500_000, 300_000_000, 7_200_000_000].map(|us| span(Span(us)));
        assert_eq!(shown, ["0 ms", "7 µs", "5 ms", "1.5 ms", "45 s", "1.5 s", "5 min", "2 h"]);
    }

    #[test]
    fn random_parts_of_member_ids_are_left_out() {
        let told = "Adding new member c1-retry-0-50764704-b3a1-410a-94ec-2f595edcfe52 with id null-";
        assert_eq!(without_uuids(told), "Adding new member c1-retry-0 with id null-");
        assert_eq!(without_uuids("orders-1-50764704-b3a1"), "orders-1-50764704-b3a1");
    }

    #[test]
    fn lists_are_cut_with_a_count() {
        let of = |n: usize| list((0..n).map(|i| i.to_string()), 3);
        assert_eq!([0, 1, 2, 3, 5].map(of), ["nothing", "0", "0 and 1", "0, 1 and 2", "0, 1, 2 and 2 more"]);
    }

    #[test]
    fn bytes_that_are_no_text_are_shown_as_hex() {
        let shown = |b: &[u8]| bytes(Some(&b.into()));
        assert_eq!(shown(b"{\"a\": 1}"), "{\"a\": 1}");
        assert_eq!(shown(&[0xff, 0]), "ff 00 (2 bytes)");
        assert_eq!(bytes(None), "null");
    }
}
