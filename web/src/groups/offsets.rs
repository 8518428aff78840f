//! Resets what a group has committed: `kafka-consumer-groups --reset-offsets` as a form. The cluster decides; while the
//! group is active it refuses, and its sentence is shown.

use crate::lean::part;
use crate::memo::Memo;
use crate::session::Session;
use crate::ui::{Button, Choice, Disclosure, Field};
use leptos::prelude::*;
use millrace_model::{GroupId, Profile};
use millrace_script::{Statement, parse_line};
use millrace_sim::{Command, ResetScope, ResetTarget};
use millrace_words::{Say, groups as say};

/// What an option's value is called, and an example.
type Takes = Option<(Say, &'static str)>;

/// Kafka's options; those that take a value come with what it is and an example.
const TARGETS: [(&str, Say, Takes); 7] = [
    ("to-earliest", say::earliest, None),
    ("to-latest", say::latest, None),
    ("to-current", say::where_it_is_to_current, None),
    ("to-offset", say::an_offset, Some((say::offset, "0"))),
    ("shift-by", say::shifted, Some((say::by_how_many_records, "-5"))),
    ("to-datetime", say::a_time, Some((say::time, "2026-01-01T12:00:30.000"))),
    ("by-duration", say::a_duration_ago, Some((say::duration, "PT30S"))),
];

/// See the module: a line that opens the form.
pub fn reset(session: Session, group: GroupId) -> AnyView {
    let form = move || form(session, group.clone());
    view! { <Disclosure summary=say::reset_offsets()>{form()}</Disclosure> }.into_any()
}

fn form(session: Session, group: GroupId) -> AnyView {
    let target = RwSignal::new("to-earliest".to_owned());
    let value = RwSignal::new(String::new());
    let takes = move |name: &str| TARGETS.iter().find(|(other, ..)| *other == name).and_then(|found| found.2);
    let choose = move |name: String| {
        value.set(takes(&name).map(|(_, example)| example.to_owned()).unwrap_or_default());
        target.set(name);
    };
    let run = Callback::new(move |()| {
        let (to, of) = (target.get_untracked(), value.get_untracked());
        let of = if takes(&to).is_some() { format!(" {}", of.trim()) } else { String::new() };
        let to = match read(&format!("--{to}{of}")) {
            Ok(to) => to,
            Err(problem) => return session.refuse(problem),
        };
        let command =
            Command::ResetOffsets { group: group.clone(), scope: ResetScope::AllTopics, to, execute: true };
        // A refusal stands in the notice already.
        if session.dispatch(command) && session.notice.with_untracked(Option::is_none) {
            session.say(say::the_committed_offsets_of_have(&group));
        }
    });
    let options = TARGETS.map(|(name, text, _)| (name.to_owned(), text().to_owned())).to_vec();
    let asked = Memo::new(move |_| takes(&target.get()).map(|(label, _)| label()));
    let field = part(move || match asked.get() {
        Some(label) => view! { <Field label=label value=value on_enter=run/> }.into_any(),
        None => ().into_any(),
    });
    view! {
        <Choice label=say::reset_to() options=options value=target on_change=choose/>
        {field}
        <div class="row"><Button label=say::reset_offsets_here() on_press=run/></div>
    }
    .into_any()
}

/// What an option of Kafka's tool means, read by the language itself.
fn read(option: &str) -> Result<ResetTarget, String> {
    let line = format!("kafka-consumer-groups --reset-offsets --group g --all-topics {option} --execute");
    match parse_line(&line, Profile::default()) {
        Ok(Some(Statement::Do(Command::ResetOffsets { to, .. }))) => Ok(to),
        Ok(_) => Err(format!("{option} is none of the tool's options")),
        Err(problem) => Err(format!("expected {}, found {}", problem.expected, problem.found)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_choice_is_an_option_with_a_good_example() {
        for (name, _, takes) in TARGETS {
            let option = format!("--{name} {}", takes.map_or("", |(_, example)| example));
            assert!(read(option.trim()).is_ok(), "{option}");
        }
        let said = read("--to-offset many").unwrap_err();
        assert_eq!(said, "expected an offset, a whole number, found `many`");
    }
}
