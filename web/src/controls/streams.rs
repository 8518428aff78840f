//! Stream processors: the pipeline as text, and its window's size and grace as fields that rewrite that text. A changed
//! pipeline starts anew, as a changed topology must.

use super::code::code;
use super::live::{Live, live_field};
use super::read;
use super::windowing::{Part, Windowing};
use crate::lean::{each, item as entry, maybe, text as words};
use crate::memo::Memo;
use crate::session::{Session, StreamsItem};
use crate::ui::{Button, ButtonKind, Disclosure, Icon};
use leptos::prelude::*;
use millrace_sim::Command;
use millrace_words::controls as say;
use std::sync::Arc;

/// See the module: one section for each streams application.
pub fn streams(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.streams.iter().map(|app| app.name.clone()).collect::<Vec<_>>())
    });
    let start = move |()| {
        let Some(topic) = session.roster.with_untracked(|roster| roster.default_topic()) else {
            session.refuse(say::there_is_no_topic_to_read());
            return;
        };
        let text = format!(
            "stream {topic} | group by key | window tumbling 10s grace 5s | count | to {topic}-per-customer"
        );
        let (config, instances) = (Box::default(), 1);
        let name = "analytics".into();
        session.dispatch(Command::StartStreams { name, pipeline: text.into(), config, instances });
    };
    let none = move || {
        names.with(Vec::is_empty).then(|| {
            view! {
                <section class="panel">
                    <h2>{say::stream_processing()}</h2>
                    <div class="row"><Button label=say::count_in_windows() icon=Icon::Plus on_press=start/></div>
                    <Disclosure summary=say::write_a_pipeline()>{live_field(new_one(session))}</Disclosure>
                </section>
            }
            .into_any()
        })
    };
    view! {
        {each(move || names.get().into_iter().map(|n| entry(n.clone(), move || app(session, n.clone()))).collect())}
        {maybe(none)}
    }
    .into_any()
}

/// A pipeline for an application that is not there yet.
fn new_one(session: Session) -> Live {
    Live {
        label: say::pipeline().to_owned(),
        name: "new-pipeline",
        current: Signal::derive(String::new),
        check: |text| read::pipeline(text).map(drop),
        commit: Callback::new(move |text: String| {
            let (config, instances) = (Box::default(), 1);
            let name = "analytics".into();
            session.dispatch(Command::StartStreams { name, pipeline: text.into(), config, instances })
        }),
        hint: say::such_as_stream_orders_filter(),
        is_long: true,
    }
}

fn app(session: Session, name: Arc<str>) -> AnyView {
    let of = name.clone();
    let item: Memo<Option<StreamsItem>> =
        Memo::new(move |_| session.roster.with(|roster| roster.stream(&of).cloned()));
    let text =
        Memo::new(move |_| item.with(|i| i.as_ref().map(|i| i.pipeline.to_string()).unwrap_or_default()));
    let is_running = Memo::new(move |_| item.with(|i| i.as_ref().is_some_and(|i| i.is_running)));
    let name_of = name.clone();
    let title = {
        let name = name.clone();
        move || match item.with(|i| i.as_ref().map_or(1, |i| i.version)) {
            0 | 1 => name.to_string(),
            version => say::version(&name, &version),
        }
    };
    let set = {
        let name = name.clone();
        Callback::new(move |text: String| {
            let (name, instances) = (name.clone(), 1);
            let running = item.with_untracked(|item| item.as_ref().map(|item| item.config.clone()));
            let config = Box::new(running.unwrap_or_default());
            session.dispatch(Command::StartStreams { name, pipeline: text.into(), config, instances })
        })
    };
    let windowed = Memo::new(move |_| text.with(|text| Windowing::of(text)));
    // Other fields stand there for another kind of windows; a size alone only changes what they hold.
    let parts = Memo::new(move |_| windowed.with(|w| w.map(|w| w.parts()).unwrap_or_default()));
    let window = move || {
        let parts = parts.get();
        (!parts.is_empty()).then(|| {
            let fields = parts.iter().map(|one| part(text, windowed, set, *one)).collect::<Vec<_>>();
            view! { <div class="pair">{fields}</div> }.into_any()
        })
    };
    let whole = Live {
        label: say::pipeline().to_owned(),
        name: "pipeline",
        current: text.into(),
        check: |text| read::pipeline(text).map(drop),
        commit: set,
        hint: say::a_change_restarts_it_as(),
        is_long: true,
    };
    let toggle = {
        let name = name.clone();
        move |()| {
            if is_running.get_untracked() {
                session.dispatch(Command::StopStreams { name: name.clone() });
            } else {
                set.run(text.get_untracked());
            }
        }
    };
    let label = Signal::derive(move || if is_running.get() { say::stop(&name) } else { say::start(&name) });
    view! {
        <section class="panel">
            <h2>{words(title)}</h2>
            {maybe(window)}
            <Disclosure summary=say::pipeline()>
                {live_field(whole)}
                <div class="row"><Button label=label kind=ButtonKind::Quiet on_press=toggle/></div>
            </Disclosure>
            {code(session, text, name_of)}
        </section>
    }
    .into_any()
}

fn part(
    text: Memo<String>,
    window: Memo<Option<Windowing>>,
    set: Callback<String, bool>,
    part: Part,
) -> AnyView {
    live_field(Live {
        label: part.label().to_owned(),
        name: part.field(),
        current: Signal::derive(move || {
            window.with(|window| window.map(|w| w.part(part).to_string()).unwrap_or_default())
        }),
        check: |text| read::span(text, "s").map(drop),
        commit: Callback::new(move |typed: String| {
            let Ok(span) = read::span(&typed, "s") else { return false };
            let rewritten = text.with_untracked(|text| Windowing::rewrite(text, part, span));
            rewritten.is_some_and(|text| set.run(text))
        }),
        hint: "",
        is_long: false,
    })
}
