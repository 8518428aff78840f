//! The one language of Millrace: shell-like lines that the console, lessons, links, fixtures and save files share.
//!
//! Where Kafka has a tool, the line is Kafka's own. The rest follows three rules: `thing verb NAME`, then what it is
//! about, then `--options`; what is left out is the default; a thing is named as it was when it was started.
//!
//! ```
//! use millrace_model::Profile;
//! use millrace_script::{Statement, parse_line};
//!
//! let line = "kafka-topics --create --topic orders --partitions 3";
//! let statement = parse_line(line, Profile::default()).unwrap().unwrap();
//! assert!(matches!(statement, Statement::Do(_)));
//! assert_eq!(statement.print(Profile::default()), line);
//! ```
//!
//! Not here: what a command does (`sim`), how the world looks (`view`).

mod commands;
pub mod expectation;
mod help;
pub mod language;
pub mod link;
pub mod log;
pub mod over;
pub mod properties;
mod runner;
mod settings;
mod shown;
mod statement;
pub mod travel;
pub mod until;

pub use commands::{json_lines, print};
pub use expectation::Expectation;
pub use help::{Help, help};
pub use language::problem::Problem;
pub use runner::{Answer, Failure, Runner};
pub use shown::Shown;
pub use statement::{LineNo, SCRIPT_BYTES, Statement, parse_line, parse_script};
pub use travel::Travel;
