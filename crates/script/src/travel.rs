//! Lines about history itself: its branches, its bookmarks, undo and redo, and time that runs until something holds.
//! They change no world: a save file holds what they come to, not the lines.

use crate::Expectation;
use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::add;
use crate::language::time::span;
use crate::runner::{Answer, Failure};
use crate::until::{Reached, Until};
use millrace_expr::suggest;
use millrace_model::{Span, Time};
use millrace_sim::{Branch, BranchId, Moment, Noted, Timeline, limits};
use std::fmt::Write;

/// How long `run until` goes on when nothing else is said.
pub const WITHIN: Span = Span::from_secs(600);

pub(crate) const HELP: &[Help] = &[
    Help {
        name: "run until",
        synopsis: "run until QUANTITY(…) ==|!=|<|<=|>|>= VALUE [--within DURATION]",
        meaning: "lets virtual time pass up to the step with which this becomes true, at most 10 minutes unless said otherwise",
        example: "run until lag(billing) == 0 --within 60s",
    },
    Help {
        name: "branch list",
        synopsis: "branch list",
        meaning: "prints the branches of history: where each left its parent, how far it goes, which one is played",
        example: "branch list",
    },
    Help {
        name: "branch switch",
        synopsis: "branch switch BRANCH",
        meaning: "goes to where a branch, by its name or its number, has come",
        example: "branch switch 2",
    },
    Help {
        name: "branch rename",
        synopsis: "branch rename BRANCH NAME",
        meaning: "gives a branch a name; an empty one takes it away",
        example: "branch rename 2 'with retries'",
    },
    Help {
        name: "branch delete",
        synopsis: "branch delete BRANCH",
        meaning: "throws a branch away; undo brings it back",
        example: "branch delete 2",
    },
    Help {
        name: "bookmark list",
        synopsis: "bookmark list",
        meaning: "prints the bookmarks",
        example: "bookmark list",
    },
    Help {
        name: "bookmark add",
        synopsis: "bookmark add NAME",
        meaning: "sets a bookmark at the playhead",
        example: "bookmark add 'before the crash'",
    },
    Help {
        name: "bookmark go",
        synopsis: "bookmark go NAME",
        meaning: "goes to a bookmark",
        example: "bookmark go 'before the crash'",
    },
    Help {
        name: "bookmark delete",
        synopsis: "bookmark delete NAME",
        meaning: "takes a bookmark away",
        example: "bookmark delete 'before the crash'",
    },
    Help {
        name: "undo",
        synopsis: "undo",
        meaning: "takes the last command, name or bookmark back; both futures stay",
        example: "undo",
    },
    Help { name: "redo", synopsis: "redo", meaning: "does again what was undone", example: "redo" },
];

/// The first words of these lines.
pub(crate) const NAMES: [&str; 5] = ["run", "branch", "bookmark", "undo", "redo"];

/// Something done to history.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Travel {
    /// Time runs until this holds, at most so long.
    Until(Expectation, Span),
    /// The branches as text.
    Branches,
    /// Goes to a branch.
    Switch(String),
    /// Gives a branch a name.
    Rename(String, String),
    /// Throws a branch away.
    Delete(String),
    /// The bookmarks as text.
    Bookmarks,
    /// Sets a bookmark.
    Mark(String),
    /// Goes to a bookmark.
    Go(String),
    /// Takes a bookmark away.
    Unmark(String),
    /// Takes the last deed back.
    Undo,
    /// Does it again.
    Redo,
}

impl Travel {
    /// Reads what follows the first word, which is one of [`NAMES`].
    pub(crate) fn parse(name: &str, source: &str, arguments: &mut Arguments<'_>) -> Result<Travel, Problem> {
        let branch = "a branch, by its name or its number";
        let travel = match name {
            "run" => return until(source, arguments),
            "branch" => {
                let verbs = ["list", "switch", "rename", "delete"];
                match arguments.choice("what to do with branches:", &verbs)? {
                    0 => Travel::Branches,
                    1 => Travel::Switch(text(arguments, branch)?),
                    2 => Travel::Rename(
                        text(arguments, branch)?,
                        arguments.word("its new name")?.text().to_owned(),
                    ),
                    _ => Travel::Delete(text(arguments, branch)?),
                }
            }
            "bookmark" => {
                let verbs = ["list", "add", "go", "delete"];
                let name = "a bookmark's name";
                match arguments.choice("what to do with bookmarks:", &verbs)? {
                    0 => Travel::Bookmarks,
                    1 => Travel::Mark(text(arguments, name)?),
                    2 => Travel::Go(text(arguments, name)?),
                    _ => Travel::Unmark(text(arguments, name)?),
                }
            }
            "undo" => Travel::Undo,
            _ => Travel::Redo,
        };
        arguments.done()?;
        Ok(travel)
    }

    /// What was noted, as a line.
    pub fn of(noted: &Noted) -> Travel {
        let number = |id: &BranchId| id.0.saturating_add(1).to_string();
        match noted {
            Noted::Named(id, name) => Travel::Rename(number(id), name.to_string()),
            Noted::Deleted(id) => Travel::Delete(number(id)),
            Noted::Bookmarked(name) => Travel::Mark(name.to_string()),
            Noted::Unmarked(name) => Travel::Unmark(name.to_string()),
        }
    }

    /// The line that says the same.
    pub fn print(&self) -> String {
        let (verb, words): (&str, Vec<&String>) = match self {
            Travel::Until(expectation, within) if *within == WITHIN => {
                return format!("run until {expectation}");
            }
            Travel::Until(expectation, within) => {
                return format!("run until {expectation} --within {within}");
            }
            Travel::Branches => ("branch list", vec![]),
            Travel::Switch(which) => ("branch switch", vec![which]),
            Travel::Rename(which, name) => ("branch rename", vec![which, name]),
            Travel::Delete(which) => ("branch delete", vec![which]),
            Travel::Bookmarks => ("bookmark list", vec![]),
            Travel::Mark(name) => ("bookmark add", vec![name]),
            Travel::Go(name) => ("bookmark go", vec![name]),
            Travel::Unmark(name) => ("bookmark delete", vec![name]),
            Travel::Undo => ("undo", vec![]),
            Travel::Redo => ("redo", vec![]),
        };
        let mut line = verb.to_owned();
        words.into_iter().for_each(|word| add(&mut line, word));
        line
    }

    /// Does it.
    ///
    /// # Errors
    /// A sentence: no such branch, no such bookmark, nothing to undo, an expectation that is not met in time.
    pub(crate) fn run(&self, timeline: &mut Timeline) -> Result<Answer, Failure> {
        let unseen = |wrong: millrace_sim::timeline::CannotNote| Failure::Unseen(wrong.to_string());
        let mut shown = None;
        match self {
            Travel::Until(expectation, within) => {
                let mut until = Until::new(expectation.clone(), timeline, *within);
                let reached = loop {
                    if let Some(reached) = until.advance(timeline, limits::STEPS_PER_INSTANT as usize) {
                        break reached;
                    }
                };
                match reached {
                    Reached::Holds { .. } => shown = Some(until.says(&reached, timeline)),
                    Reached::Not(_) => return Err(Failure::Unmet(until.says(&reached, timeline))),
                    Reached::Halted(halt) => return Err(Failure::Halted(halt)),
                }
            }
            Travel::Branches => shown = Some(list(timeline)),
            Travel::Bookmarks => shown = Some(bookmarks(timeline)),
            Travel::Switch(which) => {
                let id = find(timeline, which)?;
                let branch = timeline.branches().into_iter().find(|branch| branch.id == id);
                let end = branch.map(end_of);
                end.map(|end| timeline.go_to(end));
            }
            Travel::Rename(which, name) => {
                let id = find(timeline, which)?;
                timeline.name_branch(id, name).map_err(unseen)?;
            }
            Travel::Delete(which) => {
                let id = find(timeline, which)?;
                timeline.delete_branch(id).map_err(unseen)?;
            }
            Travel::Mark(name) => timeline.set_bookmark(name).map_err(unseen)?,
            Travel::Unmark(name) => timeline.remove_bookmark(name).map_err(unseen)?,
            Travel::Go(name) => {
                let Some(moment) = timeline.bookmark(name).map(|bookmark| bookmark.moment) else {
                    let known = timeline.bookmarks().iter().map(|bookmark| &*bookmark.name);
                    return Err(Failure::Unseen(unknown("bookmark", name, known)));
                };
                let moment = timeline.seen_from_here(moment);
                timeline.go_to(moment);
            }
            Travel::Undo if !timeline.undo() => {
                return Err(Failure::Unseen("there is nothing to undo".to_owned()));
            }
            Travel::Redo if !timeline.redo() => {
                return Err(Failure::Unseen("there is nothing to do again".to_owned()));
            }
            Travel::Undo | Travel::Redo => {}
        }
        Ok(Answer { shown: shown.map(Into::into), ..Answer::default() })
    }
}

fn text(arguments: &mut Arguments<'_>, expected: &str) -> Result<String, Problem> {
    Ok(arguments.word(expected)?.name(expected)?.to_owned())
}

/// `until`, an expectation up to the options, and these.
fn until(source: &str, arguments: &mut Arguments<'_>) -> Result<Travel, Problem> {
    arguments.choice("run until what:", &["until"])?;
    let options = Options { once: vec!["within"], many: &[] };
    let mut place: Option<(usize, usize)> = None;
    let mut within = WITHIN;
    loop {
        // A name may begin with two dashes, but then its parenthesis goes on or is closed: `n(--a)`, `path(--a, b)`.
        let argument = match arguments.next_if_ends(&[')', ',']) {
            Some(token) => Argument::Word(token),
            None => match arguments.argument(&options)? {
                Some(argument) => argument,
                None => break,
            },
        };
        match argument {
            Argument::Word(token) => {
                let start = place.map_or(token.span.start, |(start, _)| start);
                place = Some((start, token.span.end));
            }
            Argument::Option(_) => {
                within = span(&arguments.value("a duration")?, "how long at most", "s")?;
                if within > limits::WAIT {
                    let at = arguments.option_span();
                    return Err(arguments.problem(
                        at,
                        format!("at most {}", limits::WAIT),
                        within.to_string(),
                    ));
                }
            }
        }
    }
    let Some((start, end)) = place else { return Err(arguments.missing("a quantity such as lag(billing)")) };
    Ok(Travel::Until(Expectation::parse(source, start, end)?, within))
}

fn end_of(branch: &Branch) -> Moment {
    Moment { branch: branch.id, step: branch.step_count(), at: branch.frontier() }
}

fn unknown<'a>(kind: &str, name: &str, known: impl Iterator<Item = &'a str>) -> String {
    let nearest = suggest::nearest(name, known);
    let meant = nearest.map(|name| format!("; did you mean {name}?")).unwrap_or_default();
    format!("there is no {kind} {name}{meant}")
}

/// A branch by its title, or by its number as it is shown: from 1.
fn find(timeline: &Timeline, which: &str) -> Result<BranchId, Failure> {
    let titles: Vec<(BranchId, String)> =
        timeline.branches().iter().map(|branch| (branch.id, timeline.title_of(branch.id))).collect();
    let number = which.parse::<u32>().ok().and_then(|n| n.checked_sub(1)).map(BranchId);
    let found = titles.iter().find(|(_, title)| title == which);
    let found = found.or_else(|| titles.iter().find(|(id, _)| Some(*id) == number));
    found.map(|(id, _)| *id).ok_or_else(|| {
        Failure::Unseen(unknown("branch", which, titles.iter().map(|(_, title)| title.as_str())))
    })
}

/// Number, name, where from, how far, how much was done; the one that is played has a star.
fn list(timeline: &Timeline) -> String {
    let here = timeline.branch().id;
    let mut out = String::new();
    for branch in timeline.branches() {
        let star = if branch.id == here { '*' } else { ' ' };
        let number = branch.id.0.saturating_add(1);
        let from = branch.forked_from.map_or_else(
            || "from the start".to_owned(),
            |(parent, _, at): (BranchId, u64, Time)| format!("left {} at {at}", timeline.title_of(parent)),
        );
        let commands = branch.log().len();
        let plural = if commands == 1 { "" } else { "s" };
        // Writing to a String does not fail.
        let _ = writeln!(
            out,
            "{star} {number:<3} {}: {from}, goes to {}, {commands} command{plural}",
            timeline.title_of(branch.id),
            branch.frontier()
        );
    }
    let (count, most) = (timeline.branches().len(), limits::BRANCHES);
    let _ = write!(out, "{count} of at most {most}; beyond them the oldest is forgotten");
    out
}

fn bookmarks(timeline: &Timeline) -> String {
    let line = |bookmark: &millrace_sim::Bookmark| {
        let Moment { branch, step, at } = timeline.seen_from_here(bookmark.moment);
        format!("{at} #{step} {}: {}", timeline.title_of(branch), bookmark.name)
    };
    let lines: Vec<String> = timeline.bookmarks().iter().map(line).collect();
    if lines.is_empty() { "no bookmarks".to_owned() } else { lines.join("\n") }
}
