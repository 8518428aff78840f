//! Topics: create one, add partitions.

use crate::lean::{each, item, part, text as words};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, Disclosure, Field, Icon};
use leptos::prelude::*;
use millrace_model::TopicName;
use millrace_model::config::topic::TopicConfig;
use millrace_sim::Command;
use millrace_words::controls as say;

/// See the module.
pub fn topics(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.topics.iter().map(|(n, _)| n.clone()).collect::<Vec<_>>())
    });
    let items = move || {
        names.get().into_iter().map(|n| item(n.to_string(), move || topic(session, n.clone()))).collect()
    };
    // Once open it stays so: who creates one topic often wants a second.
    let is_open = Memo::new(move |was: Option<&bool>| was == Some(&true) || names.with(Vec::is_empty));
    let form = part(move || {
        view! { <Disclosure summary=say::create_a_topic() open=is_open.get()>{create(session)}</Disclosure> }
            .into_any()
    });
    view! {
        <section class="panel">
            <h2>{say::topics()}</h2>
            <ul class="members" aria-label=say::the_topics()>
                {each(items)}
            </ul>
            {form}
        </section>
    }
    .into_any()
}

fn topic(session: Session, name: TopicName) -> AnyView {
    let of = name.clone();
    let count = Memo::new(move |_| session.roster.with(|roster| roster.partitions(of.as_str()).unwrap_or(0)));
    let text = move || say::partitions(count.get() as u64);
    let label = say::add_a_partition_to(&name);
    let shown = name.to_string();
    let add = move |()| {
        let total = count.get_untracked().saturating_add(1);
        session.dispatch(Command::AddPartitions { topic: name.clone(), total });
    };
    view! {
        <li class="topic-row">
            <span class="number">{shown}</span>
            <span class="dim">{words(text)}</span>
            <Button label=label icon=Icon::Plus bare=true on_press=add/>
        </li>
    }
    .into_any()
}

fn create(session: Session) -> AnyView {
    let name = RwSignal::new("orders".to_owned());
    let partitions = RwSignal::new("3".to_owned());
    let error = Signal::derive(move || {
        let wrong = partitions.with(|text| text.trim().parse::<i32>().is_err());
        wrong.then(|| say::expected_a_whole_number().to_owned())
    });
    let create = Callback::new(move |()| {
        let Ok(count) = partitions.with_untracked(|text| text.trim().parse::<i32>()) else { return };
        let topic = name.with_untracked(|name| TopicName::from(name.trim()));
        let config = TopicConfig::default();
        session.dispatch(Command::CreateTopic {
            topic,
            partitions: Some(count),
            replication_factor: None,
            config,
        });
    });
    view! {
        <Field label=say::name() value=name on_enter=create/>
        <Field label=say::partitions_of_topic() value=partitions error=error keyboard="numeric" on_enter=create/>
        <div class="row"><Button label=say::create_topic() on_press=create/></div>
    }
    .into_any()
}
