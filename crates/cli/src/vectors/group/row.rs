//! A group as `Admin.describeConsumerGroups` shows it: state, assignor, who has what.

use super::driver::GROUP;
use crate::vectors::field;
use millrace_model::TopicPartition;
use millrace_sim::World;
use serde_json::Value;

/// State, assignor and members of a group.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// `Stable`.
    pub state: String,
    /// Its assignor; empty while there is none.
    pub assignor: String,
    /// `client.id` with its partitions, sorted.
    pub members: Vec<(String, Vec<String>)>,
}

/// The row that the recording saw last.
pub fn recorded(step: &Value) -> Option<Row> {
    let mut rows = field(step, "timeline").as_array()?.iter().filter(|row| row.get("group").is_some());
    let row = rows.next_back()?;
    let text = |value: &Value, name: &str| field(value, name).as_str().unwrap_or_default().to_owned();
    let members = field(row, "members").as_array()?.iter().map(|member| {
        let parts = field(member, "parts").as_array().into_iter().flatten();
        let mut parts: Vec<String> = parts.filter_map(Value::as_str).map(str::to_owned).collect();
        parts.sort();
        (text(member, "client"), parts)
    });
    let mut members: Vec<_> = members.collect();
    members.sort();
    Some(Row { state: text(row, "group"), assignor: text(row, "assignor"), members })
}

/// The row of now.
pub fn now(world: &World) -> Row {
    let nobody = || Row { state: "Dead".to_owned(), assignor: String::new(), members: Vec::new() };
    let Some(group) = world.brokers().next().and_then(|broker| broker.group(GROUP)) else { return nobody() };
    let sorted = |partitions: &[TopicPartition]| {
        let mut parts: Vec<String> = partitions.iter().map(ToString::to_string).collect();
        parts.sort();
        parts
    };
    if let Some(consumer) = group.consumer() {
        let mut members: Vec<_> = consumer
            .members()
            .map(|member| (member.subscription.client_id.to_string(), sorted(&member.assigned)))
            .collect();
        members.sort();
        let assignor = consumer.preferred_assignor().to_owned();
        return Row { state: consumer.state().to_string(), assignor, members };
    }
    let mut members: Vec<(String, Vec<String>)> = group
        .members()
        .map(|member| (member.client_id.to_string(), sorted(&member.assignment.partitions)))
        .collect();
    members.sort();
    // Kafka shows the assignor only of a group that is settled.
    let is_stable = group.state() == millrace_broker::GroupState::Stable;
    let assignor = group.protocol().filter(|_| is_stable).unwrap_or_default().to_owned();
    Row { state: group.state().to_string(), assignor, members }
}
