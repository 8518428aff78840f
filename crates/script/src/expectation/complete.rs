//! How an expectation may go on: the quantities by name, then the names that this world has, then a comparison with what
//! the quantity is now.

use super::forms::FORMS;
use super::{Expectation, Value};
use millrace_sim::node::Kind;
use millrace_sim::{Timeline, World};

/// Most that are offered.
const MOST: usize = 12;

/// Whole texts that begin with `text`, the likeliest first.
pub fn complete(text: &str, timeline: &Timeline) -> Vec<String> {
    let text = text.trim_start();
    let mut found = match text.split_once('(') {
        None => names(text, timeline.world()),
        Some((name, rest)) if !rest.contains(')') => arguments(text, name, rest, timeline.world()),
        Some(_) => comparisons(text, timeline),
    };
    found.retain(|found| found.starts_with(text) && found != text);
    found.truncate(MOST);
    found
}

/// The forms that begin so, each with names that are there in place of its capitals.
fn names(text: &str, world: &World) -> Vec<String> {
    let fits = FORMS.iter().filter(|(name, _)| name.starts_with(text.trim_end()));
    fits.map(|(name, form)| {
        let filled = kinds(form).into_iter().map(|kind| known(kind, world).into_iter().next());
        match filled.collect::<Option<Vec<String>>>() {
            Some(filled) => format!("{name}({})", filled.join(", ")),
            None => format!("{name}("),
        }
    })
    .collect()
}

fn arguments(text: &str, name: &str, rest: &str, world: &World) -> Vec<String> {
    let Some((_, form)) = FORMS.iter().find(|(known, _)| *known == name) else { return Vec::new() };
    let kinds = kinds(form);
    let index = rest.matches(',').count();
    let Some(kind) = kinds.get(index) else { return Vec::new() };
    let written = rest.rsplit(',').next().unwrap_or_default().trim_start();
    let before = text.get(..text.len() - written.len()).unwrap_or_default();
    let end = if index + 1 < kinds.len() { ", " } else { ")" };
    let names = known(kind, world).into_iter().filter(|name| name.starts_with(written));
    names.map(|name| format!("{before}{name}{end}")).collect()
}

/// Behind the bracket: what it is now, and what it could become.
fn comparisons(text: &str, timeline: &Timeline) -> Vec<String> {
    let quantity = text.get(..=text.find(')').unwrap_or_default()).unwrap_or_default();
    let probe = format!("{quantity} == none");
    let Ok(expectation) = Expectation::parse(&probe, 0, probe.len()) else { return Vec::new() };
    let ends = match expectation.quantity.value(timeline) {
        Ok(Value::Number(0)) => vec!["> 0".to_owned(), "== 1".to_owned(), "!= 0".to_owned()],
        Ok(Value::Number(n)) => vec![format!("> {n}"), "== 0".to_owned(), format!("!= {n}")],
        Ok(Value::None) => vec!["!= none".to_owned()],
        Ok(value) => vec![format!("!= {value}"), format!("== {value}")],
        Err(_) => vec!["== ".to_owned(), "> ".to_owned()],
    };
    ends.into_iter().map(|end| format!("{quantity} {end}")).collect()
}

/// The kinds of a form's arguments: `committed(GROUP, TOPIC-N)` has two. Of two forms the first counts.
fn kinds(form: &str) -> Vec<&str> {
    let form = form.split(" or ").next().unwrap_or_default();
    let inside =
        form.split_once('(').and_then(|(_, rest)| rest.split_once(')')).map_or("", |(inside, _)| inside);
    inside.split(',').map(str::trim).collect()
}

/// What there is of a kind.
fn known(kind: &str, world: &World) -> Vec<String> {
    let topics = || world.brokers().flat_map(|broker| broker.topics()).filter(|topic| !topic.is_internal());
    match kind {
        "GROUP" => world.apps().keys().map(ToString::to_string).collect(),
        "TOPIC" => topics().map(|topic| topic.name().to_string()).collect(),
        "TOPIC-N" => topics()
            .flat_map(|topic| (0..topic.partition_count()).map(move |n| format!("{}-{n}", topic.name())))
            .collect(),
        "PRODUCER" => {
            let producers = world.nodes().filter(|(_, node)| matches!(node.kind, Kind::Producer(_)));
            producers.map(|(_, node)| node.name.to_string()).collect()
        }
        "SERVICE" => world.services().map(|(name, _)| name.to_owned()).collect(),
        "QUEUE" => world.work_queues().map(|(name, _)| name.to_string()).collect(),
        "DASHBOARD" => world.dashboards().keys().map(ToString::to_string).collect(),
        "NAME" => world.streams_apps().keys().map(ToString::to_string).collect(),
        "N" | "OFFSET" => vec!["0".to_owned()],
        _ if kind.contains('|') => kind.split('|').map(str::to_owned).collect(),
        _ => Vec::new(),
    }
}
