//! A producer.

use super::{Inspector, find, links};
use crate::cast::Cast;
use crate::producers;
use crate::words;
use millrace_model::config::producer::{Acks, Partitioner};
use millrace_sim::{Actor, Command, Fact, Lifecycle, NodeId, Timeline};
use millrace_words::inspect as say;

pub(super) fn inspect(timeline: &Timeline, cast: &Cast<'_>, id: NodeId) -> Option<Inspector> {
    let (_, node, producer) = cast.producers.iter().find(|(of, ..)| *of == id)?;
    let config = producer.client.config();
    let totals = producer.totals();
    let mut inspector = Inspector::new("producer", &*node.name);
    inspector.fact("now", producers::rate(node, producer));
    inspector.fact("topic", &producer.topic);
    if let Some(made) = producer.per_record() {
        inspector.fact(say::producers_made(), say::producers_now(&made.made(), &made.live()));
    }
    inspector.fact(
        "acks",
        match config.acks {
            Acks::Zero => "0",
            Acks::One => "1",
            Acks::All => "all",
        },
    );
    inspector.fact("linger.ms", words::span(config.linger));
    inspector.fact("batch.size", format!("{} bytes", config.batch_size));
    inspector.fact(
        "partitioner",
        match config.partitioner {
            _ if config.partitioner_rule.is_some() => config.partitioner_rule.as_deref().unwrap_or_default(),
            Partitioner::BuiltIn => say::murmur2_of_the_key_else(),
            Partitioner::RoundRobin => "RoundRobinPartitioner",
            Partitioner::ConsistentRandom => say::consistent_random_crc32_of_the(),
        },
    );
    inspector.fact("buffer.memory", say::of_bytes(&producer.client.buffer_used(), &config.buffer_memory));
    inspector.fact("max.in.flight.requests.per.connection", config.max_in_flight);
    match config.against_idempotence().filter(|_| config.enable_idempotence.is_none()) {
        None => inspector.fact("enable.idempotence", config.is_idempotent()),
        Some(setting) => inspector.fact("enable.idempotence", say::false_because_of(&setting)),
    }
    if let Some((id, epoch)) = producer.client.producer_id() {
        inspector.fact("producer id", id);
        inspector.fact("producer epoch", epoch);
    }
    if let (Some(id), Some(state)) = (&config.transactional_id, producer.client.transaction_state()) {
        inspector.fact("transactional.id", id);
        inspector.fact("transaction", state);
        inspector.fact("transaction.timeout.ms", words::span(config.transaction_timeout));
    }
    inspector.fact("delivery.timeout.ms", words::span(config.delivery_timeout));
    inspector.fact("records sent", totals.appended);
    inspector.fact("acknowledged", totals.acknowledged);
    inspector.fact("failed", totals.failed);
    inspector.fact("Produce requests", totals.requests);
    if let Some(sticky) = producer.client.sticky_partition(producer.topic.as_str()) {
        inspector.fact("sticky partition", format!("P{}", sticky.partition));
    }
    for batch in producer.client.batches().take(8) {
        let text = say::records_leaves(batch.batch.batch.len() as u64, &words::time(batch.leaves_at));
        inspector.fact(say::open_batch(&batch.tp), text);
    }
    let started = find::newest(timeline, |entry| {
        (entry.actor == Actor::Node(id) && entry.fact == Fact::Lifecycle(Lifecycle::Started)).then_some(())
    });
    if let Some((entry, ())) = started {
        inspector.why = find::chain(timeline, entry.id);
    }
    if let Some(running) = &producer.workload {
        inspector.fact("sends by itself since", words::time(running.since));
        let off = Command::SetWorkload { producer: node.name.clone(), workload: None };
        inspector.action(say::do_stop_the_stream(), &off);
    }
    if let Some(party) = cast.world.party(id) {
        links::facts(&mut inspector, cast.world, &party);
        crate::reach::facts(&mut inspector, cast.world, id);
        links::actions(&mut inspector, cast.world, &party);
    }
    Some(inspector)
}
