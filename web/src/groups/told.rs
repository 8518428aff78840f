//! What the dock shows: the rebalance at the playhead, and the one that the same events led to in another branch.

use crate::session::{Story, start_of, strategy_of};
use millrace_model::{GroupId, Span, Time};
use millrace_sim::{Branch, BranchId, Timeline};
use millrace_view::rebalance::{self, Course, Rebalance, Still, Stories};
use millrace_view::words;
use millrace_words::groups as say;

/// One rebalance with what is needed to draw it.
#[derive(Clone, Debug, PartialEq)]
pub struct Shown {
    /// The branch.
    pub branch: BranchId,
    /// `range`, `cooperative-sticky`, `consumer protocol`: how this branch hands partitions out.
    pub strategy: String,
    /// The story.
    pub rebalance: Rebalance,
    /// When partitions had no reader.
    pub still: Vec<Still>,
    /// Where its picture begins and ends.
    pub window: (Time, Time),
    /// Time without a reader, summed over partitions.
    pub standstill: Span,
    /// What it cost, in one sentence.
    pub cost: String,
    /// What it has in common with the branch on stage, in one sentence; empty for that one itself.
    pub alike: String,
    /// How far the branch goes.
    pub frontier: Time,
    /// The steps at which the earlier and the later rebalance of this branch were done or are.
    pub around: (Option<u64>, Option<u64>),
}

/// The stories of the branch beside the stage's, read as far as it goes.
#[derive(Default)]
pub struct Told {
    other: Stories,
}

impl Told {
    /// Reads on, and says what is to be shown: the stage's branch first, whose stories are `stories`.
    pub fn look(&mut self, timeline: &Timeline, stories: &Stories, story: &Story) -> Vec<Shown> {
        let here = timeline.branch();
        let now = timeline.world().now();
        let first = stories.group(story.group.as_str());
        let Some(first) = first.and_then(|course| shown(here, &story.group, course, now)) else {
            return Vec::new();
        };
        let at = first.rebalance.from;
        let mut all = vec![first];
        let beside = timeline.branches().into_iter().find(|branch| Some(branch.id) == story.beside);
        if let Some(other) = beside.filter(|other| other.id != here.id) {
            self.other.read(other);
            let course = self.other.group(story.group.as_str());
            let near = course.and_then(|course| shown(other, &story.group, course, nearest(course, at)?));
            let alike = rebalance::alike(here, other, &story.group);
            all.extend(near.map(|near| Shown { alike, ..near }));
        }
        all
    }
}

/// When the rebalance began that lies nearest: the same event leads to it a little earlier or later.
fn nearest(course: &Course, at: Time) -> Option<Time> {
    let far = |from: Time| from.since(at).0.max(at.since(from).0);
    course.rebalances.iter().map(|rebalance| rebalance.from).min_by_key(|from| far(*from))
}

fn shown(branch: &Branch, group: &GroupId, course: &Course, at: Time) -> Option<Shown> {
    let rebalance = course.rebalance_at(at)?.clone();
    let frontier = branch.frontier();
    let index = course.rebalances.iter().position(|other| other.from == rebalance.from)?;
    let step = |rebalance: &Rebalance| rebalance.phases.first().map(|phase| phase.step);
    let earlier = index.checked_sub(1).and_then(|before| course.rebalances.get(before)).and_then(step);
    let later = course.rebalances.get(index + 1).and_then(step);
    let until = rebalance.until.unwrap_or(frontier.max(rebalance.from));
    Some(Shown {
        branch: branch.id,
        strategy: start_of(branch, group).map(|(_, app, _)| strategy_of(&app.consumer)).unwrap_or_default(),
        still: course.still_in(&rebalance).copied().collect(),
        window: (course.window(&rebalance), until),
        standstill: course.standstill(&rebalance, frontier),
        cost: rebalance::summary(course, &rebalance, frontier),
        alike: String::new(),
        frontier,
        around: (earlier, later),
        rebalance,
    })
}

impl Shown {
    /// The most partitions that stood still at once, and out of how many.
    pub fn worst(&self) -> Option<(usize, usize)> {
        self.still.iter().map(|still| (still.stopped, still.of)).max()
    }

    /// What is compared: name and value.
    pub fn measures(&self) -> [(&'static str, String); 6] {
        let worst = match self.worst() {
            Some((stopped, of)) => say::of(&stopped, &of),
            None => say::none().to_owned(),
        };
        [
            (say::took(), words::span(self.rebalance.took(self.frontier))),
            (say::rounds(), self.rebalance.rounds.to_string()),
            (say::members_that_gave_up_or(), self.rebalance.revocations.to_string()),
            (say::partitions_that_changed_their_reader(), self.rebalance.moved().to_string()),
            (say::partitions_without_a_reader_at(), worst),
            (say::time_without_a_reader_over(), words::span(self.standstill)),
        ]
    }

    /// Members that own other things, or at other times in the story, than beside it.
    pub fn differs(&self, other: &Shown) -> Vec<String> {
        let of = |shown: &Shown, member: &str| {
            let lane = shown.rebalance.lanes.iter().find(|lane| &*lane.member == member)?;
            Some(lane.stretches.iter().map(|stretch| stretch.partitions.clone()).collect::<Vec<_>>())
        };
        let lanes = self.rebalance.lanes.iter().map(|lane| lane.member.to_string());
        lanes.filter(|member| of(self, member) != of(other, member)).collect()
    }
}
