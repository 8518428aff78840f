//! From the text of a `lesson.md` to the lesson. Every mistake is named with its line; the rest is understood all the same.

use crate::cut::{Item, cut};
use crate::front::Front;
use crate::lesson::{After, Block, Correction, Lesson, Prediction, Saying, Section, Task, Wrong};
use crate::options::{Choice, expectation};
use crate::problem::Problem;
use crate::say::Said;
use millrace_expr::suggest;
use millrace_model::Profile;
use millrace_script::expectation::Quantity;
use millrace_script::over::Over;
use millrace_script::{LineNo, SCRIPT_BYTES, Statement, parse_script};

/// The kinds of blocks.
const KINDS: [&str; 8] = ["preset", "predict", "check", "solution", "wrong", "refused", "read", "say"];

/// Reads a lesson.
///
/// # Errors
/// Everything that is wrong with it.
pub fn parse(source: &str) -> Result<Lesson, Vec<Problem>> {
    let mut problems = Vec::new();
    if source.len() > SCRIPT_BYTES {
        return Err(vec![Problem::new(
            1,
            format!("expected a lesson of at most {} MiB", SCRIPT_BYTES >> 20),
        )]);
    }
    let source = source.replace("\r\n", "\n");
    let (front, rest, first) = Front::parse(&source, &mut problems);
    let mut reader =
        Reader { profile: front.profile, problems, lesson: Lesson { front, ..Lesson::default() } };
    let mut items = cut(rest, first).into_iter().peekable();
    let mut heading: Option<(usize, String)> = None;
    loop {
        let mut inside = Vec::new();
        while let Some(item) = items.next_if(|item| !matches!(item, Item::Heading { .. })) {
            inside.push(item);
        }
        match heading {
            None => reader.intro(inside),
            Some((line, title)) => reader.section(line, &title, inside),
        }
        heading = match items.next() {
            Some(Item::Heading { line, text }) => Some((line, text)),
            _ => break,
        };
    }
    if reader.problems.is_empty() {
        return Ok(reader.lesson);
    }
    reader.problems.sort_by_key(|problem| problem.line);
    Err(reader.problems)
}

struct Reader {
    profile: Profile,
    problems: Vec<Problem>,
    lesson: Lesson,
}

/// Prose that grows piece by piece.
fn add(text: &mut String, more: &str) {
    if !text.is_empty() {
        text.push_str("\n\n");
    }
    text.push_str(more);
}

impl Reader {
    fn complain(&mut self, line: usize, sentence: impl Into<String>) {
        self.problems.push(Problem::new(line, sentence));
    }

    /// What no place knows what to do with.
    fn misplaced(&mut self, item: &Item, expected: &str) {
        match item {
            Item::Unclosed { line } => self.complain(*line, "expected a line ``` that closes this block"),
            Item::Title { line, .. } => {
                self.complain(*line, "expected the title once, before everything else")
            }
            Item::Block { line, info, .. } => {
                let kind = info.split(' ').next().unwrap_or_default();
                if KINDS.contains(&kind) {
                    self.complain(*line, format!("expected {expected} here, found millrace {kind}"));
                } else {
                    let meant = suggest::nearest(kind, KINDS);
                    let meant = meant.map(|kind| format!("; did you mean {kind}?")).unwrap_or_default();
                    self.complain(*line, format!("expected {expected} here, found `millrace {info}`{meant}"));
                }
            }
            Item::Open { line, .. } | Item::Close { line } => {
                self.complain(*line, "expected hints and solutions to fold away in a task only");
            }
            Item::Heading { line, .. } | Item::Prose { line, .. } => {
                self.complain(*line, format!("expected {expected}"))
            }
        }
    }

    /// The lines of a block.
    fn block(&mut self, line: usize, text: &str) -> Block {
        let first = line + 1;
        let (statements, problems) = parse_script(text, self.profile);
        self.problems.extend(problems.iter().map(|problem| Problem::in_block(first, problem)));
        let lines = statements.into_iter().map(|(LineNo(n), statement)| (first + n - 1, statement)).collect();
        Block { line: first, text: text.to_owned(), lines }
    }

    /// The same, of expectations only.
    fn check(&mut self, line: usize, text: &str) -> Block {
        let block = self.block(line, text);
        for (line, statement) in &block.lines {
            if !matches!(statement, Statement::Expect(_) | Statement::Over(_)) {
                self.complain(*line, "expected expect … or over …: a check does nothing");
            }
        }
        if block.checks().next().is_none() {
            self.complain(line, "expected a check with an expect in it");
        }
        let compares = block.checks().any(|(_, check)| matches!(check.quantity, Quantity::Beaten(_)));
        if compares != matches!(block.over(), Some(Over::Settings(..))) {
            self.complain(line, "expected over settings … and an expect beaten(…) == 0, or neither");
        }
        block
    }

    fn intro(&mut self, items: Vec<Item>) {
        for item in items {
            match item {
                Item::Title { line, text } => {
                    let front = &self.lesson.front;
                    let title = format!("{}: {}", front.id, front.title);
                    let is_known = !front.id.is_empty() && !front.title.is_empty();
                    if is_known && text != title || !self.lesson.intro.is_empty() {
                        self.complain(
                            line,
                            format!("expected # {title}, as the front matter says, found # {text}"),
                        );
                    }
                }
                Item::Prose { text, .. } => add(&mut self.lesson.intro, &text),
                Item::Block { line, info, text } if info == "preset" && self.lesson.preset.line == 0 => {
                    self.lesson.preset = self.block(line, &text);
                }
                other => self.misplaced(&other, "text and one millrace preset"),
            }
        }
    }

    fn section(&mut self, line: usize, title: &str, items: Vec<Item>) {
        let section = if title == "Predict" {
            self.predict(line, items)
        } else if let Some(rest) = title.strip_prefix("Task ") {
            self.task(line, rest, items)
        } else if title.starts_with("You may have read") {
            self.read(title, items)
        } else if title.starts_with("Say it with the real tool") {
            self.say(title, items)
        } else {
            let mut text = String::new();
            for item in items {
                match item {
                    Item::Prose { text: more, .. } => add(&mut text, &more),
                    other => self.misplaced(
                        &other,
                        "text only below a heading other than Predict, Task N: …, You may have read, Say it with the real tool",
                    ),
                }
            }
            Section::Prose { title: title.to_owned(), text }
        };
        self.lesson.sections.push(section);
    }

    fn predict(&mut self, line: usize, items: Vec<Item>) -> Section {
        let mut prediction = Prediction { line, ..Prediction::default() };
        for item in items {
            match item {
                Item::Prose { text, .. } if prediction.block.line == 0 => {
                    add(&mut prediction.question, &text)
                }
                Item::Prose { text, .. } => add(&mut prediction.after, &text),
                Item::Block { line, info, text } if info == "predict" && prediction.block.line == 0 => {
                    let (script, options) = self.apart(line, &text, "option ");
                    for (line, rest) in options {
                        match Choice::parse(line, &rest, self.profile) {
                            Ok(choice) => prediction.choices.push(choice),
                            Err(problem) => self.problems.push(problem),
                        }
                    }
                    prediction.block = self.block(line, &script);
                    if prediction.choices.len() < 2 {
                        self.complain(line, "expected at least two lines option TEXT when EXPECTATION");
                    }
                }
                other => self.misplaced(&other, "text and one millrace predict"),
            }
        }
        if prediction.question.is_empty() || prediction.block.line == 0 {
            self.complain(line, "expected a question and a millrace predict");
        }
        Section::Predict(prediction)
    }

    /// The lines that begin with a word, and the others in their places.
    fn apart(&self, line: usize, text: &str, word: &str) -> (String, Vec<(usize, String)>) {
        let mut others = String::new();
        let mut found = Vec::new();
        for (n, text) in text.lines().enumerate() {
            match text.strip_prefix(word) {
                Some(rest) => found.push((line + 1 + n, rest.to_owned())),
                None => others.push_str(text),
            }
            others.push('\n');
        }
        (others.trim_end_matches('\n').to_owned() + "\n", found)
    }

    fn task(&mut self, line: usize, name: &str, items: Vec<Item>) -> Section {
        let (id, title) = name.split_once(": ").unwrap_or((name, ""));
        if title.is_empty() || id.contains(' ') || self.lesson.task(id).is_some() {
            self.complain(
                line,
                format!(
                    "expected ## Task and a number of its own, a colon and a title, found ## Task {name}"
                ),
            );
        }
        let mut task = Task { line, id: id.to_owned(), title: title.to_owned(), ..Task::default() };
        let mut hint: Option<String> = None;
        let mut is_open = false;
        for item in items {
            match item {
                Item::Open { summary, .. } if !is_open => {
                    is_open = true;
                    hint = summary.starts_with("Hint").then(String::new);
                }
                Item::Close { line } if is_open => {
                    is_open = false;
                    match hint.take() {
                        Some(text) if text.is_empty() => self.complain(line, "expected a text in the hint"),
                        Some(text) => task.hints.push(text),
                        None => {}
                    }
                }
                Item::Prose { text, .. } => match &mut hint {
                    Some(hint) => add(hint, &text),
                    None if task.solution.line == 0 => add(&mut task.text, &text),
                    None => add(&mut task.after, &text),
                },
                Item::Block { line, info, text } => self.block_of_task(&mut task, line, &info, &text),
                other => self.misplaced(&other, "text and blocks of a task"),
            }
        }
        if is_open {
            self.complain(line, "expected </details> in this task");
        }
        for (what, is_there) in [
            ("an assignment", !task.text.is_empty()),
            ("a millrace check", task.check.line > 0),
            ("a millrace solution", task.solution.line > 0),
            ("a millrace wrong NAME", !task.wrongs.is_empty()),
        ] {
            if !is_there {
                self.complain(line, format!("task {id}: expected {what}"));
            }
        }
        self.name_fails(&task);
        Section::Task(Box::new(task))
    }

    fn block_of_task(&mut self, task: &mut Task, line: usize, info: &str, text: &str) {
        let (kind, name) = info.split_once(' ').unwrap_or((info, ""));
        match (kind, name) {
            ("preset", "") if task.preset.is_none() => task.preset = Some(self.block(line, text)),
            ("check", "") if task.check.line == 0 => task.check = self.check(line, text),
            ("solution", "") if task.solution.line == 0 => task.solution = self.block(line, text),
            ("refused", "") if task.refused.is_none() => {
                let block = self.block(line, text);
                let before = |line: &usize| text.lines().nth((line - block.line).checked_sub(1)?);
                for (line, _) in &block.lines {
                    if !before(line).is_some_and(|text| text.starts_with("# ")) {
                        self.complain(
                            *line,
                            "expected the sentence of the refusal in a comment above the line",
                        );
                    }
                }
                task.refused = Some(block);
            }
            ("wrong", name) if !name.is_empty() && !name.contains(' ') => {
                let (script, lines) = self.apart(line, text, "fails ");
                let mut wrong =
                    Wrong { name: name.to_owned(), block: self.block(line, &script), fails: Vec::new() };
                for (line, text) in lines {
                    match expectation(line, &text, self.profile) {
                        Ok(expectation) => wrong.fails.push((line, expectation)),
                        Err(problem) => self.problems.push(problem),
                    }
                }
                if wrong.fails.is_empty() {
                    self.complain(
                        line,
                        "expected a line fails EXPECTATION: the check that this mistake fails",
                    );
                }
                if !script.starts_with("# ") {
                    self.complain(line, "expected a comment in the first line that says what is believed");
                }
                task.wrongs.push(wrong);
            }
            ("wrong", _) => {
                self.complain(line, "expected a name with dashes, such as millrace wrong a-longer-pause")
            }
            _ => {
                let item = Item::Block { line, info: info.to_owned(), text: String::new() };
                self.misplaced(&item, "one preset, check and solution, a wrong NAME, or refused");
            }
        }
    }

    /// What a mistake fails has to stand in the check.
    fn name_fails(&mut self, task: &Task) {
        let checks: Vec<String> = task.check.checks().map(|(_, check)| check.to_string()).collect();
        for (line, fails) in task.wrongs.iter().flat_map(|wrong| &wrong.fails) {
            let fails = fails.to_string();
            if !checks.contains(&fails) {
                let nearest = suggest::nearest(&fails, checks.iter().map(String::as_str));
                let meant = nearest.map(|check| format!("; did you mean {check}?")).unwrap_or_default();
                self.complain(
                    *line,
                    format!("expected an expectation of this task's check, found {fails}{meant}"),
                );
            }
        }
    }

    fn read(&mut self, title: &str, items: Vec<Item>) -> Section {
        let mut corrections = Vec::new();
        let mut prose = String::new();
        for item in items {
            match item {
                Item::Prose { text, .. } => add(&mut prose, &text),
                Item::Block { line, info, text } if info.split(' ').next() == Some("read") => {
                    let on = match info.split(' ').skip(1).collect::<Vec<_>>().as_slice() {
                        [] => After::Preset,
                        ["alone"] => After::Nothing,
                        ["after", id] if self.lesson.task(id).is_some() => After::Task((*id).to_owned()),
                        _ => {
                            self.complain(
                                line,
                                "expected read, read alone, or read after and the number of a task above",
                            );
                            After::Preset
                        }
                    };
                    let block = self.block(line, &text);
                    if block.checks().next().is_none() {
                        self.complain(line, "expected an expect: the proof of the correction");
                    }
                    if prose.is_empty() {
                        self.complain(line, "expected a text above it: what is written, and what is so");
                    }
                    corrections.push(Correction { text: std::mem::take(&mut prose), on, block });
                }
                Item::Open { .. } | Item::Close { .. } => {}
                other => self.misplaced(&other, "text and millrace read"),
            }
        }
        if !prose.is_empty() || corrections.is_empty() {
            let line = corrections.last().map_or(1, |correction| correction.block.line);
            self.complain(line, "expected a millrace read below each text of this section");
        }
        Section::Read { title: title.to_owned(), corrections }
    }

    fn say(&mut self, title: &str, items: Vec<Item>) -> Section {
        let mut sayings = Vec::new();
        let mut prose = String::new();
        for item in items {
            match item {
                Item::Prose { text, .. } => add(&mut prose, &text),
                Item::Block { line, info, text } if info == "say" => {
                    let mut said = Vec::new();
                    for (n, text) in text.lines().enumerate().filter(|(_, text)| !text.trim().is_empty()) {
                        match Said::parse(text) {
                            Ok(read) => said.push((text.to_owned(), read)),
                            Err(sentence) => self.complain(line + 1 + n, sentence),
                        }
                    }
                    if said.is_empty() {
                        self.complain(line, "expected a line of a tool");
                    }
                    sayings.push(Saying { line: line + 1, text: std::mem::take(&mut prose), said });
                }
                Item::Open { .. } | Item::Close { .. } => {}
                other => self.misplaced(&other, "text and millrace say"),
            }
        }
        Section::Say { title: title.to_owned(), sayings, after: prose }
    }
}
