//! What has become of one group so far: who owns what, which rebalances there were, when partitions had no reader.

use super::{Lane, Move, MoveKind, Pause, Phase, PhaseKind, Rebalance, Still, Stretch, Told};
use crate::words;
use millrace_model::collections::sort;
use millrace_model::{GroupId, Map, MemberId, Set, Span, Time, TopicName, TopicPartition};
use millrace_words::rebalances as say;
use std::sync::Arc;

/// Rebalances of one group that are kept, the newest.
const KEPT: usize = 64;
/// Standstills of one group that are kept, the newest.
const STILLS: usize = 512;
/// Sentences of one story, and moves of one lane.
const TOLD: usize = 200;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Course {
    /// The rebalances, the oldest first; the last one may still go on.
    pub rebalances: Vec<Rebalance>,
    /// The times in which partitions had no reader.
    pub still: Vec<Still>,
    holders: Vec<Holder>,
    names: Map<MemberId, Arc<str>>,
    known: Set<TopicPartition>,
    /// What each member shall have in the end, as the coordinator has told so far.
    expected: Map<Arc<str>, Vec<TopicPartition>>,
    /// Who has said that it will join again.
    rejoining: Set<Arc<str>>,
    is_stable: bool,
}

/// A member with what it reads now.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Holder {
    name: Arc<str>,
    owned: Vec<TopicPartition>,
    since: Time,
    is_down: bool,
}

/// Where in a branch something happened.
#[derive(Clone, Copy, Debug)]
pub(super) struct Place {
    pub at: Time,
    pub step: u64,
}

impl Course {
    /// The rebalance that `at` lies in, else the last one before it, else the first one.
    pub fn rebalance_at(&self, at: Time) -> Option<&Rebalance> {
        let before = self.rebalances.iter().rev().find(|rebalance| rebalance.from <= at);
        before.or_else(|| self.rebalances.first())
    }

    /// The standstills that touch a rebalance, those before it that led to it included.
    pub fn still_in(&self, rebalance: &Rebalance) -> impl Iterator<Item = &Still> {
        let (from, until) = (self.window(rebalance), rebalance.until.unwrap_or(Time(u64::MAX)));
        self.still.iter().filter(move |still| {
            still.from <= until && still.from >= from && still.until.is_none_or(|end| end > from)
        })
    }

    /// Where the picture of a rebalance begins: with the standstill that led to it, if there was one.
    pub fn window(&self, rebalance: &Rebalance) -> Time {
        let mut from = rebalance.from;
        for still in self.still.iter().rev() {
            if still.from < from && still.until.is_none_or(|until| until >= from) {
                from = still.from;
            }
        }
        from
    }

    /// How many partitions it is about.
    pub fn partitions(&self) -> usize {
        self.known.len()
    }

    /// The times without a reader up to `now`, what follows without a gap as one.
    pub fn pauses(&self, now: Time) -> Vec<Pause> {
        Pause::of(self.still.iter(), now)
    }

    /// Time without a reader, summed over partitions: two partitions that stand for a second are two seconds.
    pub fn standstill(&self, rebalance: &Rebalance, now: Time) -> Span {
        let of = |still: &Still| {
            let lasted = still.until.unwrap_or(now.max(still.from)).since(still.from);
            lasted.0.saturating_mul(still.stopped as u64)
        };
        Span(self.still_in(rebalance).map(of).sum())
    }

    pub(super) fn know(&mut self, member: &MemberId, name: Arc<str>) {
        self.names.insert(member.clone(), name);
    }

    pub(super) fn name(&self, member: &MemberId) -> Option<&Arc<str>> {
        self.names.get(member)
    }

    /// A member's name in a sentence.
    pub(super) fn called(&self, member: &MemberId) -> String {
        self.name(member).map_or_else(|| say::a_new_member().to_owned(), ToString::to_string)
    }

    /// True while a rebalance goes on.
    pub(super) fn is_open(&self) -> bool {
        self.rebalances.last().is_some_and(|rebalance| rebalance.until.is_none())
    }

    pub(super) fn open(&mut self, group: &GroupId, reason: &str, is_modern: bool, place: Place) {
        self.is_stable = false;
        if self.is_open() {
            return;
        }
        let lanes = self.holders.iter().filter(|holder| !holder.owned.is_empty() || !holder.is_down);
        let lanes = lanes.map(|holder| Lane {
            member: holder.name.clone(),
            stretches: holder.stretch().into_iter().collect(),
            moves: Vec::new(),
        });
        let kind = if is_modern { PhaseKind::Assigning } else { PhaseKind::PreparingRebalance };
        let phase = Phase { kind, from: place.at, until: None, step: place.step };
        let rebalance = Rebalance {
            group: group.clone(),
            reason: words::without_uuids(reason),
            from: place.at,
            until: None,
            is_modern,
            number: 0,
            rounds: 0,
            phases: vec![phase],
            lanes: lanes.collect(),
            told: Vec::new(),
            revocations: 0,
        };
        if self.rebalances.len() >= KEPT {
            self.rebalances.remove(0);
        }
        self.rebalances.push(rebalance);
    }

    /// The rebalance that goes on.
    pub(super) fn now(&mut self) -> Option<&mut Rebalance> {
        self.rebalances.last_mut().filter(|rebalance| rebalance.until.is_none())
    }

    pub(super) fn say(&mut self, place: Place, text: String) {
        if let Some(rebalance) = self.now()
            && rebalance.told.len() < TOLD
        {
            rebalance.told.push(Told { at: place.at, step: place.step, text: words::without_uuids(&text) });
        }
    }

    pub(super) fn phase(&mut self, kind: PhaseKind, place: Place) {
        self.is_stable = kind == PhaseKind::Settling;
        let Some(rebalance) = self.now() else { return };
        if rebalance.phases.last().is_some_and(|last| last.kind == kind) {
            return;
        }
        end_phase(rebalance, place.at);
        rebalance.phases.push(Phase { kind, from: place.at, until: None, step: place.step });
    }

    /// A new round: everybody has joined.
    pub(super) fn round(&mut self, number: i32) {
        self.rejoining.clear();
        self.expected.clear();
        if let Some(rebalance) = self.now() {
            rebalance.number = number;
            rebalance.rounds += 1;
        }
    }

    pub(super) fn rejoins(&mut self, name: &Arc<str>) {
        self.rejoining.insert(name.clone());
    }

    pub(super) fn expect(&mut self, name: Arc<str>, partitions: &[TopicPartition]) {
        let mut partitions = partitions.to_vec();
        sort::sort(&mut partitions);
        self.expected.insert(name, partitions);
    }

    /// It is out for the coordinator; what it reads it may go on reading.
    pub(super) fn out(&mut self, name: &Arc<str>) {
        self.expected.remove(name);
        self.rejoining.remove(name);
    }

    pub(super) fn forget_topic(&mut self, topic: &TopicName, place: Place) {
        self.known.retain(|tp| tp.topic != *topic);
        self.count(place);
    }

    /// Something happened to a member; without a rebalance it is not told.
    pub(super) fn moved(&mut self, name: &Arc<str>, kind: MoveKind, partitions: String, place: Place) {
        let Some(rebalance) = self.now() else { return };
        if kind == MoveKind::Revoked || kind == MoveKind::Lost {
            rebalance.revocations += u32::from(!partitions.is_empty());
        }
        if let Some(lane) = lane(rebalance, name)
            && lane.moves.len() < TOLD
        {
            lane.moves.push(Move { at: place.at, step: place.step, kind, partitions });
        }
    }

    /// What a member reads from now on.
    pub(super) fn owns(&mut self, name: &Arc<str>, mut partitions: Vec<TopicPartition>, place: Place) {
        sort::sort(&mut partitions);
        self.known.extend(partitions.iter().cloned());
        let index = self.holders.iter().position(|holder| holder.name == *name).unwrap_or_else(|| {
            let (owned, since) = (Vec::new(), place.at);
            self.holders.push(Holder { name: name.clone(), owned, since, is_down: false });
            self.holders.len() - 1
        });
        let Some(holder) = self.holders.get_mut(index) else { return };
        holder.is_down = false;
        if holder.owned == partitions {
            return;
        }
        (holder.owned, holder.since) = (partitions, place.at);
        let stretch = holder.stretch();
        if let Some(lane) = self.now().and_then(|rebalance| lane(rebalance, name)) {
            if let Some(last) = lane.stretches.last_mut() {
                last.until = last.until.or(Some(place.at));
            }
            lane.stretches.retain(|stretch| stretch.until != Some(stretch.from));
            lane.stretches.extend(stretch);
        }
        self.count(place);
    }

    /// What a member reads now.
    pub(super) fn owned(&self, name: &Arc<str>) -> Vec<TopicPartition> {
        let holder = self.holders.iter().find(|holder| holder.name == *name);
        holder.map(|holder| holder.owned.clone()).unwrap_or_default()
    }

    /// Its process is gone or stands still: it reads nothing.
    pub(super) fn down(&mut self, name: &Arc<str>, place: Place) {
        self.out(name);
        self.owns(name, Vec::new(), place);
        if let Some(holder) = self.holders.iter_mut().find(|holder| holder.name == *name) {
            holder.is_down = true;
        }
    }

    /// Ends the rebalance if there is nothing left to happen in it.
    pub(super) fn settle(&mut self, at: Time) {
        if !self.is_open() {
            return;
        }
        let is_done = |(name, wanted): (&Arc<str>, &Vec<TopicPartition>)| {
            self.holders
                .iter()
                .find(|holder| holder.name == *name)
                .map_or(wanted.is_empty(), |holder| holder.owned == *wanted)
        };
        if !self.is_stable || !self.rejoining.is_empty() || !self.expected.iter().all(is_done) {
            return;
        }
        if let Some(rebalance) = self.now() {
            end_phase(rebalance, at);
            rebalance.until = Some(at);
        }
    }

    /// Counts the partitions without a reader.
    fn count(&mut self, Place { at, step }: Place) {
        let is_read = |tp: &&TopicPartition| self.holders.iter().any(|holder| holder.owned.contains(tp));
        let of = self.known.len();
        let stopped = of - self.known.iter().filter(is_read).count();
        if let Some(last) = self.still.last_mut().filter(|last| last.until.is_none()) {
            if (last.stopped, last.of) == (stopped, of) {
                return;
            }
            last.until = Some(at);
            if last.from == at {
                self.still.pop();
            }
        }
        if stopped == 0 {
            return;
        }
        // What follows without a gap and is the same was only interrupted within one moment.
        match self.still.last_mut() {
            Some(last) if last.until == Some(at) && (last.stopped, last.of) == (stopped, of) => {
                last.until = None;
            }
            _ => self.still.push(Still { from: at, until: None, stopped, of, step }),
        }
        if self.still.len() > STILLS {
            self.still.drain(..STILLS / 4);
        }
    }
}

impl Holder {
    fn stretch(&self) -> Option<Stretch> {
        let partitions: Arc<[TopicPartition]> = self.owned.clone().into();
        (!self.owned.is_empty()).then_some(Stretch { from: self.since, until: None, partitions })
    }
}

/// A phase that took no time is none.
fn end_phase(rebalance: &mut Rebalance, at: Time) {
    if let Some(last) = rebalance.phases.last_mut() {
        last.until = Some(at);
        if last.from == at {
            rebalance.phases.pop();
        }
    }
}

fn lane<'a>(rebalance: &'a mut Rebalance, name: &Arc<str>) -> Option<&'a mut Lane> {
    if !rebalance.lanes.iter().any(|lane| lane.member == *name) {
        let lane = Lane { member: name.clone(), stretches: Vec::new(), moves: Vec::new() };
        rebalance.lanes.push(lane);
    }
    rebalance.lanes.iter_mut().find(|lane| lane.member == *name)
}
