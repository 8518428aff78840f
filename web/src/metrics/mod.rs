//! The desk of metrics, below the stage: small multiples over the time bar's axis. One moment is read in all of them at once:
//! where the playhead is, or where a pointer or an arrow key points. It is built when it is first opened.

mod alarms;
mod chart;
pub mod export;

use crate::desk::frame::{self, Look};
use crate::lean::{attr, each, item, part, text};
use crate::memo::Memo;
use crate::session::Session;
use crate::timebar::scale;
use leptos::ev::KeyboardEvent;
use leptos::prelude::*;
use millrace_model::{GroupId, Time};
use millrace_view::metrics::{Chart, Frame, INTERVAL, Subject, charts};
use millrace_words::metrics as say;
use std::sync::Arc;

/// The narrowest chart, and the room between two.
const NARROWEST: f32 = 300.0;
const GAP: f32 = 20.0;
/// How high a chart is.
const HEIGHT: f32 = 128.0;

/// What is drawn, and for what it was computed.
#[derive(Clone, PartialEq)]
struct Seen {
    charts: Arc<Vec<Chart>>,
    frame: Frame,
    group: Option<GroupId>,
}

/// What the charts are computed from; nothing else changes them.
#[derive(Clone, Debug, PartialEq)]
struct Key {
    samples: usize,
    branch: u32,
    alarms: usize,
    end: Time,
    width: u32,
    group: Option<GroupId>,
}

/// Where the charts are read.
#[derive(Clone, Copy)]
struct Reading {
    session: Session,
    seen: Memo<Option<Seen>>,
    /// Where a pointer or a key points; the playhead if nowhere.
    pointed: RwSignal<Option<Time>>,
}

impl Reading {
    fn at(self) -> Time {
        self.pointed.get().unwrap_or_else(|| self.session.playhead.get())
    }
}

/// See the module.
pub fn desk(session: Session) -> AnyView {
    let summary = Signal::derive(move || {
        session.scene.track();
        let firing = session.with(|t| t.world().alerts().filter(|a| a.firing_since.is_some()).count());
        match firing {
            0 => say::metrics_over_time_throughput_lag().to_owned(),
            1 => say::metrics_over_time_an_alarm().to_owned(),
            n => say::metrics_over_time_alarms_fire(&n),
        }
    });
    frame::desk(session, &"metrics".into(), say::metrics().to_owned(), summary, inside)
}

fn inside(look: Look) -> AnyView {
    let session = look.session;
    let wanted = RwSignal::new(None::<GroupId>);
    let groups = Memo::new(move |_| {
        session.roster.with(|r| r.apps.iter().map(|app| app.group.clone()).collect::<Vec<_>>())
    });
    let group = Memo::new(move |_| {
        let all = groups.get();
        wanted.get().filter(|wanted| all.contains(wanted)).or_else(|| all.first().cloned())
    });
    let end = scale(session);
    let due = look.clone();
    let key = Memo::new(move |was: Option<&Option<Key>>| {
        if !due.is_due() {
            return was.cloned().flatten();
        }
        let (samples, fired) =
            session.with_metrics(|_, metrics| (metrics.samples(), metrics.fired().len()))?;
        let (branch, set) = session.with(|timeline| {
            (
                timeline.branch().id.0,
                timeline.world().alerts().map(|a| 1 + usize::from(a.firing_since.is_some())).sum::<usize>(),
            )
        });
        let width = frame::width(session) as u32;
        Some(Key { samples, branch, alarms: fired * 64 + set, end: end.get(), width, group: group.get() })
    });
    let seen = Memo::new(move |_| {
        let Key { end, width, group, .. } = key.get()?;
        let room = width as f32 + 32.0;
        let columns = ((room + GAP) / (NARROWEST + GAP)).floor().max(1.0);
        let width = (room - (columns - 1.0) * GAP) / columns;
        let frame = Frame { width, height: HEIGHT, from: Time::ZERO, until: end };
        let charts = session
            .with_metrics(|timeline, metrics| charts(metrics, group.as_ref(), timeline.world(), frame))?;
        Some(Seen { charts: Arc::new(charts), frame, group })
    });
    let reading = Reading { session, seen, pointed: RwSignal::new(None) };
    let names = Memo::new(move |_| {
        seen.with(|s| s.iter().flat_map(|s| s.charts.iter()).map(|c| (c.key, c.title)).collect::<Vec<_>>())
    });
    let all = move || {
        names
            .get()
            .into_iter()
            .map(|(key, title)| item(key, move || chart::figure(reading, key, title)))
            .collect()
    };
    let place = move || {
        let x = |at: Time| seen.with(|seen| seen.as_ref().map_or(0.0, |seen| seen.frame.x(at)));
        let now = x(reading.session.playhead.get());
        let read = x(reading.at());
        let [now, read] = [now, read].map(crate::stage::draw::px);
        format!("--now:{now}px;--read:{read}px")
    };
    view! {
        {chips(groups, group, wanted)}
        {alarms::alarms(session, group)}
        {readout(reading)}
        <div class="metrics" style=attr(place) data-pointed=attr(move || reading.pointed.get().is_some().to_string())>{each(all)}</div>
        <p class="desk-legend dim">{say::sampled_each_quarter_of_a()}</p>
    }
    .into_any()
}

/// Which application; nothing to choose with one.
fn chips(
    groups: Memo<Vec<GroupId>>,
    group: Memo<Option<GroupId>>,
    wanted: RwSignal<Option<GroupId>>,
) -> AnyView {
    part(move || {
        let all = groups.get();
        if all.len() < 2 {
            return ().into_any();
        }
        let chip = |id: GroupId| {
            let name = id.to_string();
            let of = id.clone();
            let pressed = attr(move || (group.get().as_ref() == Some(&of)).to_string());
            view! { <button type="button" class="chip-button" aria-pressed=pressed on:click=move |_| wanted.set(Some(id.clone()))>{name}</button> }.into_any()
        };
        let chips: Vec<_> = all.into_iter().map(chip).collect();
        view! { <div class="chips" role="group" aria-label=say::application()>{chips}</div> }.into_any()
    })
}

/// The moment that is read, as a slider: arrow keys go sample by sample, Enter brings the playhead there.
fn readout(reading: Reading) -> AnyView {
    let Reading { session, seen, pointed } = reading;
    let frontier = move || session.history.with(|h| h.frontier);
    let pressed = move |event: KeyboardEvent| {
        let now = pointed.get_untracked().unwrap_or_else(|| session.playhead.get_untracked());
        let to = match event.key().as_str() {
            "ArrowRight" | "ArrowUp" => Time((now.0 / INTERVAL.0 + 1) * INTERVAL.0),
            "ArrowLeft" | "ArrowDown" => Time(now.0.saturating_sub(1) / INTERVAL.0 * INTERVAL.0),
            "PageUp" => Time(now.0.saturating_add(INTERVAL.0 * 20)),
            "PageDown" => Time(now.0.saturating_sub(INTERVAL.0 * 20)),
            "Home" => Time::ZERO,
            "End" => untrack(frontier),
            "Enter" => {
                session.seek(now);
                pointed.set(None);
                return event.prevent_default();
            }
            "Escape" => return pointed.set(None),
            _ => return,
        };
        event.prevent_default();
        event.stop_propagation();
        pointed.set(Some(to.min(untrack(frontier))));
    };
    let says = move || {
        let at = reading.at();
        let values = seen.with(|seen| {
            let charts = seen.iter().flat_map(|seen| seen.charts.iter().map(move |chart| (seen, chart)));
            charts
                .filter_map(|(seen, chart)| chart::values(session, seen, chart, at))
                .collect::<Vec<_>>()
                .join("; ")
        });
        format!("{at}: {values}")
    };
    let ms = |at: Time| (at.0 / 1_000).to_string();
    view! {
        <div class="read-at" role="slider" tabindex="0" aria-label=say::moment_that_is_read() aria-valuemin="0"
            aria-valuemax=attr(move || ms(frontier())) aria-valuenow=attr(move || ms(reading.at())) aria-valuetext=attr(says)
            on:keydown=pressed on:blur=move |_| pointed.set(None)
        >
            <span class="dim">{say::read_at()} " "</span>
            <b class="number">{text(move || reading.at().to_string())}</b>
            <span class="dim keyboard">{text(move || match pointed.get() {
                Some(_) => [" ", say::enter_goes_there()].concat(),
                None => [" ", say::the_playhead()].concat(),
            })}</span>
        </div>
    }
    .into_any()
}

/// A line's subject on the desk of a group.
fn subject(group: Option<&GroupId>, line: millrace_view::metrics::Line) -> Option<&GroupId> {
    group.filter(|_| line.subject() == Subject::Group)
}
