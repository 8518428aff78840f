//! Patterns at work ([`Pattern`]). A key's state is one row of JSON in the processor's store:
//!
//! | pattern | row |
//! |---|---|
//! | sequence | `{"seen":[[1000,1],[2000,1,2]]}`: timestamps, and which steps each record fits |
//! | absence | `{"last":1000}`, and `"absent":true` once told |
//! | threshold | `{"since":1000}`, and `"raised":true` once raised |

use super::DropReason;
use super::pass::{Flowing, Pass};
use crate::data::{Key, Value};
use crate::limits;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::pattern::{Pattern, PatternStep};
use crate::topology::processor::PunctuationType;
use crate::topology::{NodeId, StoreId};
use millrace_expr::{EvalError, json};
use millrace_model::Timestamp;

/// A record that fits at least one step: its timestamp, and the steps' numbers from 1.
type Seen = (i64, Vec<i64>);

/// Where a pattern is at work.
#[derive(Clone, Copy)]
pub(super) struct Place<'a> {
    pub node: NodeId,
    pub store: StoreId,
    pub context: &'a Context,
}

impl Pass<'_> {
    /// A record reaches a pattern.
    pub(super) fn detect(
        &mut self,
        place: Place<'_>,
        pattern: &Pattern,
        record: Flowing,
    ) -> Result<(), EvalError> {
        let Flowing { key, new, timestamp, .. } = record;
        // `ProcessingContext.currentStreamTimeMs`.
        let stream_time = self.stream_time();
        let Some(key) = key else {
            self.drop(place.node, timestamp, place.context, DropReason::NullKey);
            return Ok(());
        };
        let scene = Scene { key: Some(&key), value: new.as_ref(), timestamp, context: place.context };
        match pattern {
            Pattern::Sequence { steps, grace_ms, .. } => {
                let mut fits = Vec::new();
                for (step, number) in steps.iter().zip(1..) {
                    if step.what.test(&scene)? {
                        fits.push(number);
                    }
                }
                if fits.is_empty() {
                    return Ok(());
                }
                if timestamp < stream_time.saturating_sub(*grace_ms) {
                    let (stream_time, grace_ms) = (Timestamp(stream_time), *grace_ms);
                    let reason = DropReason::LateForPattern { stream_time, grace_ms };
                    self.drop(place.node, timestamp, place.context, reason);
                    return Ok(());
                }
                let mut seen = self.seen(place.store, &key);
                let at = seen.partition_point(|(time, _)| *time <= timestamp);
                seen.insert(at, (timestamp, fits));
                self.settle_sequences(place, pattern, &key, seen, stream_time);
            }
            Pattern::Absence { of, for_ms, time } => {
                let now = match time {
                    PunctuationType::StreamTime => timestamp,
                    PunctuationType::WallClockTime => self.task.wall_clock.map_or(0, |now| now.0),
                };
                if !of.test(&scene)? {
                    return Ok(());
                }
                let before = self.number(place.store, &key, "last");
                if let Some(last) = before
                    && last.saturating_add(*for_ms) < now
                    && !self.flag(place.store, &key, "absent")
                {
                    self.tell_absence(place, &key, last, *for_ms);
                }
                let last = before.map_or(now, |last| last.max(now));
                self.keep(place, &key, Some(row("last", last, None)), timestamp);
            }
            Pattern::Threshold { over, for_ms, until } => {
                let since = self.number(place.store, &key, "since");
                if self.flag(place.store, &key, "raised") {
                    if until.test(&scene)? {
                        self.keep(place, &key, None, timestamp);
                        self.tell(
                            place,
                            key,
                            &["{\"alert\":\"cleared\",\"at\":", &text(timestamp), "}"],
                            timestamp,
                        );
                    }
                } else if !over.test(&scene)? {
                    if since.is_some() {
                        self.keep(place, &key, None, timestamp);
                    }
                } else {
                    let since = since.map_or(timestamp, |since| since.min(timestamp));
                    let raised = timestamp.saturating_sub(since) >= *for_ms;
                    let new = row("since", since, raised.then_some("raised"));
                    self.keep(place, &key, Some(new), timestamp);
                    if raised {
                        let parts = [
                            "{\"alert\":\"raised\",\"since\":",
                            &text(since),
                            ",\"at\":",
                            &text(timestamp),
                            "}",
                        ];
                        self.tell(place, key, &parts, timestamp);
                    }
                }
            }
        }
        Ok(())
    }

    /// Time has moved for a pattern that waits for it.
    pub(super) fn detect_in_time(&mut self, place: Place<'_>, pattern: &Pattern, now: i64) {
        for (key, _) in self.stored_rows(place.store) {
            match pattern {
                Pattern::Sequence { .. } => {
                    let seen = self.seen(place.store, &key);
                    self.settle_sequences(place, pattern, &key, seen, now);
                }
                Pattern::Absence { for_ms, .. } => {
                    let Some(last) = self.number(place.store, &key, "last") else { continue };
                    if last.saturating_add(*for_ms) <= now && !self.flag(place.store, &key, "absent") {
                        self.tell_absence(place, &key, last, *for_ms);
                        let told = row("last", last, Some("absent"));
                        self.keep(place, &key, Some(told), last.saturating_add(*for_ms));
                    }
                }
                Pattern::Threshold { .. } => {}
            }
        }
    }

    /// Looks for sequences among the records that nothing can come before any more, and keeps what may still count.
    fn settle_sequences(
        &mut self,
        place: Place<'_>,
        pattern: &Pattern,
        key: &Key,
        mut seen: Vec<Seen>,
        stream_time: i64,
    ) {
        let Pattern::Sequence { steps, within_ms, grace_ms } = pattern else { return };
        let before = write(&self.seen(place.store, key));
        let settled_from = stream_time.saturating_sub(*grace_ms);
        let settled = |time: i64| if *grace_ms == 0 { true } else { time < settled_from };
        let mut last = 0;
        while seen.get(last).is_some_and(|(time, _)| settled(*time)) {
            match chain(&seen, last, steps, *within_ms) {
                None => last += 1,
                Some(times) => {
                    let (from, to) =
                        (times.first().copied().unwrap_or(0), times.last().copied().unwrap_or(0));
                    let list: Vec<String> = times.iter().map(|time| text(*time)).collect();
                    let parts = [
                        "{\"from\":",
                        &text(from),
                        ",\"to\":",
                        &text(to),
                        ",\"events\":[",
                        &list.join(","),
                        "]}",
                    ];
                    self.tell(place, key.clone(), &parts, to);
                    seen.drain(..=last);
                    last = 0;
                }
            }
        }
        seen.retain(|(time, _)| time.saturating_add(*within_ms) >= settled_from);
        let more = seen.len().saturating_sub(limits::PATTERN_RECORDS);
        seen.drain(..more);
        let after = write(&seen);
        if before != after {
            self.keep(place, key, after.map(Value::text), stream_time);
        }
    }

    fn tell_absence(&mut self, place: Place<'_>, key: &Key, last: i64, for_ms: i64) {
        let at = last.saturating_add(for_ms);
        self.tell(place, key.clone(), &["{\"last\":", &text(last), ",\"absent\":", &text(at), "}"], at);
    }

    fn tell(&mut self, place: Place<'_>, key: Key, parts: &[&str], timestamp: i64) {
        let new = Some(Value::text(parts.concat()));
        self.forward(place.node, Flowing { key: Some(key), new, old: None, timestamp }, place.context);
    }

    fn keep(&mut self, place: Place<'_>, key: &Key, new: Option<Value>, timestamp: i64) {
        let old = self.stored_row(place.store, key).map(|(value, _)| value);
        self.put(place.node, place.store, key.clone(), (old, new), timestamp, place.context);
    }

    /// A key's row.
    fn state(&self, store: StoreId, key: &Key) -> Option<millrace_expr::Value> {
        let (value, _) = self.stored_row(store, key)?;
        json::parse(&value.to_text()).ok()
    }

    fn member(&self, store: StoreId, key: &Key, name: &str) -> Option<millrace_expr::Value> {
        match self.state(store, key)? {
            millrace_expr::Value::Map(map) => map.get(name).cloned(),
            _ => None,
        }
    }

    fn number(&self, store: StoreId, key: &Key, name: &str) -> Option<i64> {
        self.member(store, key, name)?.as_number()?.to_i64()
    }

    fn flag(&self, store: StoreId, key: &Key, name: &str) -> bool {
        self.member(store, key, name) == Some(millrace_expr::Value::Bool(true))
    }

    fn seen(&self, store: StoreId, key: &Key) -> Vec<Seen> {
        let Some(millrace_expr::Value::List(rows)) = self.member(store, key, "seen") else {
            return Vec::new();
        };
        let read = |row: &millrace_expr::Value| {
            let millrace_expr::Value::List(numbers) = row else { return None };
            let mut numbers = numbers.iter().filter_map(|n| n.as_number()?.to_i64());
            Some((numbers.next()?, numbers.collect()))
        };
        rows.iter().filter_map(read).collect()
    }
}

fn text(n: i64) -> String {
    n.to_string()
}

/// `{"name":1,"flag":true}`.
fn row(name: &str, n: i64, flag: Option<&str>) -> Value {
    let mut out = ["{\"", name, "\":", &text(n)].concat();
    if let Some(flag) = flag {
        out.push_str(",\"");
        out.push_str(flag);
        out.push_str("\":true");
    }
    out.push('}');
    Value::text(out)
}

/// A sequence's row; `None` if there is nothing to keep.
fn write(seen: &[Seen]) -> Option<String> {
    if seen.is_empty() {
        return None;
    }
    let mut out = String::from("{\"seen\":[");
    for (at, (time, fits)) in seen.iter().enumerate() {
        out.push_str(if at == 0 { "[" } else { ",[" });
        out.push_str(&text(*time));
        for step in fits {
            out.push(',');
            out.push_str(&text(*step));
        }
        out.push(']');
    }
    out.push_str("]}");
    Some(out)
}

/// The timestamps of a sequence whose last record is that of `last`: backwards the latest that fits each step, which
/// begins as late as any can; `None` if that is too early, or there is none.
fn chain(seen: &[Seen], last: usize, steps: &[PatternStep], within_ms: i64) -> Option<Vec<i64>> {
    let mut wanted = steps.iter().enumerate().rev().flat_map(|(at, step)| {
        let number = i64::try_from(at).unwrap_or(i64::MAX).saturating_add(1);
        std::iter::repeat_n(number, usize::try_from(step.times).unwrap_or(usize::MAX))
    });
    let mut next = wanted.next();
    let mut times = Vec::new();
    let (to, fits) = seen.get(last)?;
    if !fits.contains(&next?) {
        return None;
    }
    for (time, fits) in seen.get(..=last)?.iter().rev() {
        let Some(step) = next else { break };
        if to.saturating_sub(*time) > within_ms {
            return None;
        }
        if fits.contains(&step) {
            times.push(*time);
            next = wanted.next();
        }
    }
    if next.is_some() {
        return None;
    }
    times.reverse();
    Some(times)
}
