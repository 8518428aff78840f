//! What a document of somebody else says in our language: fenced `millrace` blocks and `<millrace-embed …>` tags. Each is
//! replayed, so that a document does not promise what no longer happens.
//!
//! A block is a world of its own; `millrace continue` goes on where the block before it has ended, `millrace seed=7` rolls
//! other dice, `millrace refused` holds lines that are refused, each below the sentence of the refusal. What else may stand
//! there are the attributes of a widget ([`embed()`]). Blocks of a lesson ([`crate::parse`]) are no business of this module.
//!
//! [`embed()`]: crate::embed::embed

use crate::cut::{Item, cut};
use crate::embed;
use crate::grade::Fault;
use crate::markup;
use crate::problem::Problem;
use millrace_model::Profile;
use millrace_script::{Failure, LineNo, Runner, Statement, parse_script};
use millrace_sim::Setup;

/// Something in a document that can be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Quoted {
    /// The document's line.
    pub line: usize,
    /// What it is.
    pub kind: Kind,
}

/// What can be replayed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A fenced block.
    Block {
        /// Goes on with the world of the block before it.
        continues: bool,
        /// What keys the dice.
        seed: u64,
        /// Its lines are refused.
        is_refused: bool,
        /// Its text.
        text: String,
    },
    /// An embedded lesson, by what its attribute `lesson` says.
    Embed(String),
    /// A scenario of the site or at an address: nothing of it is here.
    Elsewhere,
    /// A widget that says something that nobody knows, and what would be right.
    Unknown(String),
}

/// Finds them. A file with a lesson's front matter has none.
pub fn quoted(source: &str) -> Vec<Quoted> {
    let source = source.replace("\r\n", "\n");
    let mut all = Vec::new();
    if is_lesson(&source) {
        return all;
    }
    for item in cut(&source, 1) {
        match item {
            Item::Block { line, info, text } => all.push(Quoted { line, kind: said(&info, text) }),
            Item::Prose { line, text } => {
                // What is shown as code is not embedded.
                let mut in_code = false;
                for (n, text) in text.lines().enumerate() {
                    in_code ^= text.starts_with("```");
                    if in_code || text.starts_with("    ") {
                        continue;
                    }
                    let outside: String = text.split('`').step_by(2).collect();
                    for tag in outside.split("<millrace-embed").skip(1) {
                        let tag = tag.split('>').next().unwrap_or_default();
                        let kind = match embed::tag(tag) {
                            Ok(Some(lesson)) => Kind::Embed(lesson),
                            Ok(None) => Kind::Elsewhere,
                            Err(sentence) => Kind::Unknown(sentence),
                        };
                        all.push(Quoted { line: line + n, kind });
                    }
                }
            }
            _ => {}
        }
    }
    all
}

/// The same for a file by its name: AsciiDoc and reStructuredText have forms of their own.
pub fn quoted_in(name: &str, source: &str) -> Vec<Quoted> {
    match name.rsplit('.').next() {
        Some("adoc" | "asciidoc") => markup::asciidoc(source),
        Some("rst") => markup::rst(source),
        _ => quoted(source),
    }
}

/// True if a file is a lesson: it has a front matter with an id.
pub fn is_lesson(source: &str) -> bool {
    source.strip_prefix("---\n").and_then(|rest| rest.split("\n---").next()).is_some_and(|front| {
        let has = |key: &str| front.lines().any(|line| line.starts_with(key));
        has("id:") && has("aim:")
    })
}

/// What a block says, by the words behind `millrace` and its lines.
pub(crate) fn said(info: &str, text: String) -> Kind {
    let (mut continues, mut is_refused) = (false, false);
    let mut rest = info.trim();
    loop {
        let (word, after) = rest.split_once(' ').unwrap_or((rest, ""));
        match word {
            "continue" => continues = true,
            "refused" => is_refused = true,
            _ => break,
        }
        rest = after.trim_start();
    }
    match embed::embed(rest, &text) {
        Ok(embed) => match (embed.get("lesson"), embed.lines.is_empty()) {
            (Some(lesson), _) => Kind::Embed(lesson.to_owned()),
            (None, true) => Kind::Elsewhere,
            (None, false) => {
                let seed = embed.get("seed").and_then(|seed| seed.parse().ok()).unwrap_or(1);
                Kind::Block { continues, seed, is_refused, text }
            }
        },
        Err(sentence) => Kind::Unknown(sentence),
    }
}

/// Replays the blocks of a document one after the other.
#[derive(Debug, Default)]
pub struct Replay {
    runner: Option<Runner>,
}

impl Replay {
    /// Replays one; embedded lessons are for whoever has the lessons.
    ///
    /// # Errors
    /// Each line that does not say what is so.
    pub fn run(&mut self, quoted: &Quoted) -> Result<(), Vec<Fault>> {
        let fault = |line: usize, sentence: String| Fault { line, sentence };
        let (continues, seed, is_refused, text) = match &quoted.kind {
            Kind::Block { continues, seed, is_refused, text } => (*continues, *seed, *is_refused, text),
            Kind::Embed(_) | Kind::Elsewhere => return Ok(()),
            Kind::Unknown(sentence) => return Err(vec![fault(quoted.line, sentence.clone())]),
        };
        let first = quoted.line + 1;
        let profile = Profile::default();
        let (lines, problems) = parse_script(text, profile);
        if !problems.is_empty() {
            let problems = problems.iter().map(|problem| Problem::in_block(first, problem));
            return Err(problems.map(|problem| fault(problem.line, problem.sentence)).collect());
        }
        let kept = self.runner.take().filter(|_| continues || is_refused);
        let mut runner = kept.unwrap_or_else(|| Runner::new(Setup { seed, profile }));
        let mut faults = Vec::new();
        for (LineNo(n), statement) in &lines {
            let line = first + n - 1;
            match (runner.run(statement), is_refused) {
                (Ok(_), false) => {}
                (Ok(_), true) => faults.push(fault(line, "this is not refused".to_owned())),
                (Err(failure), true) => {
                    let wanted = n.checked_sub(2).and_then(|n| text.lines().nth(n)).unwrap_or_default();
                    if wanted.strip_prefix("# ") != Some(&failure.to_string()) {
                        faults.push(fault(line, format!("refused with another sentence: {failure}")));
                    }
                }
                (Err(failure), false) => {
                    faults.push(fault(line, failure.to_string()));
                    // A check that is not met changes nothing; after any other failure nothing is as it was meant.
                    if !matches!((&failure, statement), (Failure::Unmet(_), Statement::Expect(_))) {
                        break;
                    }
                }
            }
        }
        self.runner = Some(runner);
        if faults.is_empty() { Ok(()) } else { Err(faults) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const DOCUMENT: &str = "\
# How it works

```millrace
kafka-topics --create --topic orders --partitions 3
produce orders alice 1
wait 1s
expect n(orders) == 1
```

And then:

```millrace continue
produce orders bob 2
wait 1s
expect n(orders) == 1
expect n(orders) == 2
```

```millrace refused
# there is no consumer group billing
consumer crash billing/c1
```

```sh
millrace nonsense
```

```millrace sead=2
wait 1s
```

An embed is written `<millrace-embed lesson=\"…\">`:

<millrace-embed lesson=\"L16\" seed=\"42\"></millrace-embed>
";

    #[test]
    fn blocks_are_replayed_and_what_is_not_so_is_named() {
        let all = quoted(DOCUMENT);
        let mut replay = Replay::default();
        let said: Vec<(usize, Vec<String>)> = all
            .iter()
            .map(|quoted| {
                let faults = replay.run(quoted).err().unwrap_or_default();
                (quoted.line, faults.iter().map(Fault::to_string).collect())
            })
            .collect();
        let refused = said.get(2).and_then(|(_, faults)| faults.first()).cloned().unwrap_or_default();
        assert!(refused.starts_with("line 21: refused with another sentence: "), "{refused}");
        assert_eq!(said.first(), Some(&(3, vec![])));
        let unmet = "line 15: expected n(orders) == 1, but it is 2 at 12:00:02.000";
        assert_eq!(said.get(1).map(|(_, faults)| faults.len()), Some(1));
        assert!(
            said.get(1).is_some_and(|(line, faults)| *line == 12 && faults[0].starts_with(&unmet[..45])),
            "{said:?}"
        );
        let unknown = "line 28: no such attribute: sead; did you mean seed?";
        assert_eq!(said.get(3), Some(&(28, vec![unknown.to_owned()])));
        assert_eq!(all.len(), 5);
        assert_eq!(all.last().map(|q| &q.kind), Some(&Kind::Embed("L16".to_owned())));
    }
}
