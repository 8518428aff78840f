//! A lesson in another language is the same lesson: everything that runs is equal to the letter, and every text is there and
//! has been translated. A `lesson.de.md` lies beside its `lesson.md` and is read by the same parser.
//!
//! Text is what is told to the learner: title and aim, prose, hints, the titles of tasks, the texts of options, the comments
//! above lines, what `later:` says behind an id. Everything else is not, a sentence of Kafka's in a `refused` block included.

use crate::front::Front;
use crate::lesson::{After, Block, Lesson, Section, Task};
use crate::problem::Problem;

/// The languages beside English, by the word in the file's name: every lesson has to be there in each.
pub const LANGUAGES: [&str; 1] = ["de"];

/// A piece of a lesson.
struct Part {
    /// Its line, or the one of what it belongs to.
    line: usize,
    /// What it is: `task 1, hint 2`.
    what: String,
    says: Says,
}

#[derive(PartialEq, Eq)]
enum Says {
    /// The same in every language.
    Same(String),
    /// Text; empty where there is none.
    Text(String),
}

/// Everything in which a translation is another lesson than the original, and every text that it leaves out or leaves as it
/// was.
pub fn same_but_for_text(original: &Lesson, translation: &Lesson) -> Vec<Problem> {
    let wanted = Parts::of(original);
    let found = Parts::of(translation);
    let mut problems = Vec::new();
    for (n, wanted) in wanted.iter().enumerate() {
        let Some(found) = found.get(n) else {
            let line = found.last().map_or(1, |part| part.line);
            problems
                .push(Problem::new(line, format!("expected {} below, as the original has it", wanted.what)));
            return problems;
        };
        if found.what != wanted.what {
            let sentence = format!("expected {} here, found {}", wanted.what, found.what);
            problems.push(Problem::new(found.line, sentence));
            return problems;
        }
        if let Some(wrong) = difference(&wanted.says, &found.says) {
            problems.push(Problem::new(found.line, format!("{}: {wrong}", wanted.what)));
        }
    }
    if let Some(more) = found.get(wanted.len()) {
        problems.push(Problem::new(more.line, format!("expected the end, found {}", more.what)));
    }
    problems
}

/// What is wrong with a piece.
fn difference(wanted: &Says, found: &Says) -> Option<String> {
    match (wanted, found) {
        (Says::Same(wanted), Says::Same(found)) => {
            (wanted != found).then(|| format!("expected `{wanted}` as in the original, found `{found}`"))
        }
        (Says::Text(wanted), Says::Text(found)) => {
            if wanted.is_empty() != found.is_empty() {
                return Some(if found.is_empty() {
                    format!("expected a translation of `{}`", start(wanted))
                } else {
                    format!("expected nothing as in the original, found `{}`", start(found))
                });
            }
            let (wanted_code, words) = code(wanted);
            let (found_code, _) = code(found);
            if wanted == found && words.chars().any(char::is_alphabetic) {
                return Some(format!("this is not translated: `{}`", start(found)));
            }
            if let Some(code) = wanted_code.iter().find(|code| !found_code.contains(code)) {
                return Some(format!("expected `{code}` in it as in the original"));
            }
            let more = found_code.iter().find(|code| !wanted_code.contains(code))?;
            Some(format!("expected no `{more}` in it: the original has none"))
        }
        // Parts with the same name are of the same kind.
        _ => None,
    }
}

/// The beginning of a text, for a sentence.
fn start(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// What stands between backquotes, spaces and line breaks being the same, and what stands outside of them.
fn code(text: &str) -> (Vec<String>, String) {
    let mut inside = Vec::new();
    let mut outside = String::new();
    for (n, piece) in text.split('`').enumerate() {
        if n % 2 == 0 {
            outside.push_str(piece);
        } else {
            inside.push(piece.split_whitespace().collect::<Vec<_>>().join(" "));
        }
    }
    (inside, outside)
}

/// A lesson, cut into its pieces in the order of the file.
struct Parts {
    all: Vec<Part>,
    line: usize,
}

impl Parts {
    fn of(lesson: &Lesson) -> Vec<Part> {
        let mut parts = Parts { all: Vec::new(), line: 1 };
        parts.front(lesson);
        parts.text("introduction", &lesson.intro);
        parts.block("preset", &lesson.preset, Comments::Translated);
        for (n, section) in lesson.sections.iter().enumerate() {
            parts.section(n + 1, section);
        }
        parts.all
    }

    fn same(&mut self, what: impl Into<String>, says: impl ToString) {
        let says = Says::Same(says.to_string());
        self.all.push(Part { line: self.line, what: what.into(), says });
    }

    fn text(&mut self, what: impl Into<String>, says: &str) {
        let says = Says::Text(says.trim().to_owned());
        self.all.push(Part { line: self.line, what: what.into(), says });
    }

    fn front(&mut self, lesson: &Lesson) {
        // Named one by one, so that a new key is not forgotten here.
        let Front { id, title, aim, minutes, views, seed, profile, steps, poster, later } = &lesson.front;
        self.same("id", id);
        self.text("title", title);
        self.text("aim", aim);
        self.same("minutes", minutes);
        self.same("views", views.join(", "));
        self.same("seed", seed);
        self.same("profile", profile);
        self.same("limits", format!("{steps} steps"));
        self.same("poster", poster.as_ref().map_or("none".to_owned(), ToString::to_string));
        for (n, later) in later.iter().enumerate() {
            let (id, text) = later.split_once(": ").unwrap_or((later, ""));
            self.same(format!("later {}, id", n + 1), id);
            self.text(format!("later {}", n + 1), text);
        }
    }

    fn section(&mut self, n: usize, section: &Section) {
        match section {
            Section::Prose { title, text } => {
                self.text(format!("section {n}, heading"), title);
                self.text(format!("section {n}"), text);
            }
            Section::Predict(prediction) => {
                self.line = prediction.line;
                self.text("question", &prediction.question);
                self.block("predict", &prediction.block, Comments::Translated);
                for (n, choice) in prediction.choices.iter().enumerate() {
                    self.line = choice.line;
                    self.text(format!("option {}", n + 1), &choice.text);
                    let when: Vec<String> = choice.when.iter().map(ToString::to_string).collect();
                    self.same(format!("option {}, when", n + 1), when.join(" and "));
                }
                self.text("what is said after the answer", &prediction.after);
            }
            Section::Task(task) => self.task(task),
            Section::Read { title, corrections } => {
                self.same(format!("section {n}, heading"), title);
                for (n, correction) in corrections.iter().enumerate() {
                    let what = format!("correction {}", n + 1);
                    self.line = correction.block.line;
                    self.text(what.as_str(), &correction.text);
                    let on = match &correction.on {
                        After::Preset => "read".to_owned(),
                        After::Nothing => "read alone".to_owned(),
                        After::Task(id) => format!("read after {id}"),
                    };
                    self.same(format!("{what}, block"), on);
                    self.block(&what, &correction.block, Comments::Translated);
                }
            }
            Section::Say { title, sayings, after } => {
                self.same(format!("section {n}, heading"), title);
                for (n, saying) in sayings.iter().enumerate() {
                    self.line = saying.line;
                    self.text(format!("saying {}", n + 1), &saying.text);
                    let lines: Vec<&str> = saying.said.iter().map(|(line, _)| line.as_str()).collect();
                    self.same(format!("saying {}, lines", n + 1), lines.join("; "));
                }
                self.text("what is said last", after);
            }
        }
    }

    fn task(&mut self, task: &Task) {
        let name = format!("task {}", task.id);
        self.line = task.line;
        self.text(format!("{name}, title"), &task.title);
        self.text(format!("{name}, assignment"), &task.text);
        if let Some(preset) = &task.preset {
            self.block(&format!("{name}, preset"), preset, Comments::Translated);
        }
        self.block(&format!("{name}, check"), &task.check, Comments::Translated);
        for (n, hint) in task.hints.iter().enumerate() {
            self.text(format!("{name}, hint {}", n + 1), hint);
        }
        self.block(&format!("{name}, solution"), &task.solution, Comments::Translated);
        for wrong in &task.wrongs {
            let what = format!("{name}, mistake {}", wrong.name);
            self.block(&what, &wrong.block, Comments::Translated);
            let fails: Vec<String> = wrong.fails.iter().map(|(_, fails)| fails.to_string()).collect();
            self.same(format!("{what}, fails"), fails.join("; "));
        }
        if let Some(refused) = &task.refused {
            self.block(&format!("{name}, refused"), refused, Comments::Kept);
        }
        self.text(format!("{name}, what is said after it"), &task.after);
    }

    /// Lines, one by one; comments that follow each other are one text, for it may need more lines or fewer.
    fn block(&mut self, what: &str, block: &Block, comments: Comments) {
        let mut comment = Vec::new();
        let lines: Vec<&str> = block.text.trim_end().lines().collect();
        for (n, text) in lines.iter().enumerate() {
            self.line = block.line + n;
            match text.strip_prefix('#').filter(|_| comments == Comments::Translated) {
                Some(text) => comment.push(text.trim()),
                None => {
                    self.comment(what, &mut comment);
                    self.same(format!("{what}, line"), text);
                }
            }
        }
        self.comment(what, &mut comment);
    }

    fn comment(&mut self, what: &str, comment: &mut Vec<&str>) {
        if !comment.is_empty() {
            self.text(format!("{what}, comment"), &comment.join(" "));
            comment.clear();
        }
    }
}

/// Whether comments are text. What Kafka refuses a line with is not.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Comments {
    Translated,
    Kept,
}
