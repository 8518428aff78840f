//! The services that the application calls: calls over time, sliders that break them, and each process's circuit breaker
//! as a diagram of its three states.

use super::{Look, painted, span};
use crate::controls::services as forms;
use crate::desk::frame::{picture, width};
use crate::desk::plot;
use crate::lean::{attr, each, item, maybe, part, text};
use crate::memo::Memo;
use crate::paint::{Node, node};
use crate::stage::draw::{boxed, fit_small, g, px, stroke, text as label};
use crate::ui::{Button, ButtonKind, Icon, Slider};
use leptos::prelude::*;
use millrace_model::Span;
use millrace_sim::{Command, ServiceAction, ServiceCommand};
use millrace_view::failure::{BreakerBoard, Chart, ServiceBoard, services};
use millrace_view::words;
use millrace_words::failure as say;
use std::sync::Arc;

type Boards = Memo<Arc<Vec<ServiceBoard>>>;

/// Stops of the latency slider, in milliseconds.
const STOPS: [u64; 14] = [1, 5, 10, 20, 50, 100, 200, 300, 500, 1_000, 2_000, 5_000, 10_000, 30_000];

/// See the module.
pub fn panel(look: Look) -> AnyView {
    let group = look.name.clone();
    of(look, Some(group))
}

/// All services, whoever calls them.
pub fn all(look: Look) -> AnyView {
    of(look, None)
}

fn of(look: Look, group: Option<Arc<str>>) -> AnyView {
    let session = look.session;
    let name = look.name.clone();
    let seen: Boards = Memo::new(move |was: Option<&Arc<Vec<ServiceBoard>>>| match look.is_due() {
        true => {
            Arc::new(session.with(|timeline| services(timeline, group.as_deref(), width(session) - 48.0)))
        }
        false => was.cloned().unwrap_or_default(),
    });
    let names =
        Memo::new(move |_| seen.with(|all| all.iter().map(|one| one.name.clone()).collect::<Vec<_>>()));
    let all = move || {
        names.get().into_iter().map(|n| item(n.clone(), move || service(seen, &n, session))).collect()
    };
    let none = part(move || match names.with(Vec::is_empty) {
        true => view! {
            <p class="fate-headline">{say::calls_no_service(&name)}</p>
            <p class="dim">{say::a_listener_that_charges_cards()}</p>
            <div class="service-forms">{forms::forms(session)}</div>
        }
        .into_any(),
        false => ().into_any(),
    });
    view! { <div class="services">{each(all)}</div> {none} }.into_any()
}

fn find<T: Default>(seen: Boards, name: &str, read: impl FnOnce(&ServiceBoard) -> T) -> T {
    seen.with(|all| all.iter().find(|one| one.name == name).map(read).unwrap_or_default())
}

fn service(seen: Boards, name: &str, session: crate::session::Session) -> AnyView {
    let of: Arc<str> = name.into();
    let n = of.clone();
    let is_broken = Memo::new(move |_| find(seen, &n, |one| one.is_broken));
    let n = of.clone();
    let errors = Memo::new(move |_| find(seen, &n, |one| one.errors));
    let n = of.clone();
    let latency = Memo::new(move |_| find(seen, &n, |one| one.latency.0));
    let act = {
        let name = of.clone();
        Callback::new(move |action: ServiceAction| {
            session.dispatch(Command::Service(ServiceCommand { name: (&*name).into(), action }));
        })
    };
    let moved = RwSignal::new(None::<u32>);
    let errors_now = Signal::derive(move || moved.get().unwrap_or_else(|| errors.get()));
    let settle = move |_| {
        let Some(errors) = moved.get_untracked() else { return };
        moved.set(None);
        act.run(ServiceAction::Break { errors, latency: Some(Span(latency.get_untracked())), share: 100 });
    };
    let slowed = RwSignal::new(None::<u32>);
    let stop = Signal::derive(move || slowed.get().unwrap_or_else(|| stop_of(latency.get())));
    let latency_text = Signal::derive(move || match slowed.get() {
        Some(stop) => words::span(Span::from_millis(millis(stop))),
        None => words::span(Span(latency.get())),
    });
    let settle_latency = move |_| {
        let Some(stop) = slowed.get_untracked() else { return };
        slowed.set(None);
        act.run(ServiceAction::Break {
            errors: errors.get_untracked(),
            latency: Some(Span::from_millis(millis(stop))),
            share: 100,
        });
    };
    let n = of.clone();
    let numbers = text(move || find(seen, &n, numbers));
    let n = of.clone();
    let says = text(move || find(seen, &n, |one| one.chart.says.clone()));
    let state =
        text(move || if is_broken.get() { say::broken().to_owned() } else { say::works().to_owned() });
    let class =
        attr(
            move || {
                if is_broken.get() {
                    "service-state is-broken".to_owned()
                } else {
                    "service-state".to_owned()
                }
            },
        );
    let deed = part(move || {
        match is_broken.get() {
        true => view! { <Button label=say::mend_it() kind=ButtonKind::Primary icon=Icon::Check on_press=move |()| act.run(ServiceAction::Mend)/> }.into_any(),
        false => view! { <Button label=say::break_it() kind=ButtonKind::Danger icon=Icon::Bolt on_press=move |()| act.run(ServiceAction::Break { errors: 100, latency: None, share: 100 })/> }.into_any(),
    }
    });
    let n = of.clone();
    let (chart, _) = picture("calls", say::calls_over_time_when_how(), move || {
        seen.with(|all| all.iter().find(|one| *one.name == *n).map(|one| drawn(&one.chart)))
    });
    let n = of.clone();
    let names = Memo::new(move |_| {
        find(seen, &n, |one| one.breakers.iter().map(|b| b.name.clone()).collect::<Vec<_>>())
    });
    let n = of.clone();
    let breakers = move || {
        let draw = |b: String| {
            let n = n.clone();
            item(b.clone(), move || breaker(seen, n.clone(), b.clone(), session))
        };
        names.get().into_iter().map(draw).collect()
    };
    let none = maybe(move || {
        names
            .with(Vec::is_empty)
            .then(|| view! { <p class="dim">{say::no_circuit_breaker_every_record()}</p> }.into_any())
    });
    let n = of.clone();
    let limits = part(move || {
        let all = find(seen, &n, |one| one.limits.clone());
        all.into_iter()
            .map(|says| view! { <p class="limit-line">{says}</p> }.into_any())
            .collect::<Vec<_>>()
            .into_any()
    });
    view! {
        <section class="service" aria-label=say::service(&of) data-service=of.to_string()>
            <div class="row spread service-head">
                <h3>{of.to_string()} " " <span class=class>{state}</span></h3>
                {deed}
            </div>
            <p class="dim">{numbers}</p>
            <div class="service-knobs">
                <div on:change=settle><Slider label=say::calls_that_fail() min=0 max=100 value=errors_now
                    text=Signal::derive(move || format!("{} %", errors_now.get())) on_input=move |n| moved.set(Some(n))/></div>
                <div on:change=settle_latency><Slider label=say::time_for_one_call() min=0 max=STOPS.len() as u32 - 1 value=stop
                    text=latency_text on_input=move |n| slowed.set(Some(n))/></div>
            </div>
            {chart}
            <p class="desk-legend dim">{says} ". " {say::each_dot_is_a_call()}</p>
            {each(breakers)}
            {none}
            {limits}
        </section>
    }
    .into_any()
}

fn millis(stop: u32) -> u64 {
    STOPS.get(stop as usize).copied().unwrap_or(100)
}

fn stop_of(us: u64) -> u32 {
    STOPS.iter().rposition(|stop| stop * 1_000 <= us).unwrap_or(0) as u32
}

fn numbers(one: &ServiceBoard) -> String {
    let (calls, failed) = one.calls;
    let queue =
        if one.queue.0 > 0 { say::of_work_in_its_queue(&words::span(one.queue)) } else { String::new() };
    let callers = words::list(one.callers.iter().cloned(), 6);
    [&*one.capacity, " · ", &say::calls_failed(calls, &failed), &queue, " · ", &say::called_by(&callers)]
        .concat()
}

fn drawn(chart: &Chart) -> Node {
    let plot_area = chart.plot;
    let bottom = plot_area.y + plot_area.h;
    let mut ground = g("ground").child(boxed("trough", plot_area, "8"));
    for tick in &chart.ticks {
        ground = ground
            .child(stroke("grid", format!("M{} {}V{}", px(tick.x), px(plot_area.y), px(bottom))))
            .child(label("tick", tick.x, bottom + 15.0, tick.text.clone()));
    }
    for (n, text) in chart.scale.iter().enumerate() {
        let y = plot_area.y + plot_area.h * (n as f32) / 2.0;
        ground = ground
            .child(stroke(
                "grid",
                format!("M{} {}H{}", px(plot_area.x), px(y), px(plot_area.x + plot_area.w)),
            ))
            .child(label("tick end", plot_area.x - 8.0, y + 4.0, text.clone()));
    }
    let dots = chart.dots.iter().map(|dot| {
        let (x, y) = (dot.at.x, dot.at.y);
        match dot.failed {
            true => stroke("call is-failed", format!("M{} {}l6 6m0-6l-6 6", px(x - 3.0), px(y - 3.0))),
            false => node("circle").is("class", "call").set("cx", px(x)).set("cy", px(y)).is("r", "2.5"),
        }
    });
    let marks = chart.marks.iter().map(|mark| {
        let (class, word) = match mark.text {
            "broken" => ("call-mark is-broken", say::broken()),
            "slowed" => ("call-mark is-broken", say::slowed()),
            _ => ("call-mark", say::mended()),
        };
        g(class)
            .child(stroke("line", format!("M{} {}V{}", px(mark.x), px(plot_area.y - 2.0), px(bottom))))
            .child(label("mark-word", mark.x, plot_area.y - 6.0, word.to_owned()))
    });
    let bands = chart.bands.iter().flat_map(|(name, bands)| {
        let y = bands.first().map_or(0.0, |band| band.rect.y);
        let name = label(
            "tick end",
            plot_area.x - 8.0,
            y + 13.0,
            fit_small(name.rsplit('/').next().unwrap_or(name), 44.0),
        );
        let drawn = bands.iter().map(|band| {
            let class = match band.state {
                "open" => "band is-open",
                "half-open" => "band is-half-open",
                _ => "band is-closed",
            };
            let word = (band.rect.w > 58.0)
                .then(|| label("band-word", band.rect.x + 6.0, band.rect.y + 13.0, band.state.to_owned()));
            g(class).child(boxed("pane", band.rect, "4")).maybe(word)
        });
        [name].into_iter().chain(drawn).collect::<Vec<_>>()
    });
    plot::root(chart.rect)
        .child(ground)
        .child(g("bands").children(bands.collect()))
        .child(g("marks").children(marks.collect()))
        .child(g("calls").children(dots.collect()))
}

fn breaker(seen: Boards, service: Arc<str>, name: String, session: crate::session::Session) -> AnyView {
    let of = name.clone();
    let board: Memo<Option<BreakerBoard>> = Memo::new(move |_| {
        seen.with(|all| {
            let service = all.iter().find(|one| *one.name == *service)?;
            service.breakers.iter().find(|b| b.name == of).cloned()
        })
    });
    let until = Memo::new(move |_| board.with(|b| b.as_ref().and_then(|b| b.until)));
    let countdown = maybe(move || {
        let until = until.get()?;
        let left = text(move || {
            let tenths = until.0.saturating_sub(session.playhead.get().0) / 100_000;
            format!("{}.{}", tenths / 10, tenths % 10)
        });
        Some(view! { <p class="countdown"><span class="countdown-number">{left}</span> " " {say::s_until_it_is_half_open()}</p> }.into_any())
    });
    let states = painted("", move || board.with(|b| b.as_ref().map_or_else(|| node("div"), diagram)));
    let says = text(move || board.with(|b| b.as_ref().map(sentence).unwrap_or_default()));
    view! {
        <div class="breaker" role="group" aria-label=say::circuit_breaker_of(&name) data-breaker=name.clone()>
            <h4>{say::circuit_breaker_of_word()} " " {name.clone()}</h4>
            {states}
            {countdown}
            <p class="dim">{says}</p>
        </div>
    }
    .into_any()
}

fn sentence(board: &BreakerBoard) -> String {
    let (opened, closed) = board.trips;
    say::opened_closed(opened as u64, closed as u64, &board.meanwhile)
}

fn diagram(board: &BreakerBoard) -> Node {
    let (calls, failed) = board.counts;
    let counted = |is: bool, says: String| match (is, board.slow) {
        (true, 0) => says,
        (true, slow) => [&*says, ", ", &say::slow(&slow)].concat(),
        (false, _) => String::new(),
    };
    let states = [
        (
            "closed",
            say::calls_go_through(),
            counted(board.state == "closed", say::failed_of_calls(&failed, calls as u64)),
            &board.opens,
        ),
        ("open", say::nothing_goes_through(), String::new(), &board.tries),
        (
            "half-open",
            say::a_few_probes_go_through(),
            counted(board.state == "half-open", say::failed_of_probes(&failed, calls as u64)),
            &board.closes,
        ),
    ];
    let one = |(name, means, count, next): (&'static str, &str, String, &String)| {
        let is_it = board.state == name;
        let class = ["breaker-state is-", name, if is_it { " is-now" } else { "" }].concat();
        let now = is_it.then(|| node("span").is("class", "visually-hidden").text([" ", say::now()].concat()));
        let count = (!count.is_empty()).then(|| span("breaker-count", count));
        let place = node("div")
            .set("class", class)
            .is("data-state", name)
            .child(node("b").text(name.to_owned()))
            .maybe(now)
            .child(span("dim", means.to_owned()))
            .maybe(count);
        let arrow = node("div")
            .is("class", "breaker-arrow")
            .child(span("arrow-head", "→".to_owned()).is("aria-hidden", "true"))
            .child(span("dim", next.clone()));
        node("li").key(name.to_owned()).child(place).child(arrow)
    };
    let back = say::then_closed_again_if_the();
    node("div")
        .child(
            node("ol")
                .is("class", "breaker-states")
                .set("data-now", board.state.to_owned())
                .children(states.into_iter().map(one).collect()),
        )
        .child(node("p").is("class", "breaker-back dim").text(back.to_owned()))
}
