//! `cluster_*`: three real brokers and a controller, under kills, signals, restarts and elections.
//!
//! Each case is replayed in a world of three brokers ([`driver`]). Of every step three things are judged: the states that
//! the topic went through and when ([`watch`]), what became of what was sent, and what a reader or an administrator was
//! told. A step that two recordings disagree about may be as either of them.

mod action;
mod driver;
mod members;
mod watch;

use crate::vectors::field;
use action::Deed;
use driver::{Came, Driver};
use millrace_model::Span;
use serde_json::Value;
use std::collections::BTreeMap;
use watch::Moments;

/// How much later than in the recording a send may be over, beside what a new process of Java needs. While a broker stands
/// still, a request timeout more: whom a new producer asks first is chance.
const SLACK: Span = Span::from_millis(1_000);
/// And how much earlier or later, if it has failed by a timeout: `retry.backoff.ms` with its jitter, after which a producer asks
/// another broker if the first one is not there.
const TIMEOUT_SLACK: Span = Span::from_millis(250);

/// The values of the recording with ours: they were not told, so each of ours has to stand for one of theirs.
type Values = BTreeMap<String, String>;

/// How many worlds are tried where Kafka's own answer hangs on the hashes of random ids: which member of the consumer
/// protocol gets the odd partition.
const SEEDS: std::ops::RangeInclusive<u64> = 1..=8;

pub fn judge(input: &Value, expected: &Value) -> Result<(), String> {
    let first = judge_in(input, expected, *SEEDS.start());
    let is_random = members::is_consumer(expected);
    match first {
        Err(_) if is_random && SEEDS.skip(1).any(|seed| judge_in(input, expected, seed).is_ok()) => Ok(()),
        first => first,
    }
}

fn judge_in(input: &Value, expected: &Value, seed: u64) -> Result<(), String> {
    let list = |value, name| field(value, name).as_array().filter(|list: &&Vec<Value>| !list.is_empty());
    let (actions, steps) =
        list(input, "actions").zip(list(expected, "steps")).ok_or("not modelled: no actions")?;
    if actions.len() != steps.len() {
        return Err(format!("not modelled: {} actions with {} steps", actions.len(), steps.len()));
    }
    let mut driver = Driver::new(seed)?;
    let mut values = Values::new();
    // Where heartbeats and checks stand when the next action comes is chance, too.
    let shift = Span::from_millis(seed.wrapping_sub(1).wrapping_mul(37) % 500);
    for (number, (sentence, step)) in actions.iter().zip(steps).enumerate() {
        let sentence = sentence.as_str().unwrap_or_default();
        let other = other_run(expected, number);
        let judged = replay(&mut driver, sentence, step, other, &mut values);
        judged.map_err(|wrong| format!("step {number} ({sentence}): {wrong}"))?;
        if number == 0
            && let Some(coordinator) = members::killed(expected)
        {
            driver.begin_group(coordinator, members::is_consumer(expected))?;
        }
        driver.wait(shift);
    }
    Ok(())
}

/// The second recording of a step, if it went differently.
fn other_run(expected: &Value, number: usize) -> Option<&Value> {
    let runs = field(field(expected, "repeat"), "other_run_of_varied_steps");
    runs.get(number.to_string())
}

/// Does one action and judges what came of it.
fn replay(
    driver: &mut Driver,
    sentence: &str,
    step: &Value,
    other: Option<&Value>,
    values: &mut Values,
) -> Result<(), String> {
    let action = action::parse(sentence).ok_or("not modelled")?;
    driver.watch.begin_anew();
    let began = driver.now();
    let mut came = Came::Nothing;
    for deed in &action.deeds {
        match driver.act(deed, step)? {
            Came::Nothing => {}
            told => came = told,
        }
    }
    // The recording has looked on at least until its last event.
    let events = field(step, "events").as_array().into_iter().flatten();
    let last =
        events.filter_map(|event| field(event, "dt").as_u64()).max().map_or(Span::ZERO, Span::from_millis);
    let took = driver.now().since(began);
    driver.wait(action.stays.max(Span(last.0.saturating_sub(took.0))));
    let callbacks = driver.callbacks();
    let is_restart = action.deeds.iter().any(|deed| matches!(deed, Deed::Restart(_) | Deed::RestartKilled));
    let moments = if is_restart { Moments::NotLater } else { Moments::Alike };
    let slack = if driver.is_anybody_paused() { SLACK + driver::REQUEST_TIMEOUT } else { SLACK };
    let mut judge = |step: &Value| {
        watch::judge(&driver.watch, began, step, moments)?;
        members::judge(driver, &callbacks, step)?;
        compare(&came, step, slack, values)
    };
    let judged = judge(step);
    match other {
        Some(other) if judged.is_err() => judge(other),
        _ => judged,
    }
}

/// What became of a deed. What was sent may have taken so much longer than in the recording.
fn compare(came: &Came, step: &Value, longer: Span, values: &mut Values) -> Result<(), String> {
    let theirs = field(step, "result");
    match came {
        Came::Nothing if theirs.is_null() => Ok(()),
        Came::Nothing => Err(format!("not modelled: the result {theirs}")),
        Came::Sent(results, took) => {
            same(&Value::from(results.clone()), field(theirs, "results"))?;
            let ms = Span::from_millis(field(theirs, "ms").as_u64().ok_or("not modelled: no time")?);
            let has_failed = results.iter().all(Value::is_object);
            let slack = if has_failed { TIMEOUT_SLACK } else { longer };
            if *took > ms + slack || has_failed && *took + slack < ms {
                return Err(format!("took {took}, in Kafka {ms}"));
            }
            Ok(())
        }
        Came::Told(ours) if ours.get("records").is_some() => {
            same(field(ours, "end"), field(theirs, "end"))?;
            same_records(ours, theirs, values)
        }
        Came::Told(ours) if ours.get("state").is_some() => {
            same(field(ours, "state"), field(step, "state"))?;
            same(field(ours, "result"), theirs)
        }
        Came::Told(ours) => same(ours, theirs),
    }
}

fn same_records(ours: &Value, theirs: &Value, values: &mut Values) -> Result<(), String> {
    let list = |value: &Value| field(value, "records").as_array().cloned().unwrap_or_default();
    let is_same = |(ours, theirs): (&Value, &Value), values: &mut Values| {
        let text = |record: &Value| record.get(1).and_then(Value::as_str).unwrap_or_default().to_owned();
        let (our_text, their_text) = (text(ours), text(theirs));
        let is_taken = values.iter().any(|(known, own)| *own == our_text && *known != their_text);
        let known = values.entry(their_text).or_insert_with(|| our_text.clone());
        ours.get(0) == theirs.get(0) && *known == our_text && !is_taken
    };
    let (our_list, their_list) = (list(ours), list(theirs));
    let all = our_list.len() == their_list.len()
        && our_list.iter().zip(&their_list).all(|pair| is_same(pair, values));
    if all { Ok(()) } else { Err(format!("Kafka's {theirs}, ours {ours}")) }
}

/// Equal, but for numbers of milliseconds that the recording has left out.
fn same(ours: &Value, theirs: &Value) -> Result<(), String> {
    let text = |value: &Value| without_age(&value.to_string());
    if text(ours) == text(theirs) { Ok(()) } else { Err(format!("Kafka's {theirs}, ours {ours}")) }
}

/// `Expiring 1 record(s) for a-0:<n> ms has passed …`
fn without_age(text: &str) -> String {
    let mut out = String::new();
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(" record(s) for a-0:") {
        let age = after.trim_start_matches(|c: char| c.is_ascii_digit());
        out.push_str(before);
        out.push_str(" record(s) for a-0:");
        rest = age.strip_prefix("<n>").unwrap_or(age);
    }
    out + rest
}

#[cfg(test)]
mod tests;
