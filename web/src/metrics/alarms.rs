//! The alarms of an application: a form for one more, and how each of them stands.

use crate::controls::read;
use crate::lean::maybe;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Choice, Disclosure, Field};
use leptos::prelude::*;
use millrace_model::{GroupId, Span, Time};
use millrace_sim::{AlertRule, Command, Gauge};
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
                let lasting =
                    if rule.lasting > Span::ZERO { format!(" for {}", rule.lasting) } else { String::new() };
                let says = format!("{}: {} above {}{lasting}", rule.name, rule.gauge.name(), rule.above);
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
                let since = one.since.map(|at| format!(" since {}", millrace_view::words::time(at))).unwrap_or_default();
                view! { <li class="alarm" data-state=one.state><span class="sign alarm"></span> <b>{one.state}</b> <span>{since} " · " {one.says}</span></li> }.into_any()
            };
            let lines: Vec<_> = all.into_iter().map(line).collect();
            view! { <div role="status"><ul class="alarms" aria-label="alarms">{lines}</ul></div> }.into_any()
        })
    });
    let form = maybe(move || {
        group.get().map(|group| {
            view! { <Disclosure summary="set an alarm">{form(session, group)}</Disclosure> }.into_any()
        })
    });
    view! { {list} {form} }.into_any()
}

fn form(session: Session, group: GroupId) -> AnyView {
    let gauge = RwSignal::new(Gauge::Lag.name().to_owned());
    let (above, lasting) = (RwSignal::new("10".to_owned()), RwSignal::new("2s".to_owned()));
    let options = Signal::derive(|| {
        let says = |gauge: Gauge| match gauge {
            Gauge::Letters => "dead letters waiting",
            Gauge::LetterAge => "age of the oldest dead letter, in seconds",
            Gauge::Lag => "consumer lag, in records",
            Gauge::ErrorRate => "error rate, in percent",
        };
        Gauge::ALL.map(|(name, gauge)| (name.to_owned(), says(gauge).to_owned())).to_vec()
    });
    let level = Memo::new(move |_| above.with(|text| text.trim().parse::<u32>().ok()));
    let time = Memo::new(move |_| lasting.with(|text| read::span(text.trim(), "s").ok()));
    let wrong = Signal::derive(move || level.with(Option::is_none).then(|| "a whole number".to_owned()));
    let wrong_time =
        Signal::derive(move || time.with(Option::is_none).then(|| "a duration such as 5s".to_owned()));
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
            <Choice label="fires when" options=options value=Signal::derive(move || gauge.get()) on_change=move |name| gauge.set(name)/>
            <Field label="is above" value=above keyboard="numeric" error=wrong/>
            <Field label="for" value=lasting error=wrong_time/>
            <Button label="Set the alarm" kind=ButtonKind::Plain disabled=off on_press=set/>
        </div>
    }
    .into_any()
}
