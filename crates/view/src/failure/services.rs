//! The services downstream: how long calls take and how many fail, over time; and each process's circuit breaker.

use crate::desk::Scale;
use crate::inspect::SEARCHED;
use crate::layout::rect;
use crate::scene::{Point, Rect, Target, Tick};
use crate::services::in_order;
use crate::words;
use millrace_client::listener::{BreakerConfig, BreakerState, Call, Calls, Instance, InstanceEvent, Limit};
use millrace_model::{Span, Time};
use millrace_sim::node::{Activity, Kind};
use millrace_sim::{Actor, Command, Entry, Fact, NodeId, ServiceAction, Timeline, World};
use millrace_words::fates as say;
use millrace_words::outside;

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
    /// How many of them were slow.
    pub slow: u32,
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
    /// What else stands before their calls, in words.
    pub limits: Vec<String>,
}

/// The services that `group` calls, or all of them.
pub fn services(timeline: &Timeline, group: Option<&str>, width: f32) -> Vec<ServiceBoard> {
    let world = timeline.world();
    let calls = |group: &str, name: &str| {
        let app = world.apps().get(group);
        let call = app.and_then(|app| app.config.guard.as_ref()?.call.as_ref());
        call.is_some_and(|call| may_call(call, name))
    };
    let mut boards = Vec::new();
    // Whoever calls another one stands before it.
    let chain = in_order(world);
    let place = |name: &str| chain.iter().position(|known| *known == name).unwrap_or(usize::MAX);
    let mut shown: Vec<_> =
        world.services().filter(|(name, _)| group.is_none_or(|group| calls(group, name))).collect();
    shown.sort_by_key(|(name, _)| place(name));
    for (name, service) in shown {
        let callers = callers(world, name);
        let groups = world.apps().keys().filter(|of| calls(of.as_str(), name));
        let upstream = world.traffic().into_iter().flat_map(|traffic| traffic.callers(name));
        let upstream = upstream.map(ToString::to_string);
        boards.push(ServiceBoard {
            name: name.to_owned(),
            errors: service.broken().map_or(0, |(errors, _)| errors),
            latency: service.latency(),
            is_broken: service.is_broken(),
            capacity: say::calls_at_a_time_a(service.workers() as u64, &service.capacity()),
            calls: service.calls(),
            queue: service.queue(world.now()),
            callers: groups.map(ToString::to_string).chain(upstream).collect(),
            chart: chart(timeline, name, &callers, width),
            breakers: callers.iter().filter_map(|caller| breaker(world, name, caller)).collect(),
            limits: threads(world, name)
                .into_iter()
                .chain(callers.iter().flat_map(|caller| limits(name, caller)))
                .collect(),
        });
    }
    boards
}

/// Records may choose their service: then it may be any.
fn may_call(call: &Call, name: &str) -> bool {
    call.service.name().is_none_or(|service| **service == *name)
}

/// A process that calls it, and is there.
struct Caller<'a> {
    id: NodeId,
    name: String,
    call: &'a Call,
    instance: &'a Instance,
}

fn callers<'a>(world: &'a World, name: &str) -> Vec<Caller<'a>> {
    let of = world.nodes().filter(|(_, node)| node.activity() != Activity::Gone).filter_map(|(id, node)| {
        let Kind::Instance { group, instance } = &node.kind else { return None };
        let call = instance.guard()?.call.as_ref().filter(|call| may_call(call, name))?;
        Some(Caller { id, name: format!("{group}/{}", node.name), call, instance })
    });
    of.collect()
}

fn breaker(world: &World, service: &str, caller: &Caller<'_>) -> Option<BreakerBoard> {
    let config = caller.call.breaker?;
    let node = world.node(caller.id)?;
    let Kind::Instance { group, .. } = &node.kind else { return None };
    // One that has seen no call yet is closed.
    let breaker = caller.instance.calls().breaker(service).cloned().unwrap_or_default();
    let state = breaker.state(world.now());
    let needed = words::many(config.minimum_number_of_calls.min(config.sliding_window_size), "call");
    let slow = (config.slow_call_duration_threshold < BreakerConfig::default().slow_call_duration_threshold)
        .then(|| {
            let longer = words::span(config.slow_call_duration_threshold);
            say::or_take_longer_than(&config.slow_call_rate_threshold, &longer)
        });
    let probes = words::many(config.permitted_calls_in_half_open, "probe");
    let (failed, slow_calls, calls) = breaker.window();
    Some(BreakerBoard {
        name: caller.name.clone(),
        target: Target::Member(group.clone(), node.name.clone()),
        state: word(state),
        until: match state {
            BreakerState::Open(until) => Some(until),
            BreakerState::Closed | BreakerState::HalfOpen => None,
        },
        counts: (calls, failed),
        slow: slow_calls,
        opens: say::of_at_least_fail(&config.failure_rate_threshold, &needed, &slow.unwrap_or_default()),
        tries: say::after(&words::span(config.wait_duration_in_open_state)),
        closes: say::fewer_than_of_fail(&config.failure_rate_threshold, &probes),
        trips: breaker.trips(),
        meanwhile: match config.pauses {
            true => say::while_it_is_open_the(),
            false => say::while_it_is_open_each(),
        },
    })
}

/// The threads of a service that waits for another one, and the calls from outside.
fn threads(world: &World, service: &str) -> Vec<String> {
    let mut found = Vec::new();
    let Some(traffic) = world.traffic() else { return found };
    if let Some(pool) = traffic.pool(service) {
        let down = &pool.downstream;
        let patience = match down.timeout {
            Some(timeout) => outside::up_to(&words::span(timeout)),
            None => outside::as_long_as_it_takes().to_owned(),
        };
        let waiting = pool.waiting() as u64;
        found.push(outside::its_pool(&pool.busy, &pool.threads, waiting, &down.service, &patience));
    }
    if let Some(at) = traffic.exhausted(service) {
        found.push(outside::no_thread_free(&words::time(at)));
    }
    if let Some(load) = traffic.load(service) {
        found.push(outside::from_outside(&load.rate.per_second, &load.answered, &load.denied));
    }
    found
}

/// What else stands before the calls of a process: bulkhead, rate limiter, hedging.
fn limits(service: &str, caller: &Caller<'_>) -> Vec<String> {
    let (name, call, calls) = (&caller.name, caller.call, caller.instance.calls());
    let mut found = Vec::new();
    if let Some(bulkhead) = &call.bulkhead {
        let taken = calls.all().filter(|(_, running)| *running.service == *service).count();
        let (most, refused) = (bulkhead.max_concurrent_calls, calls.refused(Limit::Bulkhead));
        found.push(say::bulkhead_of_of_places_taken(&name, &taken, &most, &refused));
    }
    if let Some(limiter) = &call.rate_limiter {
        let (most, each) = (limiter.limit_for_period, words::span(limiter.limit_refresh_period));
        let refused = calls.refused(Limit::RateLimiter);
        found.push(say::rate_limiter_of_in_refused(&name, &most, &each, &refused));
    }
    if let Some(after) = call.hedge {
        let (after, hedged) = (words::span(after), words::many(calls.hedged(), "call"));
        found.push(say::hedging_of_a_second_call(&name, &after, &hedged));
    }
    found
}

fn word(state: BreakerState) -> &'static str {
    match state {
        BreakerState::Closed => "closed",
        BreakerState::Open(_) => "open",
        BreakerState::HalfOpen => "half-open",
    }
}

/// A breaker as the trace tells of it.
struct Replay<'a> {
    id: NodeId,
    name: String,
    service: &'a str,
    call: &'a Call,
    calls: Calls,
    /// Its states, each from when on.
    states: Vec<(Time, &'static str)>,
}

impl Replay<'_> {
    fn state(&self, at: Time) -> BreakerState {
        self.calls.breaker(self.service).map_or(BreakerState::Closed, |breaker| breaker.state(at))
    }

    fn note(&mut self, at: Time) {
        // An open one is half open when its time is over, whether or not anybody looks.
        if let BreakerState::Open(until) = self.state(Time::ZERO)
            && until <= at
            && self.states.last().is_some_and(|(_, state)| *state == "open")
        {
            self.states.push((until, "half-open"));
        }
        let state = word(self.state(at));
        if self.states.last().is_none_or(|(_, last)| *last != state) {
            self.states.push((at, state));
        }
    }

    fn see(&mut self, at: Time, event: &InstanceEvent) {
        self.note(at);
        self.calls.apply(self.call, event);
        self.note(at);
    }
}

fn chart(timeline: &Timeline, name: &str, callers: &[Caller<'_>], width: f32) -> Chart {
    let world = timeline.world();
    let now = world.now();
    let from = Time(now.0.saturating_sub(SHOWN.0));
    let replays = callers.iter().filter(|caller| caller.call.breaker.is_some()).map(|caller| Replay {
        id: caller.id,
        name: caller.name.clone(),
        service: name,
        call: caller.call,
        calls: Calls::default(),
        states: Vec::new(),
    });
    let mut replays: Vec<Replay<'_>> = replays.collect();
    let mut calls: Vec<(Time, Span, bool)> = Vec::new();
    let mut done: Vec<(Time, &'static str)> = Vec::new();
    let before: Vec<&Entry> =
        timeline.branch().entries_before(timeline.moment().step).take(SEARCHED).collect();
    for entry in before.into_iter().rev() {
        match (&entry.fact, entry.actor) {
            (Fact::Instance(event), Actor::Node(id)) => {
                if let Some(replay) = replays.iter_mut().find(|replay| replay.id == id) {
                    replay.see(entry.at, event);
                }
                if let InstanceEvent::Called { running, quote, .. } = event
                    && entry.at >= from
                    && *running.service == *name
                {
                    calls.push((entry.at, quote.wait, quote.error.is_some()));
                }
            }
            (Fact::Answered { service, since, error }, _) if *since >= from && **service == *name => {
                calls.push((*since, Span(entry.at.0.saturating_sub(since.0)), error.is_some()));
            }
            (Fact::Commanded(command), _) if entry.at >= from => match &**command {
                Command::Service(service) if *service.name == *name => match &service.action {
                    ServiceAction::Break { errors: 0, .. } => done.push((entry.at, "slowed")),
                    ServiceAction::Break { .. } => done.push((entry.at, "broken")),
                    ServiceAction::Mend => done.push((entry.at, "mended")),
                    ServiceAction::Start { .. } | ServiceAction::Load(_) => {}
                },
                _ => {}
            },
            _ => {}
        }
    }
    for replay in &mut replays {
        replay.note(now);
    }
    let quiet = match calls.is_empty() {
        true => quiet(world, name),
        false => String::new(),
    };
    draw((from, now), calls, quiet, done, replays, width)
}

/// Why no call is drawn.
fn quiet(world: &World, name: &str) -> String {
    let traffic = world.traffic();
    let above: Vec<&str> =
        traffic.into_iter().flat_map(|traffic| traffic.callers(name)).map(|name| &**name).collect();
    let waiting = traffic.and_then(|traffic| traffic.pool(name)).map_or(0, |pool| pool.waiting());
    match (above.is_empty(), waiting) {
        (false, _) => say::called_by_another(&above.join(", ")),
        (true, 0) => say::no_call_in_the_last().to_owned(),
        (true, waiting) => say::none_answered_in_the_last(waiting as u64),
    }
}

fn draw(
    (from, now): (Time, Time),
    calls: Vec<(Time, Span, bool)>,
    quiet: String,
    done: Vec<(Time, &'static str)>,
    replays: Vec<Replay<'_>>,
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
        0 => quiet,
        n => say::calls_in_the_last_minute(n as u64, &failed, &words::span(Span(longest))),
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
