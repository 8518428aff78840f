//! Services downstream: break one, mend it, add one, and have an application call it.

use crate::lean::{each, item, maybe, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Check, Choice, Disclosure, Field, Icon};
use leptos::prelude::*;
use millrace_sim::{Command, ServiceAction, ServiceCommand};
use millrace_words::controls as say;
use std::sync::Arc;

/// See the module.
pub fn services(session: Session) -> AnyView {
    let names = Memo::new(move |_| {
        session.roster.with(|r| r.services.iter().map(|(name, _)| name.clone()).collect::<Vec<_>>())
    });
    let rows = move || names.get().into_iter().map(|n| item(n.clone(), move || row(session, &n))).collect();
    let list = maybe(move || {
        (!names.with(Vec::is_empty)).then(|| {
            view! { <ul class="members" aria-label=say::the_services()>{each(rows)}</ul> }.into_any()
        })
    });
    view! {
        <section class="panel" data-panel="services">
            <h2>{say::services()}</h2>
            {list}
            <Disclosure summary=say::a_service_and_who_calls()>{forms(session)}</Disclosure>
        </section>
    }
    .into_any()
}

fn row(session: Session, name: &Arc<str>) -> AnyView {
    let of = name.clone();
    let is_broken = Memo::new(move |_| {
        session.roster.with(|r| r.services.iter().any(|(name, is_broken)| *name == of && *is_broken))
    });
    let state =
        text(move || if is_broken.get() { say::broken().to_owned() } else { say::works().to_owned() });
    let label = {
        let name = name.clone();
        Signal::derive(move || if is_broken.get() { say::mend(&name) } else { say::break_it(&name) })
    };
    let of = name.clone();
    let press = move |()| {
        let action = match is_broken.get_untracked() {
            true => ServiceAction::Mend,
            false => ServiceAction::Break { errors: 100, latency: None, share: 100 },
        };
        session.dispatch(Command::Service(ServiceCommand { name: of.clone(), action }));
    };
    view! {
        <li class="topic-row" data-service-row=name.to_string()>
            <span class="number">{name.to_string()}</span>
            <span class="dim">{state}</span>
            <Button label=label icon=Icon::Bolt on_press=press/>
        </li>
    }
    .into_any()
}

/// A service to be added, and an application that calls it.
pub fn forms(session: Session) -> AnyView {
    view! { {add(session)} {call(session)} }.into_any()
}

fn add(session: Session) -> AnyView {
    let name = RwSignal::new("payments".to_owned());
    let latency = RwSignal::new("100ms".to_owned());
    let capacity = RwSignal::new("2".to_owned());
    let start = Callback::new(move |()| {
        let line = format!(
            "service start {} --latency {} --capacity {}",
            name.with_untracked(|text| text.trim().to_owned()),
            latency.with_untracked(|text| text.trim().to_owned()),
            capacity.with_untracked(|text| text.trim().to_owned()),
        );
        session.run_line(&line);
    });
    view! {
        <div class="stack" role="group" aria-label=say::add_a_service()>
            <Field label=say::service() value=name on_enter=start/>
            <div class="pair">
                <Field label=say::time_for_a_call() value=latency on_enter=start/>
                <Field label=say::calls_at_a_time() value=capacity keyboard="numeric" on_enter=start/>
            </div>
            <div class="row"><Button label=say::add_the_service() icon=Icon::Plus kind=ButtonKind::Plain on_press=start/></div>
        </div>
    }
    .into_any()
}

fn call(session: Session) -> AnyView {
    let name = RwSignal::new("charging".to_owned());
    let service = RwSignal::new(String::new());
    let topic = RwSignal::new(String::new());
    let has_breaker = RwSignal::new(true);
    let meanwhile = RwSignal::new("pause".to_owned());
    let names = move || {
        session.roster.with(|r| r.services.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>())
    };
    let topics = move || {
        session.roster.with(|r| r.topics.iter().map(|(name, _)| name.to_string()).collect::<Vec<_>>())
    };
    let options = |all: Vec<String>| all.into_iter().map(|one| (one.clone(), one)).collect::<Vec<_>>();
    let chosen = move |written: RwSignal<String>, all: Vec<String>| {
        let written = written.get();
        if all.contains(&written) { written } else { all.into_iter().next().unwrap_or_default() }
    };
    let service_now = Signal::derive(move || chosen(service, names()));
    let topic_now = Signal::derive(move || chosen(topic, topics()));
    let start = Callback::new(move |()| {
        let (service, topic) = (service_now.get_untracked(), topic_now.get_untracked());
        if service.is_empty() || topic.is_empty() {
            session.refuse(say::an_application_needs_a_topic());
            return;
        }
        let breaker = match has_breaker.get_untracked() {
            // Small enough to be seen at work; resilience4j's own are 100 calls and a minute.
            true => format!(
                " --failure-rate-threshold 50 --sliding-window-size 10 --minimum-number-of-calls 5 --wait-duration-in-open-state 10s --permitted-number-of-calls-in-half-open-state 3 --when-open {}",
                meanwhile.get_untracked()
            ),
            false => String::new(),
        };
        let name = name.with_untracked(|text| text.trim().to_owned());
        session.run_line(&format!(
            "app start {name} --topic {topic} --calls {service}{breaker} --retry topics --attempts 3 --backoff 1s --dlt-suffix -{name}-dlt --retry-suffix -{name}-retry"
        ));
    });
    let kinds = vec![
        ("pause".to_owned(), say::its_partitions_pause().to_owned()),
        ("fail".to_owned(), say::each_record_fails_at_once().to_owned()),
    ];
    view! {
        <div class="stack" role="group" aria-label=say::an_application_that_calls_a()>
            <Field label=say::application() value=name on_enter=start/>
            <div class="pair">
                <Choice label=say::reads() options=Signal::derive(move || options(topics())) value=topic_now on_change=move |name| topic.set(name)/>
                <Choice label=say::calls() options=Signal::derive(move || options(names())) value=service_now on_change=move |name| service.set(name)/>
            </div>
            <Check label=say::with_a_circuit_breaker() value=has_breaker/>
            <Choice label=say::while_it_is_open() options=kinds value=meanwhile on_change=move |kind| meanwhile.set(kind)/>
            <div class="row"><Button label=say::start_the_application() icon=Icon::Plus on_press=start/></div>
        </div>
    }
    .into_any()
}
