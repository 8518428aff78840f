//! The alarms of an application: a form for one more, and how each of them stands.

use crate::controls::read;
use crate::lean::maybe;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Choice, Disclosure, Field};
use leptos::prelude::*;
use millrace_model::{GroupId, Span, Time};
use millrace_sim::{AlertRule, Command, Gauge};
use millrace_words::metrics as say;
use std::sync::Arc;

/// One alarm as a line.
#[derive(Clone, Debug, PartialEq)]
struct Standing {
    says: String,
    state: &'static str,
    since: Option<Time>,
}

/// See the module.
pub fn alarms(session: Session, group: Memo<Option<GroupId>>) -> AnyView {
    let standing = Memo::new(move |_| {
        session.scene.track();
        let group = group.get();
        session.with(|timeline| {
            let of = timeline.world().alerts().filter(|alert| Some(&alert.rule.group) == group.as_ref());
            of.map(|alert| {
                let rule = &alert.rule;
                let says = match rule.lasting > Span::ZERO {
                    true => say::rule_for(&rule.name, &rule.gauge.name(), &rule.above, &rule.lasting),
                    false => say::rule(&rule.name, &rule.gauge.name(), &rule.above),
                };
                let (state, since) = match (alert.firing_since, alert.pending_since) {
                    (Some(since), _) => ("fires", Some(since)),
                    (None, Some(since)) => ("pending", Some(since)),
                    (None, None) => ("quiet", None),
                };
                Standing { says, state, since }
            })
            .collect::<Vec<_>>()
        })
    });
    let list = maybe(move || {
        let all = standing.get();
        (!all.is_empty()).then(|| {
            let line = |one: Standing| {
                let since = one.since.map(|at| say::since(&millrace_view::words::time(at))).unwrap_or_default();
                let state = match one.state {
                    "fires" => say::fires(),
                    "pending" => say::pending(),
                    _ => say::quiet(),
                };
                view! { <li class="alarm" data-state=one.state><span class="sign alarm"></span> <b>{state}</b> " " <span>{since} " · " {one.says}</span></li> }.into_any()
            };
            let lines: Vec<_> = all.into_iter().map(line).collect();
            view! { <div role="status"><ul class="alarms" aria-label=say::alarms()>{lines}</ul></div> }.into_any()
        })
    });
    let form = maybe(move || {
        group.get().map(|group| {
            view! { <Disclosure summary=say::set_an_alarm()>{form(session, group)}</Disclosure> }.into_any()
        })
    });
    view! { {list} {form} }.into_any()
}

fn form(session: Session, group: GroupId) -> AnyView {
    let gauge = RwSignal::new(Gauge::Lag.name().to_owned());
    let (above, lasting) = (RwSignal::new("10".to_owned()), RwSignal::new("2s".to_owned()));
    let options = Signal::derive(|| {
        let says = |gauge: Gauge| match gauge {
            Gauge::Letters => say::dead_letters_waiting(),
            Gauge::LetterAge => say::age_of_the_oldest_dead(),
            Gauge::Lag => say::consumer_lag_in_records(),
            Gauge::ErrorRate => say::error_rate_in_percent(),
        };
        Gauge::ALL.map(|(name, gauge)| (name.to_owned(), says(gauge).to_owned())).to_vec()
    });
    let level = Memo::new(move |_| above.with(|text| text.trim().parse::<u32>().ok()));
    let time = Memo::new(move |_| lasting.with(|text| read::span(text.trim(), "s").ok()));
    let wrong = Signal::derive(move || level.with(Option::is_none).then(|| say::a_whole_number().to_owned()));
    let wrong_time =
        Signal::derive(move || time.with(Option::is_none).then(|| say::a_duration_such_as_5s().to_owned()));
    let off = Signal::derive(move || level.with(Option::is_none) || time.with(Option::is_none));
    let set = move |()| {
        let found = gauge
            .with_untracked(|name| Gauge::ALL.iter().find(|(of, _)| of == name).map(|(_, gauge)| *gauge));
        let (Some(gauge), Some(above), Some(lasting)) = (found, level.get_untracked(), time.get_untracked())
        else {
            return;
        };
        let name: Arc<str> = [gauge.name(), "-of-", group.as_str()].concat().into();
        let rule = AlertRule { name, group: group.clone(), gauge, above: u64::from(above), lasting };
        session.dispatch(Command::SetAlert(Box::new(rule)));
    };
    view! {
        <div class="alarm-form">
            <Choice label=say::fires_when() options=options value=Signal::derive(move || gauge.get()) on_change=move |name| gauge.set(name)/>
            <Field label=say::is_above() value=above keyboard="numeric" error=wrong/>
            <Field label=say::lasting() value=lasting error=wrong_time/>
            <Button label=say::set_the_alarm() kind=ButtonKind::Plain disabled=off on_press=set/>
        </div>
    }
    .into_any()
}
