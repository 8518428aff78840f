//! Stream processors: the pipeline as text, and its window's size and grace as fields that rewrite that text. A changed
//! pipeline starts anew, as a changed topology must.

use super::live::{Live, live_field};
use super::read;
use crate::lean::{each, item as entry, maybe, text as words};
use crate::memo::Memo;
use crate::session::{Session, StreamsItem};
use crate::ui::{Button, ButtonKind, Disclosure, Icon};
use leptos::prelude::*;
use millrace_model::Span;
use millrace_sim::Command;
use millrace_streams::language::{Pipeline, Stage};
use std::sync::Arc;

/// See the module: one section for each streams application.
pub fn streams(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.streams.iter().map(|app| app.name.clone()).collect::<Vec<_>>())
    });
    let start = move |()| {
        let Some(topic) = session.roster.with_untracked(|roster| roster.default_topic()) else {
            session.refuse("there is no topic to read yet: create one above");
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
                    <h2>"Stream processing"</h2>
                    <div class="row"><Button label="Count in windows" icon=Icon::Plus on_press=start/></div>
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

fn app(session: Session, name: Arc<str>) -> AnyView {
    let of = name.clone();
    let item: Memo<Option<StreamsItem>> =
        Memo::new(move |_| session.roster.with(|roster| roster.stream(&of).cloned()));
    let text =
        Memo::new(move |_| item.with(|i| i.as_ref().map(|i| i.pipeline.to_string()).unwrap_or_default()));
    let is_running = Memo::new(move |_| item.with(|i| i.as_ref().is_some_and(|i| i.is_running)));
    let title = {
        let name = name.clone();
        move || match item.with(|i| i.as_ref().map_or(1, |i| i.version)) {
            0 | 1 => name.to_string(),
            version => format!("{name}, version {version}"),
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
    let windowed = Memo::new(move |_| text.with(|text| window_of(text)));
    let window = move || {
        windowed.with(Option::is_some).then(|| {
            view! { <div class="pair">{part(text, windowed, set, Part::Size)} {part(text, windowed, set, Part::Grace)}</div> }.into_any()
        })
    };
    let whole = Live {
        label: "pipeline".to_owned(),
        name: "pipeline",
        current: text.into(),
        check: |text| read::pipeline(text).map(drop),
        commit: set,
        hint: "a change restarts it as a new version, from the first record",
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
    let label =
        Signal::derive(
            move || if is_running.get() { format!("Stop {name}") } else { format!("Start {name}") },
        );
    view! {
        <section class="panel">
            <h2>{words(title)}</h2>
            {maybe(window)}
            <Disclosure summary="pipeline">
                {live_field(whole)}
                <div class="row"><Button label=label kind=ButtonKind::Quiet on_press=toggle/></div>
            </Disclosure>
        </section>
    }
    .into_any()
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Size,
    Grace,
}

fn part(
    text: Memo<String>,
    window: Memo<Option<(Span, Span)>>,
    set: Callback<String, bool>,
    part: Part,
) -> AnyView {
    let (label, name) = match part {
        Part::Size => ("window", "window-size"),
        Part::Grace => ("grace", "window-grace"),
    };
    let now = move |window: &Option<(Span, Span)>| match (window, part) {
        (Some((size, _)), Part::Size) => size.to_string(),
        (Some((_, grace)), Part::Grace) => grace.to_string(),
        (None, _) => String::new(),
    };
    live_field(Live {
        label: label.to_owned(),
        name,
        current: Signal::derive(move || window.with(now)),
        check: |text| read::span(text, "s").map(drop),
        commit: Callback::new(move |typed: String| {
            let Ok(span) = read::span(&typed, "s") else { return false };
            let rewritten = text.with_untracked(|text| rewrite(text, part, span));
            rewritten.is_some_and(|text| set.run(text))
        }),
        hint: "",
        is_long: false,
    })
}

/// Size and grace of a pipeline's window, if it has one.
fn window_of(text: &str) -> Option<(Span, Span)> {
    let ms = |ms: i64| Span::from_millis(u64::try_from(ms).unwrap_or(0));
    Pipeline::parse(text).ok()?.stages().iter().find_map(|stage| match stage {
        Stage::Window(windows) => Some((ms(windows.size_ms()), ms(windows.grace_ms()))),
        _ => None,
    })
}

/// The pipeline with another size or grace; a hopping window keeps its advance.
fn rewrite(text: &str, part: Part, span: Span) -> Option<String> {
    let pipeline = Pipeline::parse(text).ok()?;
    let stages = pipeline.stages().iter().map(|stage| {
        let Stage::Window(windows) = stage else { return stage.to_string() };
        let ms = |ms: i64| Span::from_millis(u64::try_from(ms).unwrap_or(0));
        let (mut size, mut grace) = (ms(windows.size_ms()), ms(windows.grace_ms()));
        let is_tumbling = windows.size_ms() == windows.advance_ms();
        *(if part == Part::Size { &mut size } else { &mut grace }) = span;
        let shape = match is_tumbling {
            true => format!("window tumbling {size}"),
            false => format!("window hopping {size} every {}", ms(windows.advance_ms())),
        };
        if grace == Span::ZERO { shape } else { format!("{shape} grace {grace}") }
    });
    Some(stages.collect::<Vec<_>>().join(" | "))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_rewritten_and_nothing_else() {
        let text = "stream orders | group by key | window tumbling 10s grace 5s | count | to n";
        let size = rewrite(text, Part::Size, Span::from_secs(20));
        assert_eq!(
            size.as_deref(),
            Some("stream orders | group by key | window tumbling 20s grace 5s | count | to n")
        );
        let grace = rewrite(text, Part::Grace, Span::ZERO);
        assert_eq!(
            grace.as_deref(),
            Some("stream orders | group by key | window tumbling 10s | count | to n")
        );
        assert_eq!(window_of(text), Some((Span::from_secs(10), Span::from_secs(5))));
    }
}
