//! What an author asks for: the attributes, read once. What makes no sense falls back to the default; the element has said
//! so by then.

use super::preset::preset;
use millrace_model::{Profile, Span, Time};
use millrace_script::{Statement, parse_line};
use millrace_sim::Setup;
use millrace_words::{Language, embed as say};
use std::rc::Rc;
use wasm_bindgen::JsValue;

/// What is shown.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum View {
    /// The stage.
    #[default]
    Board,
    /// The stage and a console below it.
    Console,
    /// What happened, as a list, above a wide time bar.
    Timeline,
    /// Charts over time.
    Metrics,
    /// A lesson beside the stage.
    Lesson,
    /// The stage; nothing can be done to it.
    ReadOnly,
}

/// What it is operated with.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Controls {
    /// Transport, speed, producing.
    #[default]
    Full,
    /// Transport.
    Minimal,
    /// Nothing: a picture that the host drives.
    None,
}

/// Where the playhead is put once all is loaded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Where the clock shows a time; if history is shorter, it goes on up to there.
    At(Time),
    /// Just after a step.
    Step(u64),
}

/// A lesson that is to be gone through in the widget.
#[derive(Clone, Debug, Default)]
pub struct Asked {
    /// Its number.
    pub id: String,
    /// The task that it opens at.
    pub task: Option<String>,
    /// Whether the author asks for dice of their own.
    pub has_seed: bool,
    /// What it was left with.
    pub kept: String,
    /// Where the lessons lie.
    pub lies_in: String,
    /// Whether what is done may be kept in the browser.
    pub keeps: bool,
}

/// See the module.
#[derive(Clone, Debug, Default)]
pub struct Wish {
    /// What the world begins with.
    pub setup: Setup,
    /// The lines that make it, or a saved history.
    pub text: String,
    /// What it is called.
    pub title: String,
    /// What is shown.
    pub view: View,
    /// What it is operated with.
    pub controls: Controls,
    /// Where the playhead begins.
    pub moment: Option<Moment>,
    /// Whether time runs at once: the reader has asked for it.
    pub runs: bool,
    /// The lesson whose desk is shown.
    pub lesson: Option<Rc<Asked>>,
    /// The language of the page around it.
    pub language: Language,
    /// The media query that says that there is little room, for a widget that has no page of its own.
    pub phone: Option<String>,
    /// What is wrong with the attributes, a sentence each.
    pub problems: Vec<String>,
}

impl Wish {
    /// Reads the object that the frame passes on: the attributes, and `text`.
    pub fn read(given: &JsValue) -> Wish {
        let get = |name: &str| {
            let value = js_sys::Reflect::get(given, &name.into()).ok().and_then(|value| value.as_string());
            value.filter(|text| !text.trim().is_empty())
        };
        Wish::of(&get)
    }

    fn of(get: &dyn Fn(&str) -> Option<String>) -> Wish {
        let mut wish = Wish::default();
        let text = get("text").unwrap_or_default();
        let state = get("state");
        if state.is_some() {
            // It goes on where it was left, whatever it began with.
            wish.text = text;
        } else if get("lesson").is_some() {
            let lesson = preset(&text);
            wish.setup.seed = lesson.seed.unwrap_or(wish.setup.seed);
            wish.setup.profile = lesson.profile;
            wish.title = lesson.title.to_owned();
            wish.text = lesson.text.to_owned();
        } else {
            wish.text = text;
        }
        if let Some(title) = get("title") {
            wish.title = title;
        }
        if let Some(seed) = get("seed") {
            match seed.parse() {
                Ok(seed) => wish.setup.seed = seed,
                Err(_) => wish.problems.push(say::whole_number(&"seed", &seed)),
            }
        }
        if let Some(engine) = get("engine") {
            match Profile::from_name(&engine) {
                Some(profile) => wish.setup.profile = profile,
                None => {
                    wish.problems.push(say::known_engine(&Profile::NAMES, &engine));
                }
            }
        }
        if let (Some(script), None) = (get("script"), &state) {
            wish.text = [wish.text.trim_end(), "\n", script.trim(), "\n"].concat();
        }
        wish.moment = get("at").and_then(|at| match time(&at) {
            Some(at) => Some(Moment::At(at)),
            None => {
                wish.problems.push(say::a_time(&at));
                None
            }
        });
        if let Some(step) = get("step").and_then(|step| step.parse().ok()) {
            wish.moment = Some(Moment::Step(step));
        }
        if state.is_some() {
            wish.moment = None;
        }
        wish.view = match get("view").as_deref() {
            Some("board+cli") => View::Console,
            Some("timeline") => View::Timeline,
            Some("metrics") => View::Metrics,
            Some("lesson") => View::Lesson,
            Some("readonly") => View::ReadOnly,
            _ => View::Board,
        };
        if wish.view == View::Lesson {
            wish.lesson = asked(get);
            if wish.lesson.is_none() {
                wish.view = View::Board;
                wish.problems.push(say::which_lesson().to_owned());
            }
        }
        wish.controls = match get("controls").as_deref() {
            Some("minimal") => Controls::Minimal,
            Some("none") => Controls::None,
            _ => Controls::Full,
        };
        wish.runs = get("runs").is_some();
        wish.phone = get("phone");
        wish.language = get("lang").and_then(|tag| Language::of_tag(&tag)).unwrap_or_default();
        wish
    }

    /// Whether it begins with code that a first look at a stage does without.
    pub fn needs_all(&self) -> bool {
        self.language != Language::English
            || self.text.trim_start().starts_with("millrace ")
            || !matches!(self.view, View::Board | View::ReadOnly | View::Console)
    }

    /// What the root's `data-view` says.
    pub fn view_word(&self) -> &'static str {
        match self.view {
            View::Board => "board",
            View::Console => "cli",
            View::Timeline => "timeline",
            View::Metrics => "metrics",
            View::Lesson => "lesson",
            View::ReadOnly => "readonly",
        }
    }
}

fn asked(get: &dyn Fn(&str) -> Option<String>) -> Option<Rc<Asked>> {
    let asked = Asked {
        // A lesson may be named by its folder: `L16-retry-topics-into-the-dlq`.
        id: get("lesson")?.split('-').next().unwrap_or_default().to_owned(),
        task: get("task"),
        has_seed: get("seed").is_some(),
        kept: get("state").unwrap_or_default(),
        lies_in: get("lessons").unwrap_or_default(),
        keeps: get("keeps").is_some(),
    };
    Some(Rc::new(asked))
}

/// A moment as authors write it: since the beginning (`12s`), or as the clock shows it (`12:00:12`).
fn time(text: &str) -> Option<Time> {
    let text = text.trim();
    let line = if text.contains(':') { ["wait until ", text] } else { ["wait ", text] }.concat();
    match parse_line(&line, Profile::default()) {
        Ok(Some(Statement::Wait(span))) => Some(Time(0) + Span(span.0)),
        Ok(Some(Statement::WaitUntil(time))) => Some(time),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wish(attributes: &[(&str, &str)]) -> Wish {
        Wish::of(&|name| attributes.iter().find(|(n, _)| *n == name).map(|(_, value)| (*value).to_owned()))
    }

    #[test]
    fn attributes_are_read_as_they_are_documented() {
        let read = wish(&[
            ("text", "network latency 10ms"),
            ("seed", "42"),
            ("at", "12s"),
            ("script", "wait 1s"),
            ("view", "board+cli"),
            ("controls", "minimal"),
            ("engine", "3.9"),
        ]);
        assert_eq!(read.setup.profile, Profile::V39);
        assert_eq!((read.setup.seed, read.view, read.controls), (42, View::Console, Controls::Minimal));
        assert_eq!(read.moment, Some(Moment::At(Time(12_000_000))));
        assert_eq!(read.text, "network latency 10ms\nwait 1s\n");
        assert_eq!(read.problems, Vec::<String>::new());
        assert_eq!(wish(&[("at", "12:00:12")]).moment, Some(Moment::At(Time(12_000_000))));
        assert_eq!(wish(&[("at", "12s"), ("step", "3")]).moment, Some(Moment::Step(3)));
    }

    #[test]
    fn a_widget_that_was_left_goes_on_with_its_history_alone() {
        let history = "millrace 1\nseed 7\n";
        let read = wish(&[
            ("lesson", "L03"),
            ("state", history),
            ("text", history),
            ("script", "wait 1s"),
            ("at", "1s"),
        ]);
        assert_eq!((read.text.as_str(), read.moment), (history, None));
    }

    #[test]
    fn a_lesson_is_asked_for_by_its_view_and_its_number() {
        let read = wish(&[("view", "lesson"), ("lesson", "L16-retry-topics-into-the-dlq"), ("task", "2")]);
        let asked = read.lesson.unwrap();
        assert_eq!((asked.id.as_str(), asked.task.as_deref(), asked.keeps), ("L16", Some("2"), false));
        assert!(wish(&[("lesson", "L16")]).lesson.is_none());
        let read = wish(&[("view", "lesson")]);
        assert_eq!((read.view, read.problems), (View::Board, vec![say::which_lesson().to_owned()]));
    }

    #[test]
    fn what_makes_no_sense_is_said_and_falls_back() {
        let read = wish(&[("seed", "x"), ("at", "soon"), ("engine", "2.8"), ("view", "all")]);
        assert_eq!((read.setup, read.view, read.moment), (Setup::default(), View::Board, None));
        assert_eq!(
            read.problems,
            [
                "seed: expected a whole number, found `x`",
                "engine: expected 4.x, 4.0-snapshot or 3.9, found `2.8`",
                "at: expected a time such as 12s or 12:00:12, found `soon`"
            ]
        );
    }
}
