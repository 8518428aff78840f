//! The answers of a question: `option TEXT when EXPECTATION and EXPECTATION`. The run says which one is right.

use crate::problem::Problem;
use millrace_model::Profile;
use millrace_script::{Expectation, Statement, parse_line};
use millrace_sim::Timeline;

/// One answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// The file's line.
    pub line: usize,
    /// What is shown.
    pub text: String,
    /// It is right if all of them hold.
    pub when: Vec<Expectation>,
}

impl Choice {
    /// True if it is what the run has shown.
    pub fn holds(&self, timeline: &Timeline) -> bool {
        self.when.iter().all(|expectation| expectation.check(timeline).is_ok())
    }

    /// Reads what follows the word option.
    pub(crate) fn parse(line: usize, rest: &str, profile: Profile) -> Result<Choice, Problem> {
        let form =
            "expected option TEXT when EXPECTATION, such as option Two of them when idle(billing) == 2";
        let (text, when) = rest.rsplit_once(" when ").ok_or_else(|| Problem::new(line, form))?;
        let when = conjuncts(when).map(|text| expectation(line, text, profile)).collect::<Result<_, _>>()?;
        Ok(Choice { line, text: text.trim().to_owned(), when })
    }

    pub(crate) fn print(&self) -> String {
        let when: Vec<String> = self.when.iter().map(Expectation::to_string).collect();
        format!("option {} when {}", self.text, when.join(" and "))
    }
}

/// Reads an expectation that stands behind another word than expect.
pub(crate) fn expectation(line: usize, text: &str, profile: Profile) -> Result<Expectation, Problem> {
    match parse_line(&format!("expect {}", text.trim()), profile) {
        Ok(Some(Statement::Expect(expectation))) => Ok(expectation),
        Ok(_) => Err(Problem::new(line, "expected an expectation such as lag(billing) == 0")),
        Err(problem) => Err(Problem::new(line, problem.sentence())),
    }
}

/// What stands between the words `and` that are not in quotes.
fn conjuncts(text: &str) -> impl Iterator<Item = &str> {
    let mut cuts = vec![];
    let mut start = 0;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            Some(_) => {}
            None if c == '\'' || c == '"' => quote = Some(c),
            None if text.get(at..).is_some_and(|rest| rest.starts_with(" and ")) => {
                cuts.push((start, at));
                start = at + " and ".len();
            }
            None => {}
        }
    }
    cuts.push((start, text.len()));
    cuts.into_iter().filter_map(|(start, end)| text.get(start..end))
}
