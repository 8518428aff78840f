//! Seeded runs of a small cluster in which things fail, held against what Kafka promises.
//!
//! A seed gives a [`Plan`]: a list of commands of the language with the pauses between them. [`run()`] carries it out with the
//! checkers of [`millrace_sim::Safety`] looking after every step, mends everything in the end, and waits for the cluster to come
//! to rest. What fails is made short ([`shrink`]) and told as a script that anybody can run.
//!
//! Not here: the checkers, and anything that the page or the console needs.

mod clock;
mod controllers;
mod plan;
mod run;
mod shrink;
mod sweep;

pub use plan::{Deed, Plan, Promise};
pub use run::{Outcome, run};
pub use shrink::{script, shrink};
pub use sweep::{Broken, Totals, first_loss, sweep};
