//! The producers' cards, one below the other.

use crate::cast::Cast;
use crate::layout::{Columns, UNIT, rect};
use crate::scene::{ProducerCard, Target};
use crate::words;
use millrace_client::producer::BlockReason;
use millrace_model::config::producer::Acks;
use millrace_sim::Lifecycle;
use millrace_sim::node::Node;
use millrace_sim::node::producer::ProducerNode;
use millrace_words::stage as say;

/// A card's height.
const CARD: f32 = 72.0;
/// Most cards; further producers are left out.
pub const SHOWN: usize = 8;

/// The cards, from `top` on, and where they end.
pub fn cards(cast: &Cast<'_>, columns: &Columns, top: f32) -> (Vec<ProducerCard>, f32) {
    let mut y = top;
    let mut cards = Vec::new();
    for (id, node, producer) in cast.producers.iter().take(SHOWN) {
        cards.push(ProducerCard {
            target: Target::Producer(*id),
            rect: rect(columns.producers_x, y, columns.producers_w, CARD),
            name: node.name.clone(),
            rate: rate(node, producer),
            settings: crate::reach::line(cast.world, *id).unwrap_or_else(|| settings(producer)),
            buffered: u32::try_from(producer.incomplete_records()).unwrap_or(u32::MAX),
        });
        y += CARD + 2.0 * UNIT;
    }
    (cards, if y > top { y - 2.0 * UNIT } else { top })
}

/// What it does now: its rate, or what it waits for.
pub fn rate(node: &Node, producer: &ProducerNode) -> String {
    if node.lifecycle() == Lifecycle::Closing {
        return say::closing().to_owned();
    }
    if let Some(waiting) = producer.client.waiting().next() {
        let what = match waiting.reason {
            BlockReason::Metadata | BlockReason::PartitionMetadata(_) => say::waits_for_metadata(),
            BlockReason::Memory => say::waits_for_memory(),
        };
        return what.to_owned();
    }
    match &producer.workload {
        Some(running) => format!("{} rec/s", running.workload.rate),
        None => say::by_hand().to_owned(),
    }
}

/// `acks=all · linger 5 ms`; of who makes a producer for each record, how many there were: `acks=all · 812 producers`.
fn settings(producer: &ProducerNode) -> String {
    let config = producer.client.config();
    let acks = match config.acks {
        Acks::Zero => "0",
        Acks::One => "1",
        Acks::All => "all",
    };
    let second = match producer.per_record() {
        Some(made) => say::so_many_producers(made.made()),
        None => format!("linger {}", words::span(config.linger)),
    };
    format!("acks={acks} · {second}")
}
