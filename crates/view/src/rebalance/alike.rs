//! Whether two branches tell the same events: only then does a comparison of their rebalances say something about how
//! partitions are handed out.

use millrace_model::GroupId;
use millrace_sim::{Branch, Command, Logged};
use millrace_words::rebalances as say;

/// What the commands of two branches have in common, in one sentence.
pub fn alike(here: &Branch, other: &Branch, group: &GroupId) -> String {
    let starts =
        |logged: &Logged| matches!(&*logged.command, Command::StartApp { app, .. } if app.group == *group);
    let is_same = |(one, two): &(&Logged, &Logged)| one.at == two.at && one.command == two.command;
    let pairs = || here.log().iter().zip(other.log());
    let (same, all) = (pairs().filter(is_same).count(), here.log().len().max(other.log().len()));
    let differ: Vec<_> = pairs().filter(|pair| !is_same(pair)).collect();
    match differ.as_slice() {
        [(one, two)] if same + 1 == all && one.at == two.at && starts(one) && starts(two) => {
            say::the_same_commands_at_the(&all, &group)
        }
        _ => say::not_the_same_events_of(&same, &all),
    }
}
