//! A lesson in the making: what was played becomes preset and solution, what has come true since becomes the check. It is
//! refused as long as it is not true: a check that passes untouched teaches nothing, and a solution that fails is none.

use crate::front::Front;
use crate::grade::{Fault, Piece, grade};
use crate::lesson::{Block, Lesson, Prediction, Saying, Section, Task, Wrong};
use crate::look::look;
use crate::options::Choice;
use crate::parse::parse;
use crate::play::Play;
use crate::problem::Problem;
use crate::say::Said;
use millrace_model::{Profile, Span, Time};
use millrace_script::expectation::{Comparison, Operand, Value, complete};
use millrace_script::over::Variation;
use millrace_script::{Expectation, Statement, parse_line, parse_script, print};
use millrace_sim::Timeline;

/// The quantities that are offered, each of one name.
const OFFERED: [&str; 14] = [
    "n",
    "partitions",
    "effects",
    "lag",
    "members",
    "state",
    "dead",
    "repeated",
    "once",
    "buried",
    "lost",
    "disordered",
    "split",
    "fired",
];

/// What is written about a lesson, and what was played.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Draft {
    /// `X01`.
    pub id: String,
    /// Its title.
    pub title: String,
    /// What is known afterwards.
    pub aim: String,
    /// What stands before everything.
    pub intro: String,
    /// Lines of the world that it begins with.
    pub preset: String,
    /// The task's title.
    pub task: String,
    /// What is to be done.
    pub text: String,
    /// Lines of one way that passes.
    pub solution: String,
    /// What has to be so: `n(orders) == 3`.
    pub checks: Vec<String>,
    /// What helps who does not find it.
    pub hint: String,
    /// What is told once it is solved.
    pub after: String,
    /// A question to be answered before anything runs; it may be missing.
    pub question: String,
    /// Its answers, each `TEXT when EXPECTATION`; the solution is run to find the one that holds.
    pub answers: Vec<String>,
    /// A line of the real tool; it may be missing.
    pub line: String,
}

/// What was done from a step on, and when: each command at the time at which it was given, then up to the playhead.
pub fn played(timeline: &Timeline, from: u64) -> String {
    let here = timeline.moment();
    let mut out = String::new();
    let mut last = None;
    let mut until = |at: Time, out: &mut String| {
        if last != Some(at) && at > Time::ZERO {
            out.push_str(&Statement::WaitUntil(at).print(timeline.setup().profile));
            out.push('\n');
        }
        last = Some(at);
    };
    for logged in timeline.branch().log().iter().filter(|logged| (from..here.step).contains(&logged.after)) {
        until(logged.at, &mut out);
        out.push_str(&print(&logged.command, timeline.setup().profile));
        out.push('\n');
    }
    until(here.at, &mut out);
    out
}

/// What has come true since: expectations that hold in the later history and did not hold in the earlier one.
pub fn offers(before: &Timeline, after: &Timeline) -> Vec<String> {
    let mut found = Vec::new();
    for name in OFFERED {
        for text in complete(&format!("{name}("), after) {
            let Some(mut expectation) = expected(&format!("{text} == none")) else { continue };
            let Ok(value) = expectation.quantity.value(after) else { continue };
            if value == Value::None {
                continue;
            }
            expectation.comparison = Comparison::Equal;
            expectation.operand = Operand::Value(value);
            if expectation.check(before).is_err() {
                found.push(expectation.to_string());
            }
        }
    }
    found
}

fn expected(text: &str) -> Option<Expectation> {
    match parse_line(&format!("expect {text}"), Profile::default()) {
        Ok(Some(Statement::Expect(expectation))) => Some(expectation),
        _ => None,
    }
}

impl Draft {
    /// The lesson's text, if it is true.
    ///
    /// # Errors
    /// Everything that is not as it should be, a sentence each.
    pub fn finish(&self) -> Result<String, Vec<String>> {
        let lesson = self.lesson()?;
        let text = lesson.print();
        let say = |problem: &Problem| format!("line {}: {}", problem.line, problem.sentence);
        let lesson = parse(&text).map_err(|problems| problems.iter().map(say).collect::<Vec<_>>())?;
        let mut faults: Vec<Fault> = Vec::new();
        for piece in [Some(Piece::Task("1".to_owned())), lesson.prediction().map(|_| Piece::Predict)] {
            faults.extend(piece.into_iter().flat_map(|piece| grade(&lesson, &piece).faults));
        }
        match faults.is_empty() {
            true => Ok(text),
            false => Err(faults.into_iter().map(|fault| fault.sentence).collect()),
        }
    }

    /// The texts that are missing, by their names.
    fn missing(&self) -> Vec<String> {
        let texts = [
            ("a title", &self.title),
            ("an aim", &self.aim),
            ("a title for the task", &self.task),
            ("an assignment", &self.text),
            ("a hint", &self.hint),
            ("something that is done after the beginning", &self.solution),
        ];
        let empty = texts.into_iter().filter(|(_, text)| text.trim().is_empty());
        let mut missing: Vec<String> = empty.map(|(what, _)| format!("expected {what}")).collect();
        if self.checks.is_empty() {
            missing.push(
                "expected a check: something that is so now and was not so at the beginning".to_owned(),
            );
        }
        missing
    }

    fn lesson(&self) -> Result<Lesson, Vec<String>> {
        let missing = self.missing();
        if !missing.is_empty() {
            return Err(missing);
        }
        let line = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
        let front =
            Front { id: self.id.clone(), title: line(&self.title), aim: line(&self.aim), ..Front::default() };
        let mut lesson = Lesson { front, intro: self.intro.trim().to_owned(), ..Lesson::default() };
        lesson.preset = block("the beginning", "# The world that this begins with.\n", &self.preset)?;
        let solution = block("the solution", "# One way.\n", &self.solution)?;
        let checks: String = self.checks.iter().map(|check| format!("expect {}\n", check.trim())).collect();
        let mut task = Task {
            line: 1,
            id: "1".to_owned(),
            title: line(&self.task),
            text: self.text.trim().to_owned(),
            check: block("the check", "# What has come about.\n", &checks)?,
            hints: vec![self.hint.trim().to_owned()],
            solution,
            after: self.after.trim().to_owned(),
            ..Task::default()
        };
        let idle = idle(&lesson, &task)?;
        task.wrongs.push(idle);
        if let Some(prediction) = self.prediction(&task)? {
            lesson.sections.push(Section::Predict(prediction));
        }
        lesson.sections.push(Section::Task(Box::new(task)));
        if !self.line.trim().is_empty() {
            let said = Said::parse(self.line.trim()).map_err(|why| vec![why])?;
            let saying = Saying {
                line: 1,
                text: "The same on a real cluster.".to_owned(),
                said: vec![(self.line.trim().to_owned(), said)],
            };
            let title = "Say it with the real tool".to_owned();
            lesson.sections.push(Section::Say { title, sayings: vec![saying], after: String::new() });
        }
        Ok(lesson)
    }

    fn prediction(&self, task: &Task) -> Result<Option<Prediction>, Vec<String>> {
        if self.question.trim().is_empty() {
            return Ok(None);
        }
        let choice = |text: &String| {
            Choice::parse(1, text.trim(), Profile::default())
                .map_err(|problem| vec![format!("{text}: {}", problem.sentence)])
        };
        let answers = self.answers.iter().filter(|answer| !answer.trim().is_empty());
        Ok(Some(Prediction {
            line: 1,
            question: self.question.trim().to_owned(),
            block: task.solution.clone(),
            choices: answers.map(choice).collect::<Result<_, _>>()?,
            after: String::new(),
        }))
    }
}

/// Lines below a comment that says what they are.
fn block(what: &str, comment: &str, lines: &str) -> Result<Block, Vec<String>> {
    let text = format!("{comment}{}\n", lines.trim());
    let (statements, problems) = parse_script(&text, Profile::default());
    if !problems.is_empty() {
        return Err(problems.iter().map(|problem| format!("{what}: {problem}")).collect());
    }
    let lines = statements.into_iter().map(|(at, statement)| (at.0, statement)).collect();
    Ok(Block { line: 1, text, lines })
}

/// The mistake that everybody can make: to wait and see. It names what stays untrue by that.
fn idle(lesson: &Lesson, task: &Task) -> Result<Wrong, Vec<String>> {
    let world = Variation { seed: Some(lesson.front.seed), ..Variation::default() };
    let failed = |fault: Fault| vec![fault.sentence];
    let mut play = Play::new(lesson, &world);
    play.run(&lesson.preset).map_err(failed)?;
    let begun = play.timeline().world().now();
    let mut solved = play.clone();
    solved.run(&task.solution).map_err(failed)?;
    let span = solved.timeline().world().now().since(begun);
    let text =
        format!("# One waits and sees.\nwait {}\n", if span.0 == 0 { Span::from_secs(1) } else { span });
    let waiting = block("waiting", "", &text)?;
    play.run(&waiting).map_err(failed)?;
    let unmet = look(task, play.timeline()).into_iter().filter(|seen| !seen.is_met());
    let fails: Vec<_> = unmet.map(|seen| (1, seen.check)).collect();
    if fails.is_empty() {
        return Err(vec!["the check passes if one only waits: nothing would have to be done".to_owned()]);
    }
    Ok(Wrong { name: "wait-and-see".to_owned(), block: waiting, fails })
}
