//! Lessons that check themselves: what a `lesson.md` says, and whether it is so.
//!
//! A lesson is Markdown with a front matter, fixed headings, and fenced blocks whose first word is `millrace`:
//!
//! | where | block | says |
//! |---|---|---|
//! | before the first heading | `millrace preset` | the world that the lesson begins with |
//! | `## Predict` | `millrace predict` | what is run, and the options: `option TEXT when EXPECTATION [and EXPECTATION]` |
//! | `## Task N: TITLE` | `millrace preset` | the task's own world, if the lesson's does not fit |
//! | | `millrace check` | expectations, and `over …` if they have to hold in many worlds, or are compared |
//! | | `millrace solution` | one way that passes |
//! | | `millrace wrong NAME` | the usual mistake, and the checks that it fails: `fails EXPECTATION` |
//! | | `millrace refused` | lines that Kafka refuses, each below the sentence with which it does |
//! | `## You may have read` | `millrace read [alone] [after N]` | the proof of a correction |
//! | `## Say it with the real tool` | `millrace say` | the lines that are asked for |
//!
//! Hints stand in `<details><summary>Hint</summary>`; any other `<details>` only folds away what is in it, so that the
//! file reads well on a page that shows Markdown. What stands in a task before its solution is the assignment, what stands
//! behind it is said once it is solved; so it is with a question and its `predict`.
//!
//! `lesson.de.md` is the same lesson in German: [`same_but_for_text`] finds what is not.
//!
//! The grader runs the same lines that the learner sees. It needs no clock, no files and no threads: whoever calls it gives
//! it a budget of steps at a time ([`Sweep`]). Not here: Markdown as HTML (the site is built with it), the desk on the page.

mod catalogue;
mod curve;
mod cut;
pub mod document;
pub mod draft;
pub mod embed;
mod front;
mod grade;
mod learnt;
mod lesson;
mod look;
mod markup;
mod options;
mod outline;
mod parse;
mod part;
mod play;
mod print;
mod problem;
mod runs;
mod say;
mod sweep;
mod translation;

pub use catalogue::{Catalogue, Shelved};
pub use curve::{Curve, Point};
pub use front::{Front, Moment, VIEWS};
pub use grade::{Fault, Graded, Piece, grade, grade_lesson, pieces};
pub use learnt::{Answer, Learnt, Record, Stars};
pub use lesson::{After, Block, Correction, Lesson, Prediction, Saying, Section, Task, Wrong};
pub use look::{Seen, Watch, look};
pub use options::Choice;
pub use outline::{Step, StepKind, StepState, prose_pieces};
pub use parse::parse;
pub use part::Part;
pub use play::Play;
pub use problem::Problem;
pub use runs::{Run, runs};
pub use say::Said;
pub use sweep::{Progress, Stranger, Sweep, worlds};
pub use translation::{LANGUAGES, same_but_for_text};
