//! Automatic production: a rate, keys with a skew, and how many records come late.

use super::live::{Live, live_field};
use crate::lean::{each, item as entry, maybe};
use crate::memo::Memo;
use crate::session::{ProducerItem, Session};
use crate::ui::{Button, Choice, Disclosure, Icon, Slider};
use leptos::prelude::*;
use millrace_model::Span;
use millrace_model::config::producer::ProducerConfig;
use millrace_sim::{Command, Skew, Workload};
use millrace_words::controls as say;
use std::sync::Arc;

/// The stops of the rate slider, records a second.
const RATES: [u32; 13] = [0, 1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 5_000, 10_000];
const KEYS: &str = "alice,bob,carol,dave,erin,frank";
const VALUE: &str = r#"{"amount": ${1..60}}"#;

/// See the module: one section for each producer.
pub fn producers(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.producers.iter().map(|p| p.name.clone()).collect::<Vec<_>>())
    });
    let start = move |()| {
        let Some(topic) = session.roster.with_untracked(|roster| roster.default_topic()) else {
            session.refuse(say::there_is_no_topic());
            return;
        };
        let config = Box::new(ProducerConfig::defaults(session.setup().profile));
        session.dispatch(Command::StartProducer { name: "checkout".into(), topic, config });
    };
    let none = move || {
        names.with(Vec::is_empty).then(|| {
            view! { <div class="row"><Button label=say::start_a_producer() icon=Icon::Plus on_press=start/></div> }.into_any()
        })
    };
    view! {
        <div class="panel" role="group" aria-label=say::automatic_production()>
            {each(move || names.get().into_iter().map(|n| entry(n.clone(), move || producer(session, n.clone()))).collect())}
            {maybe(none)}
        </div>
    }
    .into_any()
}

fn producer(session: Session, name: Arc<str>) -> AnyView {
    let of = name.clone();
    let item: Memo<Option<ProducerItem>> =
        Memo::new(move |_| session.roster.with(|r| r.producer(&of).cloned()));
    let workload = Memo::new(move |_| item.get().and_then(|item| item.workload));
    let moved = RwSignal::new(None::<u32>);
    let set = {
        let name = name.clone();
        Callback::new(move |workload: Workload| {
            let workload = Some(workload).filter(|workload| workload.rate > 0);
            session.dispatch(Command::SetWorkload { producer: name.clone(), workload })
        })
    };
    let basis = move || workload.get_untracked().unwrap_or_else(usual);
    let stop =
        Signal::derive(move || moved.get().unwrap_or_else(|| stop_of(workload.get().map_or(0, |w| w.rate))));
    let text = Signal::derive(move || match (moved.get(), workload.get()) {
        (None, Some(workload)) => rate_text(workload.rate),
        (stop, _) => rate_text(rate_of(stop.unwrap_or(0))),
    });
    let settle = move |_| {
        let Some(stop) = moved.get_untracked() else { return };
        moved.set(None);
        set.run(Workload { rate: rate_of(stop), ..basis() });
    };
    let late = RwSignal::new(None::<u32>);
    let late_now = Signal::derive(move || {
        late.get().unwrap_or_else(|| workload.get().map_or(0, |w| u32::from(w.late_percent)))
    });
    let settle_late = move |_| {
        let Some(percent) = late.get_untracked() else { return };
        late.set(None);
        let basis = basis();
        let late_by = if basis.late_by == Span::ZERO { Span::from_secs(20) } else { basis.late_by };
        set.run(Workload { late_percent: u8::try_from(percent).unwrap_or(100), late_by, ..basis });
    };
    let keys = Live {
        label: say::keys().to_owned(),
        name: "keys",
        current: Signal::derive(move || workload.get().map_or_else(|| KEYS.to_owned(), |w| w.keys.join(","))),
        check: |_| Ok(()),
        commit: Callback::new(move |text: String| {
            let keys = text.split(',').map(str::trim).filter(|key| !key.is_empty()).map(Arc::from).collect();
            set.run(Workload { keys, ..basis() })
        }),
        hint: say::with_commas_between_them_none(),
        is_long: false,
    };
    let value = Live {
        label: say::value().to_owned(),
        name: "workload-value",
        current: Signal::derive(move || {
            workload.get().map_or_else(|| VALUE.to_owned(), |w| w.value.to_string())
        }),
        check: |_| Ok(()),
        commit: Callback::new(move |text: String| set.run(Workload { value: text.into(), ..basis() })),
        hint: say::number_of_the_record_1(),
        is_long: false,
    };
    let skews = Skew::ALL.map(|(name, _)| (name.to_owned(), name.to_owned())).to_vec();
    let skew = Signal::derive(move || workload.get().map_or(Skew::Even, |w| w.skew).name().to_owned());
    let set_skew = move |name: String| {
        let skew = Skew::ALL.iter().find(|(n, _)| *n == name).map_or(Skew::Even, |(_, skew)| *skew);
        set.run(Workload { skew, ..basis() });
    };
    let is_off = move || workload.with(Option::is_none);
    let (of, legend) = (name.to_string(), say::what_sends(&name));
    view! {
        <div class="knob-group" data-producer=of.clone()>
            <div on:change=settle>
                <Slider label=say::sends(&name) min=0 max=RATES.len() as u32 - 1
                    value=stop text=text on_input=move |stop| moved.set(Some(stop))/>
            </div>
            <Disclosure summary=say::keys_skew_late_records()>
                <fieldset class="plain" disabled=is_off>
                    <legend class="visually-hidden">{legend}</legend>
                    {live_field(keys)}
                    <Choice label=say::skew_of_the_keys() options=skews value=skew on_change=set_skew/>
                    {live_field(value)}
                    <div on:change=settle_late>
                        <Slider label=say::late_records() min=0 max=100 value=late_now
                            text=Signal::derive(move || format!("{} %", late_now.get()))
                            on_input=move |percent| late.set(Some(percent))/>
                    </div>
                </fieldset>
            </Disclosure>
        </div>
    }
    .into_any()
}

fn usual() -> Workload {
    Workload {
        rate: 0,
        keys: KEYS.split(',').map(Arc::from).collect(),
        skew: Skew::Even,
        value: VALUE.into(),
        late_percent: 0,
        late_by: Span::from_secs(10),
        topic: None,
        is_per_record: false,
    }
}

fn rate_of(stop: u32) -> u32 {
    RATES.get(stop as usize).copied().unwrap_or(0)
}

fn stop_of(rate: u32) -> u32 {
    RATES.iter().rposition(|stop| *stop <= rate).unwrap_or(0) as u32
}

fn rate_text(rate: u32) -> String {
    if rate == 0 { say::off().to_owned() } else { say::a_second(&rate) }
}
