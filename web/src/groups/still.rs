//! Where groups stand still: shaded on the time bar, and as sentences for the log and the list of events.

use crate::lean::{attr, each, item};
use crate::memo::Memo;
use crate::session::Session;
use crate::timebar::{left, part_of};
use leptos::prelude::*;
use millrace_model::{GroupId, Set, Time};
use millrace_view::rebalance::Pause;

/// Columns of the bar: of what begins in one column, one shade is drawn.
const COLUMNS: u64 = 320;

/// A group that stands still, up to a moment.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct StandingStill {
    /// The group.
    pub group: GroupId,
    /// How.
    pub pause: Pause,
}

impl StandingStill {
    /// `billing: for 80 ms nobody read any of 4 partitions`.
    pub fn says(&self) -> String {
        format!("{}: {}", self.group, self.pause.says())
    }

    /// When there is something to say about it: once it is over, or while it lasts.
    pub fn at(&self) -> Time {
        self.pause.until.unwrap_or(self.pause.from)
    }
}

/// All of them on the branch on stage, as they are known at `now`; of the groups on stage, not of their retry topics'.
pub fn standing_still(session: Session, now: Time) -> Vec<StandingStill> {
    let groups = on_stage(session);
    let all = session.with_stories(|_, stories| {
        let of = |group: GroupId| {
            let course = stories.group(group.as_str())?;
            let pauses = course.pauses(now).into_iter();
            Some(pauses.map(move |pause| StandingStill { group: group.clone(), pause }).collect::<Vec<_>>())
        };
        groups.into_iter().filter_map(of).flatten().collect()
    });
    all.unwrap_or_default()
}

fn on_stage(session: Session) -> Vec<GroupId> {
    session.scene.with(|scene| scene.groups.iter().map(|group| group.name.clone()).collect())
}

/// A shade.
#[derive(Clone, Debug, PartialEq)]
struct Shade {
    from: Time,
    until: Time,
    is_all: bool,
    /// Which of how many lines of the bar.
    row: (usize, usize),
    text: String,
}

/// The shades; `end` is the time at the bar's right end.
pub fn shades(session: Session, end: Memo<Time>) -> AnyView {
    let groups = Memo::new(move |_| on_stage(session));
    let all = Memo::new(move |_| {
        let frontier = session.history.with(|history| history.frontier);
        groups.with(|groups| of_groups(session, groups, frontier, end.get()))
    });
    let items = move || {
        let shade = |shade: Shade| {
            let key = format!("{:?} {} {} {}", shade.row, shade.from.0, shade.until.0, shade.text);
            item(key, move || draw(shade.clone(), end))
        };
        all.get().into_iter().map(shade).collect()
    };
    each(items)
}

fn of_groups(session: Session, groups: &[GroupId], frontier: Time, end: Time) -> Vec<Shade> {
    let found = session.with_stories(|_, stories| {
        let courses = groups.iter().filter_map(|group| Some((group, stories.group(group.as_str())?)));
        let courses: Vec<_> = courses.filter(|(_, course)| !course.still.is_empty()).collect();
        let mut shades = Vec::new();
        for (row, (group, course)) in courses.iter().enumerate() {
            let pauses = course.pauses(frontier);
            let mut taken = Set::new();
            for still in &course.still {
                let column = still.from.0.saturating_mul(COLUMNS) / end.0.max(1);
                if !taken.insert((column, still.is_all())) {
                    continue;
                }
                let of = pauses.iter().rev().find(|pause| pause.from <= still.from);
                shades.push(Shade {
                    from: still.from,
                    until: still.until.unwrap_or(frontier),
                    is_all: still.is_all(),
                    row: (row, courses.len()),
                    text: of.map(|pause| format!("{group}: {}", pause.says())).unwrap_or_default(),
                });
            }
        }
        shades
    });
    found.unwrap_or_default()
}

fn draw(shade: Shade, end: Memo<Time>) -> AnyView {
    let Shade { from, until, is_all, row: (row, rows), text } = shade;
    let class = if is_all { "shade is-all" } else { "shade" };
    let share = |n: usize| part_of(n as u64, rows as u64);
    view! {
        <span class=class title=text style:top=share(row) style:height=share(1)
            style:left=attr(move || left(from, end.get())) style:width=attr(move || part_of(until.since(from).0, end.get().0))></span>
    }
    .into_any()
}
