//! The console, for the page and for the command line: lines over a history, and what they print.
//!
//! A line whose first word is one of Kafka's tools goes to that tool and prints what Kafka prints; every other line is one
//! of `script`. Of a shell there is what handing records to a producer needs (`echo … |`, `<<EOF`, `<<<`), and no more.
//!
//! ```
//! use millrace_console::{lines, run};
//! use millrace_sim::{Setup, Timeline};
//! use millrace_tools::NoFiles;
//!
//! let mut timeline = Timeline::new(Setup::default());
//! let text = "bin/kafka-topics.sh --create --topic orders --partitions 3\necho alice:1 | kafka-console-producer --topic orders";
//! let printed: Vec<_> = lines(text, timeline.setup().profile)
//!     .map(|line| run(&mut timeline, &line, &NoFiles).stdout)
//!     .collect();
//! assert_eq!(printed[0], "Created topic orders.\n");
//! ```
//!
//! Not here: the panel (`web`), the process (`cli`), what a tool does (`tools`), what a line means (`script`).

mod complete;
mod job;
mod lines;
mod manual;
mod names;
mod operators;
mod recall;
mod record;
mod redirect;
mod run;
mod tool;

pub use complete::{Candidate, Completion, complete};
pub use job::{Job, Stdin, ToolLine};
pub use lines::{Line, Lines, lines};
pub use manual::{Example, examples};
pub use recall::Recall;
pub use record::{Typed, recorded};
pub use run::{Printed, run, run_words};
