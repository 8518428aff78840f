//! Applications: when they fail, what follows, how long a record takes, and their instances.

use super::joining::Joining;
use super::live::{Live, live_field};
use super::members::members;
use super::read;
use crate::lean::{each, item, maybe, part};
use crate::memo::Memo;
use crate::session::{AppItem, Session};
use crate::ui::{Button, Choice, Disclosure, Icon};
use leptos::prelude::*;
use millrace_client::listener::{BlockingRetries, FailureRule, RetryPolicy};
use millrace_model::GroupId;
use millrace_sim::Command;
use millrace_words::controls as say;

/// Deliveries of one record at most, as the language has it.
const ATTEMPTS: u32 = 20;

/// See the module: one section for each application.
pub fn apps(session: Session) -> AnyView {
    let groups = Memo::new(move |_| {
        session.roster.with(|r| r.apps.iter().map(|app| app.group.clone()).collect::<Vec<_>>())
    });
    let joining = Joining::new();
    let start = move |()| {
        let Some(topic) = session.roster.with_untracked(|roster| roster.default_topic()) else {
            session.refuse(say::there_is_no_topic_to());
            return;
        };
        joining.start(session, &"billing".into(), topic);
    };
    let none = move || {
        groups.with(Vec::is_empty).then(|| {
            view! {
                <section class="panel">
                    <h2>{say::consumers()}</h2>
                    <div class="row"><Button label=say::start_a_consumer_group() icon=Icon::Plus on_press=start/></div>
                    {joining.fields(true)}
                </section>
            }
            .into_any()
        })
    };
    view! {
        {each(move || groups.get().into_iter().map(|g| item(g.to_string(), move || app(session, g.clone()))).collect())}
        {maybe(none)}
    }
    .into_any()
}

fn app(session: Session, group: GroupId) -> AnyView {
    let of = group.clone();
    let item: Memo<Option<AppItem>> =
        Memo::new(move |_| session.roster.with(|roster| roster.app(of.as_str()).cloned()));
    let joining = Joining::new();
    let add = {
        let group = group.clone();
        move |()| {
            joining.add(session, &group);
        }
    };
    let id = format!("app-{group}");
    let name = group.to_string();
    view! {
        <section class="panel" aria-labelledby=id.clone() data-app=name.clone()>
            <h2 id=id.clone()>{name.clone()}</h2>
            {live_field(fails(session, group.clone(), item))}
            {members(session, group.clone(), item)}
            <div class="row"><Button label=say::add_consumer() icon=Icon::Plus on_press=add/></div>
            {joining.fields(false)}
            <Disclosure summary=say::work_retries()>
                {live_field(work(session, group.clone(), item))}
                {retries(session, group, item)}
            </Disclosure>
        </section>
    }
    .into_any()
}

fn fails(session: Session, group: GroupId, item: Memo<Option<AppItem>>) -> Live {
    let rules =
        move || item.with_untracked(|item| item.as_ref().map(|item| item.rules.clone()).unwrap_or_default());
    Live {
        label: say::fails_when().to_owned(),
        name: "fails",
        current: Signal::derive(move || {
            item.with(|item| {
                let first = item.as_ref().and_then(|item| item.rules.first());
                first.map(|rule| rule.when.text().to_owned()).unwrap_or_default()
            })
        }),
        check: |text| read::rule(text).map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(rule) = read::rule(&text) else { return false };
            // What else the first rule says (class, fatal) stays, and so do the other rules.
            let mut old = rules().into_iter();
            let first = old.next();
            let changed = rule.map(|rule| match first {
                Some(first) => FailureRule { exception: first.exception, fatal: first.fatal, ..rule },
                None => rule,
            });
            let rules = changed.into_iter().chain(old).collect();
            session.dispatch(Command::SetFailures { group: group.clone(), rules })
        }),
        hint: say::such_as_value_amount_0(),
        is_long: false,
    }
}

fn work(session: Session, group: GroupId, item: Memo<Option<AppItem>>) -> Live {
    Live {
        label: say::work_for_one_record().to_owned(),
        name: "work",
        current: Signal::derive(move || {
            item.with(|i| i.as_ref().map(|i| i.work.to_string()).unwrap_or_default())
        }),
        check: |text| read::span(text, "ms").map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(work) = read::span(&text, "ms") else { return false };
            session.dispatch(Command::SetWork { group: group.clone(), instance: None, work })
        }),
        hint: "",
        is_long: false,
    }
}

fn retries(session: Session, group: GroupId, item: Memo<Option<AppItem>>) -> AnyView {
    let policy = Memo::new(move |_| item.with(|i| i.as_ref().map(|i| i.retry.clone()).unwrap_or_default()));
    let kinds = [
        ("none", say::skip_what_failed()),
        ("blocking", say::try_again_in_place()),
        ("topics", say::retry_topics_then_dead_letters()),
        ("connect", say::as_a_task_of_kafka()),
    ];
    let options = kinds.map(|(value, text)| (value.to_owned(), text.to_owned())).to_vec();
    let kind = move |policy: &RetryPolicy| match policy {
        RetryPolicy::None => "none",
        RetryPolicy::Blocking(_) => "blocking",
        RetryPolicy::RetryTopics(_) => "topics",
        RetryPolicy::Connect(_) => "connect",
    };
    let chosen = Memo::new(move |_| policy.with(kind));
    let set = Callback::new(move |retry: RetryPolicy| {
        session.dispatch(Command::SetRetry { group: group.clone(), retry })
    });
    let choose = move |name: String| {
        set.run(match name.as_str() {
            "none" => RetryPolicy::None,
            "connect" => RetryPolicy::Connect(Default::default()),
            "blocking" => RetryPolicy::Blocking(BlockingRetries::default()),
            _ => RetryPolicy::RetryTopics(Default::default()),
        });
    };
    let numbers = part(move || {
        match chosen.get() {
        "none" => ().into_any(),
        kind => view! { {attempts(policy, set)} {backoff(policy, set)} {(kind == "topics").then(|| multiplier(policy, set))} }.into_any(),
    }
    });
    view! {
        <Choice label=say::what_follows_a_failure() options=options value=Signal::derive(move || chosen.get().to_owned()) on_change=choose/>
        {numbers}
    }
    .into_any()
}

fn attempts(policy: Memo<RetryPolicy>, set: Callback<RetryPolicy, bool>) -> AnyView {
    let now = |policy: &RetryPolicy| match policy {
        RetryPolicy::None | RetryPolicy::Connect(_) => 1,
        RetryPolicy::Blocking(blocking) => blocking.attempts,
        RetryPolicy::RetryTopics(topics) => topics.attempts,
    };
    live_field(Live {
        label: say::attempts_in_all().to_owned(),
        name: "attempts",
        current: Signal::derive(move || policy.with(now).to_string()),
        check: |text| read::whole(text, 1, ATTEMPTS).map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(attempts) = read::whole(&text, 1, ATTEMPTS) else { return false };
            set.run(match policy.get_untracked() {
                other @ (RetryPolicy::None | RetryPolicy::Connect(_)) => other,
                RetryPolicy::Blocking(blocking) => {
                    RetryPolicy::Blocking(BlockingRetries { attempts, ..blocking })
                }
                RetryPolicy::RetryTopics(mut topics) => {
                    topics.attempts = attempts;
                    RetryPolicy::RetryTopics(topics)
                }
            })
        }),
        hint: say::the_first_delivery_included(),
        is_long: false,
    })
}

fn backoff(policy: Memo<RetryPolicy>, set: Callback<RetryPolicy, bool>) -> AnyView {
    let now = |policy: &RetryPolicy| match policy {
        RetryPolicy::None | RetryPolicy::Connect(_) => String::new(),
        RetryPolicy::Blocking(blocking) => blocking.interval.to_string(),
        RetryPolicy::RetryTopics(topics) => topics.delay.to_string(),
    };
    live_field(Live {
        label: say::backoff().to_owned(),
        name: "backoff",
        current: Signal::derive(move || policy.with(now)),
        check: |text| read::span(text, "s").map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(span) = read::span(&text, "s") else { return false };
            set.run(match policy.get_untracked() {
                other @ (RetryPolicy::None | RetryPolicy::Connect(_)) => other,
                RetryPolicy::Blocking(old) => {
                    RetryPolicy::Blocking(BlockingRetries { interval: span, ..old })
                }
                RetryPolicy::RetryTopics(mut topics) => {
                    topics.delay = span;
                    RetryPolicy::RetryTopics(topics)
                }
            })
        }),
        hint: say::the_pause_before_the_second(),
        is_long: false,
    })
}

fn multiplier(policy: Memo<RetryPolicy>, set: Callback<RetryPolicy, bool>) -> AnyView {
    let now = |policy: &RetryPolicy| policy.retry_topics().map_or(100, |topics| topics.multiplier_percent);
    live_field(Live {
        label: say::multiplier().to_owned(),
        name: "multiplier",
        current: Signal::derive(move || read::factor(policy.with(now))),
        check: |text| read::percent_of_factor(text).map(drop),
        commit: Callback::new(move |text: String| {
            let Ok(percent) = read::percent_of_factor(&text) else { return false };
            let RetryPolicy::RetryTopics(mut topics) = policy.get_untracked() else { return false };
            topics.multiplier_percent = percent;
            set.run(RetryPolicy::RetryTopics(topics))
        }),
        hint: say::each_pause_so_many_times(),
        is_long: false,
    })
}
