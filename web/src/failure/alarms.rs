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
        ("letters".to_owned(), "the number of letters".to_owned()),
        ("letter-age".to_owned(), "the age of the oldest, in seconds".to_owned()),
        ("lag".to_owned(), "records still to come".to_owned()),
        ("error-rate".to_owned(), "deliveries that threw, in percent".to_owned()),
    ];
    let set = Callback::new(move |()| {
        let kind = gauge.get_untracked();
        let found = Gauge::ALL.iter().find(|(name, _)| *name == kind).map(|(_, gauge)| *gauge);
        let number = above.with_untracked(|text| text.trim().parse::<u32>());
        let span = lasting.with_untracked(|text| crate::controls::read::span(text, "s"));
        let (Some(gauge), Ok(above), Ok(lasting)) = (found, number, span) else {
            session.refuse("expected a whole number, and a duration such as 10s");
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
        0 => "alarms: none set".to_owned(),
        1 => "alarms: 1".to_owned(),
        n => format!("alarms: {n}"),
    });
    let hint = text(move || match gauge.with(|g| g == "letter-age") {
        true => {
            "One old payment beats five hundred fresh clicks: age and number are different alarms.".to_owned()
        }
        false => "Looked at once a second, as Prometheus does.".to_owned(),
    });
    view! {
        <section class="letter-alarms" aria-label="alarms">
            {list}
            <Disclosure summary=summary>
                <div class="alarm-fields">
                    <Choice label="fires on" options=options value=gauge on_change=move |kind| gauge.set(kind)/>
                    <Field label="above" value=above keyboard="numeric" on_enter=set/>
                    <Field label="for" value=lasting on_enter=set/>
                    <div class="row"><Button label="Set the alarm" icon=Icon::Plus on_press=set/></div>
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
            (Some(since), _) => ("alarm-line is-firing", format!("fires since {}", words::time(since))),
            (None, Some(since)) => {
                ("alarm-line is-pending", format!("above it since {}", words::time(since)))
            }
            (None, None) => ("alarm-line", "quiet".to_owned()),
        };
        let past = match alert.fired {
            0 => String::new(),
            n => format!(" · fired {}", words::many(n, "time")),
        };
        node("li")
            .key(alert.rule.name.to_string())
            .is("class", class)
            .set("data-alarm", alert.rule.name.to_string())
            .child(node("b").text(rule(&alert.rule)))
            .child(span("dim", format!("{state}{past}")))
    };
    node("ul").is("class", "alarm-list").is("aria-label", "alarms").children(alerts.iter().map(one).collect())
}
