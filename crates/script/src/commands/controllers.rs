//! What is done to one of several controllers: `controller crash`, `stop`, `restart`, `pause`, `resume`.

use crate::help::Help;
use crate::language::arguments::{Arguments, Value};
use crate::language::problem::Problem;
use millrace_broker::CONTROLLER;
use millrace_model::BrokerId;
use millrace_sim::{ClusterCommand, Command, ControllerAction};

pub(super) const HELP: &[Help] = &[
    Help {
        name: "controller crash",
        synopsis: "controller crash controller-N",
        meaning: "kills one of several controllers (`cluster start --controllers 3`): they are numbered from 100 on, and another is elected where a majority is left",
        example: "controller crash controller-100",
    },
    Help {
        name: "controller stop",
        synopsis: "controller stop controller-N",
        meaning: "stops a controller cleanly: an active one names its successor first",
        example: "controller stop controller-101",
    },
    Help {
        name: "controller restart",
        synopsis: "controller restart controller-N",
        meaning: "starts a controller that was killed or stopped",
        example: "controller restart controller-101",
    },
    Help {
        name: "controller pause",
        synopsis: "controller pause controller-N",
        meaning: "lets a controller stand still: an active one does not learn that another is elected",
        example: "controller pause controller-100",
    },
    Help {
        name: "controller resume",
        synopsis: "controller resume controller-N",
        meaning: "lets a controller go on; a higher epoch tells it that it is not the active one any more",
        example: "controller resume controller-100",
    },
];

const ACTIONS: [(&str, ControllerAction); 5] = [
    ("crash", ControllerAction::Crash),
    ("stop", ControllerAction::Stop),
    ("restart", ControllerAction::Restart),
    ("pause", ControllerAction::Pause),
    ("resume", ControllerAction::Resume),
];

const WHAT: &str = "a controller, such as controller-101";

/// `controller-101`, or its number alone.
pub(super) fn controller(value: &Value<'_>) -> Result<BrokerId, Problem> {
    let text = value.text();
    let id = text.strip_prefix("controller-").unwrap_or(text).parse::<i32>().ok();
    Ok(BrokerId(id.filter(|id| *id >= CONTROLLER.0).ok_or_else(|| value.wrong(WHAT))?))
}

pub(super) fn parse(arguments: &mut Arguments<'_>) -> Result<Command, Problem> {
    let at = arguments.choice("what to do:", &ACTIONS.map(|(word, _)| word))?;
    let id = controller(&arguments.word(WHAT)?)?;
    arguments.done()?;
    let action = ACTIONS.get(at).map_or(ControllerAction::Crash, |(_, action)| *action);
    Ok(Command::Cluster(Box::new(ClusterCommand::Controller { id, action })))
}

pub(super) fn print(id: BrokerId, action: ControllerAction) -> String {
    let word = ACTIONS.iter().find(|(_, known)| *known == action).map_or("", |(word, _)| word);
    format!("controller {word} controller-{id}")
}
