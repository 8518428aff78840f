//! One entry of the trace as one line: time, who, what.

use millrace_sim::{Actor, Entry, World};
use millrace_view::{Names, sentence};

/// How much of an entry without a sentence is shown: enough to recognise it.
const HUM_CHARS: usize = 160;

/// `12:00:01.003  broker-1          orders-0: 2 records at offset 0`. Background hum has no sentence: `None`, or with
/// `all` the bare event behind a dot.
pub fn line(entry: &Entry, world: &World, all: bool) -> Option<String> {
    let what = match text(entry, world) {
        // The column before says who.
        Some(text) => text.strip_prefix("You: ").map(str::to_owned).unwrap_or(text),
        None if all => {
            let bare: String = format!("{:?}", entry.fact).chars().take(HUM_CHARS).collect();
            format!("· {bare}")
        }
        None => return None,
    };
    Some(format!("{}  {:<16} {what}", entry.at, actor(entry.actor, world)))
}

/// What the picture's own log says of an entry; `None` for background hum.
pub fn text(entry: &Entry, world: &World) -> Option<String> {
    sentence(entry, &Names::of(world)).map(|sentence| sentence.text)
}

/// Who: `you`, `broker-1`, `checkout`, `billing/c1`.
pub fn actor(actor: Actor, world: &World) -> String {
    match actor {
        Actor::Learner => "you".to_owned(),
        Actor::Broker(id) => format!("broker-{id}"),
        Actor::Node(id) => match world.node(id) {
            Some(node) => match node.group() {
                Some(group) => format!("{group}/{}", node.name),
                None => node.name.to_string(),
            },
            None => "?".to_owned(),
        },
    }
}
