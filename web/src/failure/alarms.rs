//! Alarms on the dead letters of an application: on their number and on their age are different alarms.

use super::{Look, painted, span};
use crate::lean::text;
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::ui::{Button, Choice, Disclosure, Field, Icon};
use leptos::prelude::*;
use millrace_sim::world::Alert;
use millrace_sim::{AlertRule, Command, Gauge};
use millrace_view::failure::rule;
use millrace_view::words;
use millrace_words::failure as say;

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let session = look.session;
    let name = look.name.clone();
    let of = name.clone();
    let seen = Memo::new(move |_| {
        session.scene.track();
        session.with(|timeline| {
            let alerts = timeline.world().alerts().filter(|alert| alert.rule.group.as_str() == &*of);
            alerts.cloned().collect::<Vec<Alert>>()
        })
    });
    let list = painted("", move || seen.with(|alerts| drawn(alerts)));
    let gauge = RwSignal::new("letters".to_owned());
    let above = RwSignal::new("0".to_owned());
    let lasting = RwSignal::new("0s".to_owned());
    let options = vec![
        ("letters".to_owned(), say::the_number_of_letters().to_owned()),
        ("letter-age".to_owned(), say::the_age_of_the_oldest().to_owned()),
        ("lag".to_owned(), say::records_still_to_come().to_owned()),
        ("error-rate".to_owned(), say::deliveries_that_threw_in_percent().to_owned()),
    ];
    let set = Callback::new(move |()| {
        let kind = gauge.get_untracked();
        let found = Gauge::ALL.iter().find(|(name, _)| *name == kind).map(|(_, gauge)| *gauge);
        let number = above.with_untracked(|text| text.trim().parse::<u32>());
        let span = lasting.with_untracked(|text| crate::controls::read::span(text, "s"));
        let (Some(gauge), Ok(above), Ok(lasting)) = (found, number, span) else {
            session.refuse(say::expected_a_whole_number_and());
            return;
        };
        let rule = AlertRule {
            name: format!("{name}-{kind}").into(),
            group: (&*name).into(),
            gauge,
            above: u64::from(above),
            lasting,
        };
        session.dispatch(Command::SetAlert(Box::new(rule)));
    });
    let summary = Signal::derive(move || match seen.with(Vec::len) {
        0 => say::alarms_none_set().to_owned(),
        n => say::alarms_n(&n),
    });
    let hint = text(move || match gauge.with(|g| g == "letter-age") {
        true => say::one_old_payment_beats_five().to_owned(),
        false => say::looked_at_once_a_second().to_owned(),
    });
    view! {
        <section class="letter-alarms" aria-label=say::the_alarms()>
            {list}
            <Disclosure summary=summary>
                <div class="alarm-fields">
                    <Choice label=say::fires_on() options=options value=gauge on_change=move |kind| gauge.set(kind)/>
                    <Field label=say::above() value=above keyboard="numeric" on_enter=set/>
                    <Field label=say::lasting() value=lasting on_enter=set/>
                    <div class="row"><Button label=say::set_the_alarm() icon=Icon::Plus on_press=set/></div>
                </div>
                <p class="dim">{hint}</p>
            </Disclosure>
        </section>
    }
    .into_any()
}

fn drawn(alerts: &[Alert]) -> Node {
    let one = |alert: &Alert| {
        let (class, state) = match (alert.firing_since, alert.pending_since) {
            (Some(since), _) => ("alarm-line is-firing", say::fires_since(&words::time(since))),
            (None, Some(since)) => ("alarm-line is-pending", say::above_it_since(&words::time(since))),
            (None, None) => ("alarm-line", say::quiet().to_owned()),
        };
        let past = match alert.fired {
            0 => String::new(),
            n => say::fired_times(n as u64),
        };
        node("li")
            .key(alert.rule.name.to_string())
            .is("class", class)
            .set("data-alarm", alert.rule.name.to_string())
            .child(node("b").text(rule(&alert.rule)))
            .child(span("dim", format!("{state}{past}")))
    };
    node("ul")
        .is("class", "alarm-list")
        .is("aria-label", say::the_alarms())
        .children(alerts.iter().map(one).collect())
}
