//! `consumer`: one instance of an application, named `group/instance`.

use super::{errands, faults};
use crate::help::Help;
use crate::language::arguments::{Arguments, Value};
use crate::language::problem::Problem;
use crate::language::quote::{add, quoted};
use crate::language::time::span;
use millrace_model::{GroupId, Profile, Span};
use millrace_sim::{Command, InstanceAction, Name};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "consumer add",
        synopsis: "consumer add GROUP [--name NAME] [--topic TOPIC… | --pattern REGEX] [--SETTING VALUE]…",
        meaning: "starts one more instance of an application; with a setting of its own it takes none of the application's",
        example: "consumer add billing --name c9 --group-instance-id billing-c9",
    },
    Help {
        name: "consumer subscribe",
        synopsis: "consumer subscribe GROUP/INSTANCE --topic TOPIC… | --pattern REGEX",
        meaning: "has an instance read other topics from its next poll on",
        example: "consumer subscribe billing/c1 --topic orders --topic payments",
    },
    Help {
        name: "consumer unsubscribe",
        synopsis: "consumer unsubscribe GROUP/INSTANCE",
        meaning: "has an instance give up its partitions and leave the group; it goes on polling",
        example: "consumer unsubscribe billing/c1",
    },
    Help {
        name: "consumer commit",
        synopsis: "consumer commit GROUP/INSTANCE",
        meaning: "has an instance call commitSync before its next poll",
        example: "consumer commit billing/c1",
    },
    Help {
        name: "consumer block",
        synopsis: "consumer block GROUP/INSTANCE DURATION",
        meaning: "keeps an instance out of poll; its heartbeats go on",
        example: "consumer block billing/c1 7s",
    },
    Help {
        name: "consumer stop",
        synopsis: "consumer stop GROUP/INSTANCE",
        meaning: "closes an instance cleanly: it commits and leaves the group",
        example: "consumer stop billing/c1",
    },
    Help {
        name: "consumer crash",
        synopsis: "consumer crash GROUP/INSTANCE [--at after-fetch|before-effect|after-effect|after-mark|before-publish|after-publish|before-commit|after-commit [--nth N] [--restart DURATION]]",
        meaning: "kills an instance, now or as soon as it passes a point: nobody is told, the session timeout finds out",
        example: "consumer crash billing/c1",
    },
    Help {
        name: "consumer freeze",
        synopsis: "consumer freeze GROUP/INSTANCE",
        meaning: "lets a process stand still, as a long garbage collection does",
        example: "consumer freeze billing/c1",
    },
    Help {
        name: "consumer thaw",
        synopsis: "consumer thaw GROUP/INSTANCE",
        meaning: "lets a frozen process go on, not knowing what it missed",
        example: "consumer thaw billing/c1",
    },
    Help {
        name: "consumer restart",
        synopsis: "consumer restart GROUP/INSTANCE",
        meaning: "starts a stopped or crashed instance again, as a new member",
        example: "consumer restart billing/c1",
    },
    Help {
        name: "consumer pause",
        synopsis: "consumer pause GROUP/INSTANCE",
        meaning: "pauses the listener: it polls and stays a member, but is given nothing",
        example: "consumer pause billing/c1",
    },
    Help {
        name: "consumer resume",
        synopsis: "consumer resume GROUP/INSTANCE",
        meaning: "lets a paused listener go on",
        example: "consumer resume billing/c1",
    },
    Help {
        name: "consumer work",
        synopsis: "consumer work GROUP/INSTANCE DURATION",
        meaning: "sets how long one record takes in this instance alone",
        example: "consumer work billing/c1 2s",
    },
];

/// What can be done to one instance; [`verb`] is the way back.
const ACTIONS: [InstanceAction; 7] = [
    InstanceAction::Stop,
    InstanceAction::Crash,
    InstanceAction::Freeze,
    InstanceAction::Thaw,
    InstanceAction::Restart,
    InstanceAction::Pause,
    InstanceAction::Resume,
];

fn verb(action: InstanceAction) -> &'static str {
    match action {
        InstanceAction::Stop => "stop",
        InstanceAction::Crash => "crash",
        InstanceAction::Freeze => "freeze",
        InstanceAction::Thaw => "thaw",
        InstanceAction::Restart => "restart",
        InstanceAction::Pause => "pause",
        InstanceAction::Resume => "resume",
    }
}

pub(super) fn parse(arguments: &mut Arguments<'_>, profile: Profile) -> Result<Command, Problem> {
    let verbs: Vec<&'static str> =
        ["add", "work"].into_iter().chain(ACTIONS.map(verb)).chain(errands::VERBS).collect();
    let chosen = arguments.choice("what to do:", &verbs)?;
    if chosen == 0 {
        return errands::parse_add(arguments, profile);
    }
    let (group, name) = instance(&arguments.word(INSTANCE)?)?;
    if let Some(errand) = verbs.get(chosen).filter(|verb| errands::VERBS.contains(verb)) {
        return errands::parse(errand, (group, name), arguments);
    }
    let action = chosen.checked_sub(2).and_then(|at| ACTIONS.get(at));
    let Some(action) = action.copied() else {
        let what = "how long one record takes";
        let work = span(&arguments.word(what)?, what, "s")?;
        arguments.done()?;
        return Ok(Command::SetWork { group, instance: Some(name), work });
    };
    if action == InstanceAction::Crash {
        let whom = (group.clone(), name.clone());
        return Ok(faults::parse_crash(whom, arguments)?.unwrap_or(Command::Instance {
            group,
            name,
            action,
        }));
    }
    arguments.done()?;
    Ok(Command::Instance { group, name, action })
}

const INSTANCE: &str = "a group and its instance, such as billing/c1";

/// An instance's name has no `/`, a group's may.
pub(super) fn instance(value: &Value<'_>) -> Result<(GroupId, Name), Problem> {
    match value.text().rsplit_once('/') {
        Some((group, name)) if !group.is_empty() && !name.is_empty() => Ok((group.into(), name.into())),
        _ => Err(value.wrong(INSTANCE)),
    }
}

pub(super) fn print_action(group: &GroupId, name: &str, action: InstanceAction) -> String {
    let verb = verb(action);
    format!("consumer {verb} {}", quoted(&format!("{group}/{name}")))
}

pub(super) fn print_work(group: &GroupId, name: &str, work: Span) -> String {
    let mut line = "consumer work".to_owned();
    add(&mut line, &format!("{group}/{name}"));
    add(&mut line, &work.to_string());
    line
}
