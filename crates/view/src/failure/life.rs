//! One record's life in an application: every try, every wait, every copy, on a timeline of its own.
//! The walk over the trace; its picture is made in [`super::life_picture`].

use super::{Line, Place, simple};
use crate::cast;
use crate::inspect::SEARCHED;
use crate::scene::{Point, Rect, Target};
use crate::words;
use millrace_client::listener::{Failure, Fate, GuardDeed, InstanceEvent, RecordRef, headers};
use millrace_model::collections::sort;
use millrace_model::{Offset, Record, Time, TopicPartition};
use millrace_sim::node::Kind;
use millrace_sim::world::Closed;
use millrace_sim::world::desk::REDRIVEN_FROM;
use millrace_sim::{Actor, Command, DeskAction, Entry, EntryId, Fact, Timeline};
use millrace_words::fates as say;

/// What a stop is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum StopKind {
    /// It was written.
    Written,
    /// A try that threw.
    Failed,
    /// A try that is still on.
    Trying,
    /// The side effect was done.
    Done,
    /// It waits for its next try.
    Waits,
    /// It came to the dead letters.
    Dead,
    /// It was sent again from there.
    Redriven,
    /// It was given up, or thrown away.
    GivenUp,
    /// It was recognised as seen before, and dropped.
    Dropped,
}

impl StopKind {
    /// A word for it, also its class in the picture.
    pub fn word(self) -> &'static str {
        match self {
            StopKind::Written => "written",
            StopKind::Failed => "failed",
            StopKind::Trying => "trying",
            StopKind::Done => "done",
            StopKind::Waits => "waits",
            StopKind::Dead => "dead",
            StopKind::Redriven => "redriven",
            StopKind::GivenUp => "given-up",
            StopKind::Dropped => "dropped",
        }
    }
}

/// One thing that happened to the record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stop {
    /// What.
    pub kind: StopKind,
    /// `attempt 2`, `waits 4 s`, `dead letter`.
    pub name: String,
    /// By whom, why.
    pub says: String,
    /// When it began.
    pub at: Time,
    /// When it ended, or will.
    pub until: Option<Time>,
    /// The step behind it; 0 if the trace has forgotten it.
    pub step: u64,
    /// The copy that it happened to.
    pub place: Place,
}

impl Stop {
    /// The copy, for the inspector.
    pub fn target(&self) -> Target {
        Target::Record(self.place.0.clone(), self.place.1)
    }
}

/// A lane: one copy of the record.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeLane {
    /// `orders-retry-0 @3`.
    pub name: String,
    /// Its middle.
    pub y: f32,
    /// The copy.
    pub target: Target,
}

/// A stop in the picture.
#[derive(Clone, Debug, PartialEq)]
pub struct LifeBar {
    /// Which stop, by its number.
    pub stop: usize,
    /// Its box.
    pub rect: Rect,
}

/// A time below the picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LifeTick {
    /// Where, in whole pixels.
    pub x: i32,
    /// The time.
    pub text: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq)]
pub struct Life {
    /// The record, as it was written.
    pub line: Line,
    /// How it stands now.
    pub says: String,
    /// What happened, in order.
    pub stops: Vec<Stop>,
    /// Until when it waits, if it does.
    pub due: Option<Time>,
    /// The picture.
    pub rect: Rect,
    /// The copies, in the order of their making.
    pub lanes: Vec<LifeLane>,
    /// The stops.
    pub bars: Vec<LifeBar>,
    /// From copy to copy.
    pub hops: Vec<[Point; 4]>,
    /// Times.
    pub ticks: Vec<LifeTick>,
    /// Where now is.
    pub now: f32,
}

/// The life of the record that lies at `place`, or that what lies there is a copy of, as `group` has it; `width` pixels wide.
pub fn life(timeline: &Timeline, group: &str, place: &Place, width: f32) -> Option<Life> {
    let world = timeline.world();
    let app = world.apps().get(group)?;
    let copy = cast::record(world, &place.0, place.1)?;
    let main = headers::original(copy).unwrap_or_else(|| place.clone());
    let is_main = match &app.config.pattern {
        Some(pattern) => pattern.matches(main.0.topic.as_str()),
        None => app.config.topics.contains(&main.0.topic),
    };
    let record = cast::record(world, &main.0, main.1)?;
    if !is_main {
        return None;
    }
    let mut walk = Walk { timeline, group, places: vec![main.clone()], stops: Vec::new(), tries: 0 };
    walk.beginning(record, &main);
    walk.redriven(&main);
    for entry in crate::inspect::onward(timeline, EntryId(record.origin.0)).take(SEARCHED) {
        walk.look_at(entry);
    }
    walk.thrown_away();
    let Walk { mut stops, .. } = walk;
    sort::sort_by_key(&mut stops, |stop| (stop.at, stop.step));
    let now = world.now();
    let last = stops.last();
    let due =
        last.filter(|stop| stop.kind == StopKind::Waits).and_then(|stop| stop.until).filter(|due| *due > now);
    let says = last.map_or_else(String::new, |stop| standing(stop, due));
    let line = Line::of(&main, record, String::new());
    let mut life = Life {
        line,
        says,
        stops,
        due,
        rect: Rect::default(),
        lanes: Vec::new(),
        bars: Vec::new(),
        hops: Vec::new(),
        ticks: Vec::new(),
        now: 0.0,
    };
    life.draw(now, width);
    Some(life)
}

fn standing(stop: &Stop, due: Option<Time>) -> String {
    match stop.kind {
        StopKind::Written => say::it_waits_to_be_read().to_owned(),
        StopKind::Failed => say::its_last_try_failed().to_owned(),
        StopKind::Trying => say::it_is_being_tried_now().to_owned(),
        StopKind::Done => say::done_at(&words::time(stop.until.unwrap_or(stop.at))),
        StopKind::Waits if due.is_none() => say::its_wait_is_over_it().to_owned(),
        StopKind::Waits => say::it_waits_for_its_next().to_owned(),
        StopKind::Dead => say::it_lies_in_the_dead().to_owned(),
        StopKind::Redriven => say::it_was_sent_again_and().to_owned(),
        StopKind::GivenUp => say::it_was_given_up_knowingly().to_owned(),
        StopKind::Dropped => say::it_was_recognised_as_seen().to_owned(),
    }
}

struct Walk<'a> {
    timeline: &'a Timeline,
    group: &'a str,
    /// The record and its copies.
    places: Vec<Place>,
    stops: Vec<Stop>,
    /// Tries since it was written, or sent again.
    tries: u32,
}

impl Walk<'_> {
    fn stop(
        &mut self,
        kind: StopKind,
        name: String,
        says: String,
        times: (Time, Option<Time>),
        entry: Option<&Entry>,
        place: Place,
    ) {
        let step = entry.map_or(0, |entry| crate::inspect::step_of(self.timeline, entry.id));
        self.stops.push(Stop { kind, name, says, at: times.0, until: times.1, step, place });
    }

    fn beginning(&mut self, record: &Record, main: &Place) {
        let Some(stored) = cast::stored(self.timeline.world(), &main.0, main.1) else { return };
        let at = stored.appended_at;
        let says = say::to(&words::place(&main.0, main.1));
        let entry = self.timeline.entry(EntryId(record.origin.0));
        self.stop(StopKind::Written, say::written().to_owned(), says, (at, None), entry, main.clone());
    }

    /// Copies that came back from the dead letters: they are found by their headers.
    fn redriven(&mut self, main: &Place) {
        let world = self.timeline.world();
        let Some(topic) = cast::topic(world, main.0.topic.as_str()) else { return };
        let mut found: Vec<(Time, Place, String)> = Vec::new();
        for (tp, log) in cast::logs(topic) {
            for batch in log.batches_from(log.log_start_offset()) {
                for (offset, record) in batch.records_from(batch.base_offset) {
                    if let Some(from) = record.header(REDRIVEN_FROM)
                        && headers::original(record).as_ref() == Some(main)
                    {
                        let from = String::from_utf8_lossy(from).into_owned();
                        found.push((batch.appended_at, (tp.clone(), offset), from));
                    }
                }
            }
        }
        for (at, place, from) in found {
            self.places.push(place.clone());
            let says = say::from_to(&from.replace('@', " @"), &words::place(&place.0, place.1));
            self.stop(StopKind::Redriven, say::sent_again().to_owned(), says, (at, None), None, place);
        }
    }

    fn is_at(&self, tp: &TopicPartition, offset: Offset) -> bool {
        self.places.iter().any(|(of, at)| of == tp && *at == offset)
    }

    fn look_at(&mut self, entry: &Entry) {
        let (Actor::Node(id), Fact::Instance(event)) = (entry.actor, &entry.fact) else { return };
        let Some(node) = self.timeline.world().node(id) else { return };
        if !matches!(&node.kind, Kind::Instance { group, .. } if group.as_str() == self.group) {
            return;
        }
        let who = node.name.to_string();
        match event {
            InstanceEvent::HandlingStarted { tp, offset, at, until, .. } if self.is_at(tp, *offset) => {
                let place = (tp.clone(), *offset);
                self.tries = self.number(&place);
                let name = say::attempt(&self.tries);
                let says = say::works_on_it(&who);
                self.stop(StopKind::Trying, name, says, (*at, Some(*until)), Some(entry), place);
            }
            InstanceEvent::Handled(handled) => {
                let within = |(tp, at): &&Place| {
                    handled.ranges.iter().any(|range| range.tp == *tp && range.from <= *at && *at < range.to)
                };
                if let Some(place) = self.places.iter().find(within).cloned() {
                    self.ended(entry, StopKind::Done, say::by(&who), handled.at, place);
                }
                if let Some(failure) = handled
                    .failure
                    .as_ref()
                    .filter(|failure| self.is_at(&failure.record.tp, failure.record.offset))
                {
                    self.failed(entry, failure, &who);
                }
            }
            InstanceEvent::Published { failure, to, .. }
                if self.is_at(&failure.record.tp, failure.record.offset) =>
            {
                self.published(entry, failure, to);
            }
            InstanceEvent::Skipped { failure, .. }
                if self.is_at(&failure.record.tp, failure.record.offset) =>
            {
                let says = say::wrote_an_error_to_its(&who);
                self.stop(
                    StopKind::GivenUp,
                    say::given_up().to_owned(),
                    says,
                    (entry.at, None),
                    Some(entry),
                    place_of(&failure.record),
                );
            }
            InstanceEvent::Guarded { guarded, .. }
                if guarded.deed == GuardDeed::Dropped
                    && self.is_at(&guarded.record.tp, guarded.record.offset) =>
            {
                let says = say::has_seen_before(&who, &guarded.id);
                self.stop(
                    StopKind::Dropped,
                    say::dropped().to_owned(),
                    says,
                    (guarded.at, None),
                    Some(entry),
                    place_of(&guarded.record),
                );
            }
            _ => {}
        }
    }

    /// The number of the try that begins: it counts from the last time it was written to the main topic.
    fn number(&self, place: &Place) -> u32 {
        let copy = cast::record(self.timeline.world(), &place.0, place.1);
        let by_header = copy.map_or(1, headers::attempts);
        let begun = self
            .stops
            .iter()
            .filter(|stop| stop.place == *place && matches!(stop.kind, StopKind::Failed | StopKind::Trying))
            .count();
        by_header.saturating_add(u32::try_from(begun).unwrap_or(0))
    }

    /// A try is over: the one that is on becomes what it came to.
    fn ended(&mut self, entry: &Entry, kind: StopKind, says: String, at: Time, place: Place) {
        let step = crate::inspect::step_of(self.timeline, entry.id);
        let open =
            self.stops.iter_mut().rev().find(|stop| stop.kind == StopKind::Trying && stop.place == place);
        match open {
            Some(stop) => {
                (stop.kind, stop.says, stop.step) = (kind, says, step);
                stop.until = Some(at);
            }
            None => {
                let name = say::attempt_number(&self.number(&place));
                self.stop(kind, name, says, (at, Some(at)), Some(entry), place);
            }
        }
    }

    fn failed(&mut self, entry: &Entry, failure: &Failure, who: &str) {
        let place = place_of(&failure.record);
        let says = say::in_word(&simple(&failure.exception.class), &who, &failure.exception.message);
        self.ended(entry, StopKind::Failed, says, failure.at, place.clone());
        if let Fate::Redeliver { interval } = failure.fate
            && interval.0 > 0
        {
            let until = failure.at + interval;
            let (name, says) = (say::waits(&words::span(interval)), say::in_its_place_waits_behind(&place.0));
            self.stop(StopKind::Waits, name, says, (failure.at, Some(until)), Some(entry), place);
        }
    }

    fn published(&mut self, entry: &Entry, failure: &Failure, to: &Place) {
        self.places.push(to.clone());
        let there = words::place(&to.0, to.1);
        match &failure.fate {
            Fate::Retry { delay, .. } => {
                let until = Some(failure.at + *delay);
                let (name, says) = (say::waits(&words::span(*delay)), say::in_word_there(&there));
                self.stop(StopKind::Waits, name, says, (entry.at, until), Some(entry), to.clone());
            }
            Fate::DeadLetter { .. } => {
                self.stop(
                    StopKind::Dead,
                    say::dead_letter().to_owned(),
                    say::in_word_there(&there),
                    (entry.at, None),
                    Some(entry),
                    to.clone(),
                );
            }
            Fate::Skip | Fate::Redeliver { .. } => {}
        }
    }

    /// A letter that was thrown away at the desk.
    fn thrown_away(&mut self) {
        let world = self.timeline.world();
        let mut letters = world.letters(self.group).filter(|letter| letter.closed == Some(Closed::Discarded));
        let Some(letter) = letters.find(|letter| self.is_at(&letter.tp, letter.offset)) else { return };
        let place = (letter.tp, letter.offset);
        let dead = self.stops.iter().find(|stop| stop.place == place).map_or(Time::ZERO, |stop| stop.at);
        let before = self.timeline.branch().entries_before(self.timeline.moment().step).take(SEARCHED);
        let deed = before.take_while(|entry| entry.at >= dead).find(|entry| match &entry.fact {
            Fact::Commanded(command) => match &**command {
                Command::DeskWork(work) => {
                    work.group.as_str() == self.group && work.action == DeskAction::Discard
                }
                _ => false,
            },
            _ => false,
        });
        let at = deed.map_or(dead, |entry| entry.at);
        self.stop(
            StopKind::GivenUp,
            say::thrown_away().to_owned(),
            say::at_the_desk_by_you().to_owned(),
            (at, None),
            deed,
            place,
        );
    }
}

fn place_of(record: &RecordRef) -> Place {
    (record.tp.clone(), record.offset)
}
