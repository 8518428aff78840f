//! The inspector: what something is, its numbers under Kafka's names, why it is there, and what can be done with it.
//! What it says comes from `view`; here it only gets its place.

use crate::lean::{maybe, part, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, ButtonKind, Icon};
use leptos::prelude::*;
use millrace_view::{Action, Fact, Inspector as Found, Why, inspect};
use millrace_words::{frame as keys, inspector as say};
use std::sync::Arc;

/// Thousandths of virtual seconds, at 1×, between two looks while time runs: eyes cannot read faster, and a look costs.
const LOOK_MS: u64 = 200;

/// See the module.
#[component]
pub fn Inspector() -> AnyView {
    let session = expect_context::<Session>();
    let tick = Memo::new(move |_| {
        let transport = session.transport.get();
        match transport.is_playing {
            true => (true, session.playhead.get().0 / (LOOK_MS * 10 * u64::from(transport.speed.max(1)))),
            false => (false, session.history.with(|h| u64::from(h.moment.branch.0) << 40 ^ h.moment.step)),
        }
    });
    let found: Memo<Option<Arc<Found>>> = Memo::new(move |_| {
        tick.track();
        let target = session.selected.get()?;
        Some(Arc::new(session.with(|timeline| inspect(timeline, &target))))
    });
    let is_any = Memo::new(move |_| found.with(Option::is_some));
    let content = part(move || if is_any.get() { something(session, found, tick) } else { nothing(session) });
    view! { <div class="sections inspected">{content}</div> }.into_any()
}

/// What to click.
fn nothing(session: Session) -> AnyView {
    let count = Memo::new(move |_| session.scene.with(|scene| scene.topics.len() + scene.groups.len()));
    let says = move || match count.get() {
        0 => say::create_a_topic_on_the(),
        _ => say::choose_a_record_a_partition(),
    };
    view! {
        <section class="panel">
            <h2>{say::why_is_it_there()}</h2>
            <p class="dim">{text(move || says().to_owned())}</p>
            <p class="dim keyboard">{say::with_the_keyboard()} " " <kbd class="keycap">{keys::tab_key()}</kbd> " " {say::to_the_stage()} " " <kbd class="keycap">{keys::enter()}</kbd> " " {say::to_look()}</p>
        </section>
        <section class="panel legend" inner_html=legend()></section>
    }
    .into_any()
}

/// How to read the stage: written in `index.html`, because text weighs less there.
fn legend() -> String {
    document().get_element_by_id("legend").map(|legend| legend.inner_html()).unwrap_or_default()
}

fn something(session: Session, found: Memo<Option<Arc<Found>>>, tick: Memo<(bool, u64)>) -> AnyView {
    let kind = Memo::new(move |_| found.with(|f| f.as_ref().map_or("", |f| f.kind)));
    let title = Memo::new(move |_| found.with(|f| f.as_ref().map(|f| f.title.clone()).unwrap_or_default()));
    let facts = Memo::new(move |_| found.with(|f| f.as_ref().map(|f| f.facts.clone()).unwrap_or_default()));
    let why = Memo::new(move |_| found.with(|f| f.as_ref().map(|f| f.why.clone()).unwrap_or_default()));
    let actions =
        Memo::new(move |_| found.with(|f| f.as_ref().map(|f| f.actions.clone()).unwrap_or_default()));
    let chain = move || {
        let links = why.get();
        (!links.is_empty()).then(|| {
            let links: Vec<_> = links.into_iter().map(|link| cause(session, link)).collect();
            view! {
                <section class="panel">
                    <h3>{say::why_is_it_so()}</h3>
                    <ol class="why">{links}</ol>
                </section>
            }
            .into_any()
        })
    };
    let then = Memo::new(move |_| found.with(|f| f.as_ref().map(|f| f.then.clone()).unwrap_or_default()));
    let came = move || {
        let links = then.get();
        (!links.is_empty()).then(|| {
            let links: Vec<_> = links.into_iter().map(|link| cause(session, link)).collect();
            view! {
                <section class="panel came">
                    <h3>{say::what_came_of_it()}</h3>
                    <ol class="why">{links}</ol>
                </section>
            }
            .into_any()
        })
    };
    let deeds = move || {
        let actions = actions.get();
        (!actions.is_empty()).then(|| {
            let buttons: Vec<_> = actions.into_iter().map(|action| deed(session, action)).collect();
            view! { <section class="panel"><div class="row deeds">{buttons}</div></section> }.into_any()
        })
    };
    view! {
        <section class="panel" aria-live="polite">
            <div class="row spread">
                <span class="dim">{text(move || kind.get().to_owned())}</span>
                <Button label=say::close() icon=Icon::Close bare=true kind=ButtonKind::Quiet on_press=move |()| session.selected.set(None)/>
            </div>
            <h2 class="inspected-title">{text(move || title.get())}</h2>
        </section>
        <dl class="panel facts">{part(move || facts.get().into_iter().map(fact).collect::<Vec<_>>().into_any())}</dl>
        {crate::groups::panel(session, tick)}
        {maybe(came)}
        {maybe(chain)}
        {maybe(deeds)}
    }
    .into_any()
}

fn fact(fact: Fact) -> AnyView {
    let Fact { name, value } = fact;
    view! { <div data-fact=name.clone()><dt>{name.clone()}</dt><dd>{value}</dd></div> }.into_any()
}

/// One link of the chain: a click goes to the moment at which it happened.
fn cause(session: Session, link: Why) -> AnyView {
    let step = link.step;
    view! {
        <li>
            <button type="button" class="cause" on:click=move |_| session.seek_step(step)>
                <span>{link.text}</span>
                <span class="number dim">{say::step(&link.at, &step)}</span>
            </button>
        </li>
    }
    .into_any()
}

fn deed(session: Session, action: Action) -> AnyView {
    let Action { label, line } = action;
    let kind = if [" crash ", "lose "].iter().any(|verb| line.contains(verb)) {
        ButtonKind::Danger
    } else {
        ButtonKind::Plain
    };
    let hint = line.clone();
    let press = move |()| {
        session.run_line(&line);
    };
    view! { <Button label=label hint=hint kind=kind on_press=press/> }.into_any()
}
