//! `kafka-consumer-groups --list`.

use super::Failure;
use super::view::{self, GroupView, STATES, TYPES};
use crate::options::Given;
use crate::shell::Shell;

pub(super) fn list(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    let names = view::names(shell.world());
    let (with_type, with_state) = (given.has("type"), given.has("state"));
    if !with_type && !with_state {
        for name in names {
            shell.say(name);
        }
        return Ok(());
    }
    let types = wanted(given.value("type")?, &TYPES, "types")?;
    let states = wanted(given.value("state")?, &STATES, "state")?;
    let groups: Vec<GroupView> = names
        .iter()
        .map(|name| view::view(shell.world(), name))
        .filter(|group| types.is_empty() || types.contains(&group.kind))
        .filter(|group| states.is_empty() || states.iter().any(|state| *state == group.state))
        .collect();
    let width = 10 + groups.iter().map(|group| group.id.len().max(15)).max().unwrap_or(15);
    let mut line = |group: &str, kind: &str, state: &str| {
        let mut text = format!("{group:<width$}");
        for (shown, value) in [(with_type, kind), (with_state, state)] {
            if shown {
                text.push_str(&format!(" {value:<20}"));
            }
        }
        shell.say(text);
    };
    line("GROUP", "TYPE", "STATE");
    for group in &groups {
        line(&group.id, group.kind, &group.state);
    }
    Ok(())
}

/// The names that were given, in any case; all if none was.
fn wanted(text: Option<&str>, known: &[&'static str], what: &str) -> Result<Vec<&'static str>, Failure> {
    let Some(text) = text.filter(|text| !text.is_empty()) else { return Ok(Vec::new()) };
    let found: Option<Vec<&'static str>> = text
        .split(',')
        .map(|word| known.iter().find(|name| name.eq_ignore_ascii_case(word.trim())).copied())
        .collect();
    found.ok_or_else(|| {
        let valid = if what == "types" { "types" } else { "states" };
        Failure::Usage(format!("Invalid {what} list '{text}'. Valid {valid} are: {}", known.join(", ")))
    })
}
