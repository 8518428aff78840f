//! Producing by hand, where a newcomer looks first: key, value, Enter. One step further is everything else of a record.

use super::read;
use crate::frame::{FrameState, Sheet};
use crate::lean::{attr, maybe, text as words};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Area, Button, ButtonKind, Check, Choice, Disclosure, Field, Icon};
use leptos::prelude::*;
use millrace_model::{Bytes, Partition, TopicName};
use millrace_script::json_lines;
use millrace_sim::{Command, NewRecord};
use millrace_words::controls as say;
use std::sync::Arc;

const KEYS: [&str; 4] = ["alice", "bob", "carol", "dave"];
/// Label and value.
const VALUES: [(&str, &str); 2] = [("amount 12", r#"{"amount": 12}"#), ("amount −5", r#"{"amount": -5}"#)];
/// Shifts of the event time, as they are written into the field; nothing is "now".
const SHIFTS: [(&str, &str); 4] = [("", ""), ("−5 s", "-5s"), ("−30 s", "-30s"), ("+5 s", "+5s")];

/// What stands in the form. It outlives a send: only the learner changes it.
#[derive(Clone, Copy)]
struct Form {
    topic: RwSignal<Option<String>>,
    key: RwSignal<String>,
    value: RwSignal<String>,
    null_key: RwSignal<bool>,
    null_value: RwSignal<bool>,
    timestamp: RwSignal<String>,
    partition: RwSignal<String>,
    headers: RwSignal<String>,
}

/// See the module.
pub fn produce(session: Session) -> AnyView {
    let form = Form {
        topic: RwSignal::new(None),
        key: RwSignal::new("carol".to_owned()),
        value: RwSignal::new(VALUES.first().map(|(_, value)| *value).unwrap_or_default().to_owned()),
        null_key: RwSignal::new(false),
        null_value: RwSignal::new(false),
        timestamp: RwSignal::new(String::new()),
        partition: RwSignal::new(String::new()),
        headers: RwSignal::new(String::new()),
    };
    // Only what has lanes on the stage: nobody writes to a retry topic by hand.
    let topics = Memo::new(move |_| {
        session.scene.with(|scene| scene.topics.iter().map(|topic| topic.name.clone()).collect::<Vec<_>>())
    });
    let topic = Memo::new(move |_| {
        let chosen = form.topic.get().filter(|name| topics.with(|t| t.iter().any(|n| n.as_str() == name)));
        chosen.or_else(|| session.roster.with(|r| r.default_topic().map(|name| name.to_string())))
    });
    let frame = use_context::<FrameState>();
    let send = Callback::new(move |()| {
        let Some(topic) = topic.get_untracked() else {
            session.refuse(say::there_is_no_topic_yet());
            return;
        };
        match record(form, &topic, session) {
            Ok(record) => {
                let done = session.dispatch(Command::Produce { producer: None, records: vec![record] });
                if done && session.notice.with_untracked(Option::is_none) {
                    if session.is_paused() {
                        session.say(say::sent_time_stands_still_play());
                    } else if frame.is_some_and(|frame| {
                        frame.is_phone.get_untracked() && frame.sheet.get_untracked() == Sheet::Controls
                    }) {
                        session.say(say::sent_see_it_arrive_under());
                    }
                }
            }
            Err(problem) => session.refuse(problem),
        }
    });
    let title = move || match topic.get() {
        Some(topic) => say::produce_to(&topic),
        None => say::produce().to_owned(),
    };
    let several = Memo::new(move |_| topics.with(|topics| topics.len() > 1));
    let choice = move || {
        let many = several.get();
        let options = Signal::derive(move || {
            topics.with(|t| t.iter().map(|n| (n.to_string(), n.to_string())).collect())
        });
        let chosen = Signal::derive(move || topic.get().unwrap_or_default());
        let choose = move |name| form.topic.set(Some(name));
        many.then(|| {
            view! { <Choice label=say::topic() options=options value=chosen on_change=choose/> }.into_any()
        })
    };
    let chips = KEYS.map(|key| chip(key, key, form.key, form.null_key));
    let amounts = VALUES.map(|(label, value)| chip(label, value, form.value, form.null_value));
    view! {
        <section class="panel produce" aria-labelledby="produce-title">
            <h2 id="produce-title">{words(title)}</h2>
            {maybe(choice)}
            <Field label=say::key() value=form.key on_enter=send disabled=form.null_key/>
            <div class="chips" role="group" aria-label=say::keys()>{chips}</div>
            <Field label=say::value() value=form.value on_enter=send disabled=form.null_value/>
            <div class="chips" role="group" aria-label=say::values()>{amounts}</div>
            <div class="row">
                <Button label=say::produce() kind=ButtonKind::Primary on_press=send/>
                <kbd class="keycap">{say::enter()}</kbd>
            </div>
            <Disclosure summary=say::time_headers_nulls_partition()>{further(session, form, topic, send)}</Disclosure>
            <Disclosure summary=say::paste_many()>{paste(session, topic)}</Disclosure>
        </section>
    }
    .into_any()
}

fn chip(label: &'static str, text: &'static str, field: RwSignal<String>, null: RwSignal<bool>) -> AnyView {
    let press = move |_| {
        null.set(false);
        field.set(text.to_owned());
    };
    let is_in = attr(move || field.with(|now| now == text).to_string());
    view! { <button type="button" class="chip-button" aria-pressed=is_in on:click=press>{label}</button> }
        .into_any()
}

fn further(session: Session, form: Form, topic: Memo<Option<String>>, send: Callback<()>) -> AnyView {
    let now = move || session.playhead.get_untracked();
    let time_error = Signal::derive(move || read::timestamp(&form.timestamp.get(), now()).err());
    let partition_error = Signal::derive(move || partition(&form.partition.get()).err());
    let header_error = Signal::derive(move || read::headers(&form.headers.get()).err());
    let partitions = move || topic.get().and_then(|name| session.roster.with(|r| r.partitions(&name)));
    let hint = move || match partitions() {
        Some(count) => say::a_0_to_empty_the_partitioner_count(&(count - 1)),
        None => String::new(),
    };
    let shifts = SHIFTS.map(|(label, text)| {
        let label = if text.is_empty() { say::now() } else { label };
        let press = move |_| form.timestamp.set(text.to_owned());
        let is_in = attr(move || form.timestamp.with(|now| now == text).to_string());
        view! { <button type="button" class="chip-button" aria-pressed=is_in on:click=press>{label}</button> }
    });
    view! {
        <Field label=say::timestamp_event_time() value=form.timestamp placeholder=say::now() error=time_error on_enter=send/>
        <div class="chips" role="group" aria-label=say::event_time()>{shifts}</div>
        <Field label=say::partition() value=form.partition placeholder=say::by_key() error=partition_error keyboard="numeric" on_enter=send/>
        <p class="field-hint">{words(hint)}</p>
        <div class="row">
            <Check label=say::null_key() value=form.null_key/>
            <Check label=say::null_value_tombstone() value=form.null_value/>
        </div>
        <Area label=say::headers_one_name_value_a() value=form.headers placeholder="trace: 42" error=header_error/>
    }
    .into_any()
}

fn partition(text: &str) -> Result<Option<Partition>, String> {
    if text.trim().is_empty() {
        return Ok(None);
    }
    let number = text.trim().parse::<i32>().ok().filter(|n| *n >= 0);
    number.map(|n| Some(Partition(n))).ok_or_else(|| say::expected_a_partitions_number_from().to_owned())
}

fn record(form: Form, topic: &str, session: Session) -> Result<NewRecord, String> {
    let bytes = |field: RwSignal<String>, null: RwSignal<bool>| -> Option<Bytes> {
        (!null.get_untracked()).then(|| field.with_untracked(|text| text.as_bytes().into()))
    };
    let now = session.with(|timeline| timeline.world().now());
    Ok(NewRecord {
        topic: Some(topic.into()),
        key: bytes(form.key, form.null_key),
        value: bytes(form.value, form.null_value),
        timestamp: form.timestamp.with_untracked(|text| read::timestamp(text, now))?,
        partition: form.partition.with_untracked(|text| partition(text))?,
        headers: Arc::from(form.headers.with_untracked(|text| read::headers(text))?),
    })
}

fn paste(session: Session, topic: Memo<Option<String>>) -> AnyView {
    let text = RwSignal::new(String::new());
    let read = Memo::new(move |_| text.with(|text| json_lines(text).map(|records| records.len())));
    let error = Signal::derive(move || {
        let problems = read.get().err()?;
        let mut lines: Vec<String> = problems.iter().take(4).map(ToString::to_string).collect();
        if problems.len() > 4 {
            lines.push(say::and_more_lines(&(problems.len() - 4)));
        }
        Some(lines.join("\n"))
    });
    let label = Signal::derive(move || match read.get() {
        Ok(count) => say::produce_records(count as u64),
        Err(_) => say::produce().to_owned(),
    });
    let nothing = Signal::derive(move || !matches!(read.get(), Ok(1..)));
    let send = move |()| {
        let Some(topic) = topic.get_untracked().map(TopicName::from) else {
            session.refuse(say::there_is_no_topic_yet());
            return;
        };
        let Ok(mut records) = text.with_untracked(|text| json_lines(text)) else { return };
        for record in &mut records {
            record.topic.get_or_insert_with(|| topic.clone());
        }
        if session.dispatch(Command::Produce { producer: None, records }) {
            text.set(String::new());
        }
    };
    view! {
        <Area label=say::one_json_object_a_line() value=text error=error
            placeholder="{\"key\": \"alice\", \"value\": {\"amount\": 12}}"
            hint=say::key_value_topic_partition_timestamp()/>
        <div class="row"><Button label=label icon=Icon::Send disabled=nothing on_press=send/></div>
    }
    .into_any()
}
