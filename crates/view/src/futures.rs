//! The branches of a history as a small graph over virtual time: a row for each, from where it left its parent to how far
//! it goes, and the bookmarks on them. The time bar draws it small, the panel of futures in full.

use millrace_model::Time;
use millrace_model::collections::sort;
use millrace_sim::{Branch, BranchId, Moment, Timeline};
use millrace_words::stage as say;
use std::fmt;

/// See the module.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Futures {
    /// The branches: each below its parent, of one parent's children the one that left last first.
    pub lines: Vec<FutureLine>,
    /// The bookmarks, by time.
    pub flags: Vec<Flag>,
}

/// A branch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FutureLine {
    /// Its number.
    pub id: BranchId,
    /// What it is called.
    pub title: String,
    /// True if the learner called it so.
    pub is_named: bool,
    /// The branch that it left, if that one is still there, and its title.
    pub parent: Option<(BranchId, String)>,
    /// Where it left it; none for one that began at the beginning.
    pub from: Option<Time>,
    /// Where it goes.
    pub end: Moment,
    /// Commands given on it since it left its parent.
    pub commands: usize,
    /// True for the one on stage.
    pub is_played: bool,
}

/// A bookmark.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// Its name.
    pub name: String,
    /// Where it is; in the past that the branch on stage shares, on that one.
    pub moment: Moment,
    /// What its branch is called.
    pub on: String,
    /// True if it is on the branch on stage.
    pub is_here: bool,
}

/// The graph of a history.
pub fn futures(timeline: &Timeline) -> Futures {
    let branches = timeline.branches();
    let here = timeline.branch().id;
    let find = |id: BranchId| branches.iter().copied().find(|branch| branch.id == id);
    let parent = |branch: &Branch| -> Option<(BranchId, u64, Time)> {
        let (mut id, step, at) = branch.forked_from?;
        // Where it left lies perhaps in what its parent shares with its own: then it is that one's line that it left.
        while let Some((above, fork, time)) = find(id).and_then(|branch| branch.forked_from)
            && (step, at) <= (fork, time)
            && find(above).is_some()
            && above < id
        {
            id = above;
        }
        find(id).map(|_| (id, step, at))
    };
    let mut lines = Vec::new();
    let mut roots: Vec<&Branch> = branches.iter().copied().filter(|b| parent(b).is_none()).collect();
    roots.reverse();
    // The next one to write down is the last: children go on top of what waits.
    while let Some(branch) = roots.pop() {
        let mut children: Vec<&Branch> = branches
            .iter()
            .copied()
            .filter(|other| parent(other).is_some_and(|(id, ..)| id == branch.id))
            .collect();
        sort::sort_by_key(&mut children, |child| {
            (child.forked_from.map(|(_, step, at)| (at, step)), child.id)
        });
        roots.extend(children);
        let since = branch.forked_from.map_or(0, |(_, step, _)| step);
        lines.push(FutureLine {
            id: branch.id,
            title: timeline.title_of(branch.id),
            is_named: timeline.name_of(branch.id).is_some(),
            parent: parent(branch).map(|(id, ..)| (id, timeline.title_of(id))),
            from: branch.forked_from.map(|(_, _, at)| at),
            end: Moment { branch: branch.id, step: branch.step_count(), at: branch.frontier() },
            commands: branch.log().iter().filter(|logged| logged.after >= since).count(),
            is_played: branch.id == here,
        });
    }
    let flag = |bookmark: &millrace_sim::Bookmark| {
        let moment = timeline.seen_from_here(bookmark.moment);
        Flag {
            name: bookmark.name.to_string(),
            on: timeline.title_of(moment.branch),
            is_here: moment.branch == here,
            moment,
        }
    };
    let mut flags: Vec<Flag> = timeline.bookmarks().iter().map(flag).collect();
    sort::sort_by_key(&mut flags, |flag| (flag.moment.at, flag.moment.step));
    Futures { lines, flags }
}

impl Futures {
    /// The row of a branch, from 0.
    pub fn row(&self, id: BranchId) -> Option<usize> {
        self.lines.iter().position(|line| line.id == id)
    }

    /// The row on which a bookmark is drawn: that of the branch whose own stretch it lies in.
    pub fn row_of(&self, flag: &Flag) -> Option<usize> {
        let mut row = self.row(flag.moment.branch)?;
        // A parent stands above its child, so this ends.
        while let Some(line) = self.lines.get(row)
            && line.from.is_some_and(|from| flag.moment.at <= from)
            && let Some((parent, _)) = &line.parent
            && let Some(above) = self.row(*parent).filter(|above| *above < row)
        {
            row = above;
        }
        Some(row)
    }

    /// The most telling ones: the one that is played, the one that it left, then the newest. Their order stays.
    #[must_use]
    pub fn few(mut self, most: usize) -> Futures {
        let played = self.lines.iter().find(|line| line.is_played);
        let parent = played.and_then(|line| line.parent.as_ref().map(|(id, _)| *id));
        let mut ranked: Vec<(bool, bool, BranchId)> =
            self.lines.iter().map(|line| (line.is_played, Some(line.id) == parent, line.id)).collect();
        sort::sort(&mut ranked);
        let kept: Vec<BranchId> = ranked.into_iter().rev().take(most).map(|(.., id)| id).collect();
        self.lines.retain(|line| kept.contains(&line.id));
        self
    }

    /// The bookmark on the branch on stage that comes next after the playhead, or the last one before it.
    pub fn next_flag(&self, now: Moment, forward: bool) -> Option<&Flag> {
        let place = |moment: Moment| (moment.at, moment.step);
        let mut here = self.flags.iter().filter(|flag| flag.is_here);
        match forward {
            true => here.find(|flag| place(flag.moment) > place(now)),
            false => here.rfind(|flag| place(flag.moment) < place(now)),
        }
    }
}

impl FutureLine {
    /// Where it comes from, how far it goes, what was done on it.
    pub fn says(&self) -> String {
        let commands = match self.commands {
            0 => say::nothing_done().to_owned(),
            count => say::commands(count as u64),
        };
        let from = match (&self.parent, self.from) {
            (Some((_, parent)), Some(at)) => say::left_at(&parent, &at),
            (None, Some(at)) => say::forked_at(&at),
            (_, None) => say::from_the_start().to_owned(),
        };
        say::goes_to(&from, &self.end.at, &commands)
    }
}

/// The graph as text, a column for each second.
impl fmt::Display for Futures {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let second = |at: Time| usize::try_from(at.0 / 1_000_000).unwrap_or(usize::MAX).min(80);
        for (row, line) in self.lines.iter().enumerate() {
            let (from, until) = (second(line.from.unwrap_or(Time::ZERO)), second(line.end.at));
            let mut cells = vec![' '; from];
            let stroke = if line.is_played { '=' } else { '-' };
            cells.resize(until.max(from + 1), stroke);
            if line.from.is_some() {
                cells.iter_mut().skip(from).take(1).for_each(|cell| *cell = '\\');
            }
            // Between it and its parent the way down.
            for child in self.lines.iter().skip(row + 1) {
                let passes = child.parent.as_ref().and_then(|(id, _)| self.row(*id)).is_some_and(|p| p < row);
                let place = child.from.map(second);
                let free = |cell: &&mut char| **cell == ' ';
                let cell = place.filter(|_| passes).and_then(|place| cells.get_mut(place).filter(free));
                if let Some(cell) = cell {
                    *cell = '|';
                }
            }
            for flag in self.flags.iter().filter(|flag| self.row_of(flag) == Some(row)) {
                cells.iter_mut().skip(second(flag.moment.at)).take(1).for_each(|cell| *cell = '^');
            }
            let cells: String = cells.into_iter().collect();
            writeln!(f, "{:<12} {cells}", line.title)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::Span;
    use millrace_sim::{Command, Setup};

    fn at(seconds: u64) -> Time {
        Time::ZERO + Span::from_secs(seconds)
    }

    fn latency(timeline: &mut Timeline, ms: u64) {
        timeline.dispatch(Command::SetNetwork { latency: Span::from_millis(ms) }).unwrap();
    }

    /// 1 to 20 s; 2 leaves it at 5 and goes to 30; 3 leaves 2 at 12 and goes to 15; 4 leaves 1 at 18 and goes to 25.
    fn four() -> Timeline {
        let mut timeline = Timeline::new(Setup::default());
        latency(&mut timeline, 1);
        timeline.run_until(at(20), usize::MAX);
        let home = timeline.moment();
        for (second, until) in [(5, 30), (12, 15)] {
            timeline.seek(at(second));
            latency(&mut timeline, second);
            timeline.run_until(at(until), usize::MAX);
        }
        timeline.go_to(home);
        timeline.seek(at(18));
        latency(&mut timeline, 18);
        timeline.run_until(at(25), usize::MAX);
        timeline
    }

    #[test]
    fn each_stands_below_its_parent_and_leaves_it_where_it_did() {
        let mut timeline = four();
        timeline.name_branch(BranchId(2), "calm").unwrap();
        timeline.seek(at(3));
        timeline.set_bookmark("early").unwrap();
        timeline.seek(at(22));
        timeline.set_bookmark("late").unwrap();
        let expected = "\
future 1     ---^----------------
future 4          |            \\===^==
future 2          \\------------------------
calm                     \\--
";
        // The early bookmark is seen on the branch on stage, which shares that past; it is drawn where that past is.
        assert_eq!(futures(&timeline).to_string(), expected);
        let says: Vec<String> = futures(&timeline).lines.iter().map(FutureLine::says).collect();
        assert_eq!(
            says,
            [
                "from the start, goes to 12:00:20.000, 1 command",
                "left future 1 at 12:00:18.000, goes to 12:00:25.000, 1 command",
                "left future 1 at 12:00:05.000, goes to 12:00:30.000, 1 command",
                "left future 2 at 12:00:12.000, goes to 12:00:15.000, 1 command",
            ]
        );
    }

    #[test]
    fn what_leaves_in_a_shared_past_leaves_the_branch_whose_past_it_was() {
        let mut timeline = four();
        timeline.go_to(Moment { branch: BranchId(2), step: 3, at: at(14) });
        timeline.seek(at(3));
        latency(&mut timeline, 3);
        let futures = futures(&timeline);
        let last = futures.lines.iter().find(|line| line.is_played).unwrap();
        assert_eq!(last.says(), "left future 1 at 12:00:03.000, goes to 12:00:03.000, 1 command");
    }

    #[test]
    fn of_many_the_played_one_its_parent_and_the_newest_are_kept() {
        let timeline = four();
        let titles = |most| -> Vec<String> {
            futures(&timeline).few(most).lines.into_iter().map(|line| line.title).collect()
        };
        assert_eq!(titles(9), ["future 1", "future 4", "future 2", "future 3"]);
        assert_eq!(titles(3), ["future 1", "future 4", "future 3"]);
        assert_eq!(titles(2), ["future 1", "future 4"]);
    }

    #[test]
    fn one_jumps_from_bookmark_to_bookmark_of_the_branch_on_stage() {
        let mut timeline = four();
        for (second, name) in [(3, "a"), (19, "b"), (22, "c")] {
            timeline.seek(at(second));
            timeline.set_bookmark(name).unwrap();
        }
        let jump = |timeline: &Timeline, forward| {
            futures(timeline).next_flag(timeline.moment(), forward).map(|flag| flag.name.clone())
        };
        timeline.seek(at(19));
        assert_eq!((jump(&timeline, false), jump(&timeline, true)), (Some("a".into()), Some("c".into())));
        timeline.seek(at(23));
        assert_eq!((jump(&timeline, false), jump(&timeline, true)), (Some("c".into()), None));
        timeline.go_to(Moment { branch: BranchId(0), step: 1, at: at(10) });
        assert_eq!(
            (jump(&timeline, false), jump(&timeline, true)),
            (Some("a".into()), None),
            "b and c are not here"
        );
    }
}
