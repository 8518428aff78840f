//! The front matter: what a lesson is called, what it is for, and how its world begins.

use crate::problem::Problem;
use millrace_expr::suggest;
use millrace_model::{Profile, Span};
use millrace_script::language::time::read_span;
use millrace_sim::Setup;
use std::fmt;

/// What can be put on stage beside the board, as soon as there is something for it to show: the desks below the stage
/// (`metrics`; `crash`, a consumer's loop; `failure` and `services` of the first application whose records can fail;
/// `streams`, `dashboard` and `clocks`, which is event time, of the first streams application), or a group in the inspector
/// (`groups`, `offsets`, `clocks` without a streams application). `board` is always there; what a `partitioner` does, each
/// record says in the inspector.
pub const VIEWS: &[&str] = &[
    "board",
    "clocks",
    "crash",
    "dashboard",
    "failure",
    "groups",
    "metrics",
    "offsets",
    "partitioner",
    "services",
    "streams",
];

const KEYS: &[&str] =
    &["id", "title", "aim", "minutes", "views", "seed", "profile", "limits", "poster", "later"];

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Front {
    /// Its number in the curriculum: `L03`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is known afterwards, in one sentence.
    pub aim: String,
    /// How long it takes, in minutes.
    pub minutes: u32,
    /// What is put on stage ([`VIEWS`]).
    pub views: Vec<String>,
    /// What keys the dice.
    pub seed: u64,
    /// The version of Kafka whose defaults hold.
    pub profile: Profile,
    /// The most steps that one run of it may take.
    pub steps: u64,
    /// The moment that its picture shows.
    pub poster: Option<Moment>,
    /// What the curriculum has and this lesson does not have yet, with the reason.
    pub later: Vec<String>,
}

/// A moment of a lesson.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Moment {
    /// How long after the start of its world.
    pub at: Span,
    /// The task whose solution has been played; the first one if nothing is said.
    pub task: Option<String>,
}

impl Moment {
    /// Reads `12s` or `12s of task 2`.
    pub fn read(text: &str) -> Option<Moment> {
        let (at, task) = match text.split_once(" of task ") {
            Some((at, task)) => (at, Some(task.trim().to_owned())),
            None => (text, None),
        };
        Some(Moment { at: read_span(at.trim())?, task })
    }
}

/// The reader's inverse.
impl fmt::Display for Moment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.task {
            Some(task) => write!(f, "{} of task {task}", self.at),
            None => write!(f, "{}", self.at),
        }
    }
}

impl Default for Front {
    fn default() -> Front {
        Front {
            id: String::new(),
            title: String::new(),
            aim: String::new(),
            minutes: 8,
            views: vec!["board".to_owned()],
            seed: 1,
            profile: Profile::default(),
            steps: 500_000,
            poster: None,
            later: Vec::new(),
        }
    }
}

impl Front {
    /// How its world begins.
    pub fn setup(&self, seed: Option<u64>) -> Setup {
        Setup { seed: seed.unwrap_or(self.seed), profile: self.profile }
    }

    /// Reads the front matter of a file; what follows it, and in which line that begins.
    pub(crate) fn parse<'a>(source: &'a str, problems: &mut Vec<Problem>) -> (Front, &'a str, usize) {
        let mut front = Front::default();
        let Some(rest) = source.strip_prefix("---\n") else {
            problems.push(Problem::new(1, "expected a line --- and the front matter behind it"));
            return (front, source, 1);
        };
        let mut line = 1;
        let mut at = 0;
        let mut known = Vec::new();
        for text in rest.split_inclusive('\n') {
            line += 1;
            at += text.len();
            let text = text.trim_end();
            if text == "---" {
                for key in KEYS.iter().take(3).filter(|key| !known.contains(*key)) {
                    problems.push(Problem::new(line, format!("expected {key}: … in the front matter")));
                }
                return (front, rest.get(at..).unwrap_or_default(), line + 1);
            }
            if let Some(item) = text.trim_start().strip_prefix("- ") {
                match known.last() {
                    Some(&"later") => front.later.push(item.trim().to_owned()),
                    _ => {
                        problems.push(Problem::new(line, "expected a key and a colon; only later: has items"))
                    }
                }
                continue;
            }
            match text.split_once(':') {
                Some((key, value)) => match KEYS.iter().find(|known| **known == key.trim()) {
                    Some(key) => {
                        known.push(*key);
                        if let Err(expected) = front.set(key, value.trim()) {
                            let found = value.trim();
                            problems.push(Problem::new(
                                line,
                                format!("{key}: expected {expected}, found `{found}`"),
                            ));
                        }
                    }
                    None => {
                        let meant = suggest::nearest(key.trim(), KEYS.iter().copied());
                        let meant = meant.map(|key| format!("; did you mean {key}?")).unwrap_or_default();
                        problems.push(Problem::new(line, format!("no such key: `{}`{meant}", key.trim())));
                    }
                },
                None => problems.push(Problem::new(line, "expected a key, a colon and a value")),
            }
        }
        problems.push(Problem::new(line, "expected a line --- at the end of the front matter"));
        (front, "", line + 1)
    }

    fn set(&mut self, key: &str, value: &str) -> Result<(), String> {
        let text = || if value.is_empty() { Err("a text".to_owned()) } else { Ok(value.to_owned()) };
        match key {
            "id" => {
                let digits = value.strip_prefix(|c: char| c.is_ascii_uppercase()).unwrap_or_default();
                if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                    return Err("a letter and a number such as L03".to_owned());
                }
                self.id = value.to_owned();
            }
            "title" => self.title = text()?,
            "aim" => self.aim = text()?,
            "minutes" => self.minutes = value.parse().map_err(|_| "a whole number")?,
            "seed" => self.seed = value.parse().map_err(|_| "a whole number")?,
            "profile" => self.profile = Profile::from_name(value).ok_or(Profile::NAMES)?,
            "limits" => {
                let steps = value.strip_suffix(" steps").and_then(|steps| steps.parse().ok());
                self.steps = steps.ok_or("a number of steps such as 500000 steps")?;
            }
            "poster" => {
                self.poster = Some(Moment::read(value).ok_or("a moment such as 12s, or 12s of task 2")?);
            }
            "views" => {
                self.views = value.split(',').map(|view| view.trim().to_owned()).collect();
                if let Some(view) = self.views.iter().find(|view| !VIEWS.contains(&view.as_str())) {
                    let nearest = suggest::nearest(view, VIEWS.iter().copied()).unwrap_or("board");
                    return Err(format!("views such as {nearest} in the place of {view}"));
                }
            }
            _ if value.is_empty() => {}
            _ => return Err("items in the lines below, each behind a dash".to_owned()),
        }
        Ok(())
    }

    /// The text: the parser's inverse.
    pub(crate) fn print(&self) -> String {
        let usual = Front::default();
        let mut out = format!("---\nid: {}\ntitle: {}\naim: {}\n", self.id, self.title, self.aim);
        let mut line = |key: &str, value: String| out.push_str(&format!("{key}: {value}\n"));
        line("minutes", self.minutes.to_string());
        line("views", self.views.join(", "));
        line("seed", self.seed.to_string());
        line("profile", self.profile.to_string());
        if self.steps != usual.steps {
            line("limits", format!("{} steps", self.steps));
        }
        if let Some(poster) = &self.poster {
            line("poster", poster.to_string());
        }
        if !self.later.is_empty() {
            out.push_str("later:\n");
            self.later.iter().for_each(|item| out.push_str(&format!("  - {item}\n")));
        }
        out + "---\n"
    }
}
