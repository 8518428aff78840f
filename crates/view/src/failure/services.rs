//! The services downstream: how long calls take and how many fail, over time; and each process's circuit breaker.

use crate::desk::Scale;
use crate::inspect::SEARCHED;
use crate::layout::rect;
use crate::scene::{Point, Rect, Target, Tick};
use crate::words;
use millrace_client::listener::{Breaker, BreakerConfig, BreakerState, Call, InstanceEvent, Port};
use millrace_model::{Map, Span, Time};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{Actor, Command, Entry, Fact, NodeId, ServiceAction, Timeline, World};

/// How much of the past a chart shows.
const SHOWN: Span = Span::from_secs(60);
/// Most calls in it.
const DOTS: usize = 600;
const PLOT_H: f32 = 132.0;
const BAND_H: f32 = 18.0;
const LEFT: f32 = 56.0;

/// A call.
#[derive(Clone, Debug, PartialEq)]
pub struct CallDot {
    /// When it began, and how long the caller waited.
    pub at: Point,
    /// Whether it was to no avail.
    pub failed: bool,
}

/// The service was broken, or mended.
#[derive(Clone, Debug, PartialEq)]
pub struct CallMark {
    /// When.
    pub x: f32,
    /// `broken`, `mended`.
    pub text: &'static str,
}

/// A breaker's state for a while.
#[derive(Clone, Debug, PartialEq)]
pub struct Band {
    /// Its box.
    pub rect: Rect,
    /// `closed`, `open`, `half-open`.
    pub state: &'static str,
}

/// Calls over time.
#[derive(Clone, Debug, PartialEq)]
pub struct Chart {
    /// The whole.
    pub rect: Rect,
    /// Where the calls are.
    pub plot: Rect,
    /// Times.
    pub ticks: Vec<Tick>,
    /// What the top of the plot stands for, and its middle.
    pub scale: [String; 2],
    /// The calls.
    pub dots: Vec<CallDot>,
    /// What was done to the service.
    pub marks: Vec<CallMark>,
    /// The breakers below, one lane for each process, with its name.
    pub bands: Vec<(String, Vec<Band>)>,
    /// In words.
    pub says: String,
}

/// A circuit breaker.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BreakerBoard {
    /// `billing/c1`.
    pub name: String,
    /// For the inspector.
    pub target: Target,
    /// `closed`, `open`, `half-open`.
    pub state: &'static str,
    /// Until when it is open.
    pub until: Option<Time>,
    /// Calls in its window, and how many of them failed.
    pub counts: (u32, u32),
    /// What makes it open.
    pub opens: String,
    /// What makes it half open.
    pub tries: String,
    /// What makes it close.
    pub closes: String,
    /// How often it has opened, and closed again.
    pub trips: (u32, u32),
    /// What becomes of records while it is open.
    pub meanwhile: &'static str,
}

/// A service.
#[derive(Clone, Debug, PartialEq)]
pub struct ServiceBoard {
    /// Its name.
    pub name: String,
    /// How many percent of its calls fail.
    pub errors: u32,
    /// How long it works on a call.
    pub latency: Span,
    /// Whether it is broken.
    pub is_broken: bool,
    /// How many calls it works on at a time, and how many a second that makes.
    pub capacity: String,
    /// Calls so far, and how many of them failed.
    pub calls: (u64, u64),
    /// How long a call waits in its queue now.
    pub queue: Span,
    /// Who calls it.
    pub callers: Vec<String>,
    /// Calls over time.
    pub chart: Chart,
    /// The breakers of those who call it.
    pub breakers: Vec<BreakerBoard>,
}

/// The services that `group` calls, or all of them.
pub fn services(timeline: &Timeline, group: Option<&str>, width: f32) -> Vec<ServiceBoard> {
    let world = timeline.world();
    let call_of = |group: &str| world.apps().get(group)?.config.guard.as_ref()?.call.as_ref();
    let wanted =
        |name: &str| group.is_none_or(|group| call_of(group).is_some_and(|call| *call.service == *name));
    let mut boards = Vec::new();
    for (name, service) in world.services().filter(|(name, _)| wanted(name)) {
        let callers: Vec<(NodeId, String, &Call)> = callers(world, name);
        let per_second = u64::from(service.capacity()) * 1_000_000 / service.latency().0.max(1);
        let groups = world
            .apps()
            .iter()
            .filter(|(of, _)| call_of(of.as_str()).is_some_and(|call| *call.service == *name));
        boards.push(ServiceBoard {
            name: name.to_owned(),
            errors: service.broken().map_or(0, |(errors, _)| errors),
            latency: service.latency(),
            is_broken: service.broken().is_some(),
            capacity: format!("{} at a time: {per_second} a second", words::many(service.capacity(), "call")),
            calls: service.calls(),
            queue: service.queue(world.now()),
            callers: groups.map(|(of, _)| of.to_string()).collect(),
            chart: chart(timeline, name, &callers, width),
            breakers: breakers(world, &callers),
        });
    }
    boards
}

/// The processes that call it and are there.
fn callers<'a>(world: &'a World, name: &str) -> Vec<(NodeId, String, &'a Call)> {
    let of = world.nodes().filter(|(_, node)| node.activity() != Activity::Gone).filter_map(|(id, node)| {
        let Kind::Instance { group, instance } = &node.kind else { return None };
        let call = instance.guard()?.call.as_ref().filter(|call| *call.service == *name)?;
        Some((id, format!("{group}/{}", node.name), call))
    });
    of.collect()
}

fn breakers(world: &World, callers: &[(NodeId, String, &Call)]) -> Vec<BreakerBoard> {
    let board = |(id, name, call): &(NodeId, String, &Call)| {
        let config = call.breaker?;
        let node = world.node(*id)?;
        let Kind::Instance { group, instance } = &node.kind else { return None };
        let breaker = &instance.calls().breaker;
        let state = breaker.state(world.now());
        let needed = config.minimum_number_of_calls.min(config.sliding_window_size);
        Some(BreakerBoard {
            name: name.clone(),
            target: Target::Member(group.clone(), node.name.clone()),
            state: word(state),
            until: match state {
                BreakerState::Open(until) => Some(until),
                BreakerState::Closed | BreakerState::HalfOpen => None,
            },
            counts: breaker.counts(),
            opens: format!(
                "{} % of at least {} fail",
                config.failure_rate_threshold,
                words::many(needed, "call")
            ),
            tries: format!("after {}", words::span(config.wait_duration_in_open_state)),
            closes: format!(
                "fewer than {} % of {} fail",
                config.failure_rate_threshold,
                words::many(config.permitted_calls_in_half_open, "probe")
            ),
            trips: breaker.trips(),
            meanwhile: match config.pauses {
                true => "while it is open the partitions are paused: records wait in the log",
                false => "while it is open each record fails at once with CallNotPermittedException",
            },
        })
    };
    callers.iter().filter_map(board).collect()
}

fn word(state: BreakerState) -> &'static str {
    match state {
        BreakerState::Closed => "closed",
        BreakerState::Open(_) => "open",
        BreakerState::HalfOpen => "half-open",
    }
}

/// A breaker as the trace tells of it.
struct Replay {
    id: NodeId,
    name: String,
    config: BreakerConfig,
    breaker: Breaker,
    running: Map<Port, bool>,
    /// Its states, each from when on.
    states: Vec<(Time, &'static str)>,
}

impl Replay {
    fn note(&mut self, at: Time) {
        // An open one is half open when its time is over, whether or not anybody looks.
        if let BreakerState::Open(until) = self.breaker.state(Time::ZERO)
            && until <= at
            && self.states.last().is_some_and(|(_, state)| *state == "open")
        {
            self.states.push((until, "half-open"));
        }
        let state = word(self.breaker.state(at));
        if self.states.last().is_none_or(|(_, last)| *last != state) {
            self.states.push((at, state));
        }
    }

    fn see(&mut self, entry: &Entry, event: &InstanceEvent) {
        self.note(entry.at);
        match event {
            InstanceEvent::Called { port, quote } => {
                self.running.insert(*port, quote.error.is_some());
            }
            InstanceEvent::Handled(handled) => {
                if let Some(failed) = self.running.remove(&handled.port) {
                    self.breaker.record(&self.config, handled.at, failed);
                    self.note(entry.at);
                }
            }
            _ => {}
        }
    }
}

fn chart(timeline: &Timeline, name: &str, callers: &[(NodeId, String, &Call)], width: f32) -> Chart {
    let world = timeline.world();
    let now = world.now();
    let from = Time(now.0.saturating_sub(SHOWN.0));
    let replays = callers.iter().filter_map(|(id, name, call)| {
        let (breaker, running, states) = (Breaker::default(), Map::new(), Vec::new());
        Some(Replay { id: *id, name: name.clone(), config: call.breaker?, breaker, running, states })
    });
    let mut replays: Vec<Replay> = replays.collect();
    let mut calls: Vec<(Time, Span, bool)> = Vec::new();
    let mut done: Vec<(Time, &'static str)> = Vec::new();
    let before: Vec<&Entry> =
        timeline.branch().entries_before(timeline.moment().step).take(SEARCHED).collect();
    for entry in before.into_iter().rev() {
        match (&entry.fact, entry.actor) {
            (Fact::Instance(event), Actor::Node(id)) => {
                if let Some(replay) = replays.iter_mut().find(|replay| replay.id == id) {
                    replay.see(entry, event);
                }
                if let InstanceEvent::Called { quote, .. } = event
                    && entry.at >= from
                    && is_call_of(world, id, name)
                {
                    calls.push((entry.at, quote.wait, quote.error.is_some()));
                }
            }
            (Fact::Commanded(command), _) if entry.at >= from => match &**command {
                Command::Service(service) if *service.name == *name => match service.action {
                    ServiceAction::Break { .. } => done.push((entry.at, "broken")),
                    ServiceAction::Mend => done.push((entry.at, "mended")),
                    ServiceAction::Start { .. } => {}
                },
                _ => {}
            },
            _ => {}
        }
    }
    for replay in &mut replays {
        replay.note(now);
    }
    draw(now, from, calls, done, replays, width)
}

fn is_call_of(world: &World, id: NodeId, name: &str) -> bool {
    let Some(node) = world.node(id) else { return false };
    let Kind::Instance { group, .. } = &node.kind else { return false };
    let guard = world.apps().get(group).and_then(|app| app.config.guard.as_ref());
    guard.and_then(|guard| guard.call.as_ref()).is_some_and(|call| *call.service == *name)
}

fn draw(
    now: Time,
    from: Time,
    calls: Vec<(Time, Span, bool)>,
    done: Vec<(Time, &'static str)>,
    replays: Vec<Replay>,
    width: f32,
) -> Chart {
    let plot = rect(LEFT, 18.0, (width - LEFT - 12.0).max(160.0), PLOT_H);
    let scale = Scale {
        from: from.timestamp().0,
        to: now.timestamp().0.max(from.timestamp().0 + 10_000),
        start: plot.x,
        end: plot.right(),
    };
    let x = |at: Time| scale.clamped(at.timestamp().0);
    let longest = calls.iter().map(|(_, wait, _)| wait.0).max().unwrap_or(0);
    let top = round_up(longest.max(100_000));
    let failed = calls.iter().filter(|(.., failed)| *failed).count();
    let says = match calls.len() {
        0 => "no call in the last minute".to_owned(),
        n => format!(
            "{} in the last minute, {failed} to no avail, the longest took {}",
            words::many(n, "call"),
            words::span(Span(longest))
        ),
    };
    let skip = calls.len().saturating_sub(DOTS);
    let dot = |(at, wait, failed): (Time, Span, bool)| {
        let share = wait.0 as f32 / top as f32;
        CallDot { at: Point { x: x(at), y: plot.bottom() - share * plot.h }, failed }
    };
    let bands: Vec<(String, Vec<Band>)> = replays
        .into_iter()
        .enumerate()
        .map(|(n, replay)| {
            let y = plot.bottom() + 28.0 + n as f32 * (BAND_H + 6.0);
            let ends = replay.states.iter().skip(1).map(|(at, _)| *at).chain([now]);
            let band =
                replay.states.iter().zip(ends).filter(|(_, end)| *end >= from).map(|((at, state), end)| {
                    let left = x((*at).max(from));
                    Band { rect: rect(left, y, (x(end) - left).max(1.0), BAND_H), state }
                });
            (replay.name.clone(), band.collect())
        })
        .collect();
    let height = plot.bottom() + 26.0 + bands.len() as f32 * (BAND_H + 6.0) + 4.0;
    Chart {
        rect: rect(0.0, 0.0, plot.right() + 12.0, height),
        plot,
        ticks: scale.ticks(96.0),
        scale: [words::span(Span(top)), words::span(Span(top / 2))],
        dots: calls.into_iter().skip(skip).map(dot).collect(),
        marks: done.into_iter().map(|(at, text)| CallMark { x: x(at), text }).collect(),
        bands,
        says,
    }
}

/// The next of 1, 2, 5, 10 … that is not smaller.
fn round_up(least: u64) -> u64 {
    let mut unit = 1;
    loop {
        for step in [1, 2, 5] {
            if step * unit >= least {
                return step * unit;
            }
        }
        unit *= 10;
    }
}
