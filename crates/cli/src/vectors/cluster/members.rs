//! The consumers of a case, and what they and an administrator see of the group and of the broker that coordinates it.

use super::driver::{Came, Driver};
use super::watch;
use crate::vectors::field;
use crate::vectors::group::callbacks;
use millrace_model::protocol::{DescribeGroupsRequest, FindCoordinatorRequest, OffsetFetchRequest};
use millrace_model::{BrokerId, ErrorCode, GroupId, Request, Response, Span, TopicPartition};
use millrace_sim::{Actor, EntryId, Fact};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Members with what they saw, each in its own order.
pub type Callbacks = BTreeMap<String, Vec<Value>>;

/// A group's name before the number that lets the wanted broker coordinate it.
const GROUP: &str = "g";

/// The group of a case.
#[derive(Clone, Debug, Default)]
pub struct Members {
    group: String,
    /// The broker that coordinated it and was killed.
    killed: Option<BrokerId>,
    /// Up to where callbacks were looked at.
    seen: Option<EntryId>,
}

impl Driver {
    /// A group that a given broker coordinates, under a protocol. Somebody has used the offsets topic before.
    pub fn begin_group(&mut self, coordinator: BrokerId, is_consumer: bool) -> Result<(), String> {
        self.line(
            "kafka-consumer-groups --reset-offsets --group before --all-topics --to-earliest --dry-run",
        )?;
        self.wait(Span::from_secs(5));
        let broker = self.world().asked_broker().ok_or("there is no broker")?;
        let is_right = |name: &String| {
            broker.coordinator_choice(&GroupId::new(name.as_str())).coordinator == Some(coordinator)
        };
        let name = (0..1_000).map(|n| format!("{GROUP}{n}")).find(is_right);
        self.members.group = name.ok_or("no group is coordinated there")?;
        let protocol = if is_consumer { "consumer" } else { "classic" };
        // A loop around poll that does not commit what it has read until it has to give it up.
        let group = self.members.group.clone();
        self.line(&format!(
            "app start {group} --topic a --instances 0 --client java --commit time --ack-time 1h --group-protocol {protocol}"
        ))?;
        self.callbacks();
        Ok(())
    }

    /// Both members come, to three records.
    pub fn join(&mut self) -> Result<(), String> {
        for n in 0..3 {
            self.line(&format!("produce a k v{n} --partition 0"))?;
        }
        self.wait(Span::from_millis(500));
        let group = self.members.group.clone();
        for name in ["B", "A"] {
            self.line(&format!("consumer add {group} --name {name}"))?;
        }
        Ok(())
    }

    pub fn commit(&mut self) -> Result<(), String> {
        let group = self.members.group.clone();
        for name in ["A", "B"] {
            self.line(&format!("consumer commit {group}/{name}"))?;
        }
        Ok(())
    }

    pub fn close(&mut self, member: &str) -> Result<(), String> {
        let group = self.members.group.clone();
        self.line(&format!("consumer stop {group}/{member}")).map(drop)
    }

    /// The broker that coordinates the group crashes or stops.
    pub fn end_coordinator(&mut self, verb: &str) -> Result<(), String> {
        let (id, _) = self.asked_for_group().ok_or("nobody coordinates the group")?;
        self.members.killed = Some(id);
        self.line(&format!("broker {verb} broker-{id}")).map(drop)
    }

    pub fn restart_killed(&mut self) -> Result<(), String> {
        let id = self.members.killed.ok_or("not modelled: nobody was killed")?;
        self.line(&format!("broker restart broker-{id}")).map(drop)
    }

    /// Who coordinates the group, and the group's state as that broker tells it.
    pub fn coordinator(&mut self) -> Result<Came, String> {
        let (id, state) = self.patiently(Driver::asked_for_group)?;
        let which =
            if self.members.killed.is_none() { "broker <c> (any of 1,2,3)" } else { "another broker" };
        if self.members.killed == Some(id) {
            return Err(format!("broker {id} coordinates the group, and was killed"));
        }
        Ok(Came::Told(json!({ "result": which, "state": state })))
    }

    fn asked_for_group(&self) -> Option<(BrokerId, String)> {
        let group = GroupId::new(self.members.group.as_str());
        let find = Request::FindCoordinator(FindCoordinatorRequest { group: group.clone() });
        let Response::FindCoordinator(found) = self.ask(watch::answering(self.world())?.id(), find)? else {
            return None;
        };
        let id = found.coordinator?;
        let describe = Request::DescribeGroups(DescribeGroupsRequest { group });
        let Response::DescribeGroups(described) = self.ask(id, describe)? else { return None };
        (described.error == ErrorCode::None).then(|| (id, described.state.to_string()))
    }

    /// What the group has committed, as its coordinator tells it.
    pub fn committed(&mut self) -> Result<Came, String> {
        let all = self.patiently(|driver| {
            let (id, _) = driver.asked_for_group()?;
            let group = GroupId::new(driver.members.group.as_str());
            let request = OffsetFetchRequest { group, member: None, partitions: None, require_stable: false };
            let Response::OffsetFetch(fetched) = driver.ask(id, Request::OffsetFetch(request))? else {
                return None;
            };
            (fetched.error == ErrorCode::None).then_some(fetched.partitions)
        })?;
        let offset = |(tp, committed): &(TopicPartition, Option<_>)| {
            let committed: &millrace_model::protocol::CommittedOffset = committed.as_ref()?;
            Some((tp.to_string(), json!(committed.offset.0)))
        };
        let offsets: serde_json::Map<String, Value> = all.iter().filter_map(offset).collect();
        Ok(Came::Told(json!({ "offsets": offsets })))
    }

    /// What the members have seen since the last time.
    pub fn callbacks(&mut self) -> Callbacks {
        let timeline = self.timeline();
        let new = timeline.branch().entries_before(timeline.world().steps());
        let entries: Vec<_> = new.take_while(|entry| Some(entry.id) > self.members.seen).collect();
        let mut seen = Callbacks::new();
        for entry in entries.iter().rev() {
            if let (Actor::Node(node), Fact::Instance(event)) = (entry.actor, &entry.fact)
                && let Some(callback) = callbacks::of(event)
                && let Some(node) = timeline.world().node(node)
            {
                seen.entry(node.name.to_string()).or_default().push(callback);
            }
        }
        let last = entries.first().map(|entry| entry.id);
        self.members.seen = last.or(self.members.seen);
        seen
    }

    /// The group as its coordinator has it, in the words of the recording.
    fn row(&self) -> Option<Value> {
        let (id, state) = self.asked_for_group()?;
        let group = self.world().broker(id)?.group(&self.members.group);
        let names = |partitions: &[TopicPartition]| {
            let mut names: Vec<String> = partitions.iter().map(ToString::to_string).collect();
            names.sort();
            names
        };
        let mut members: Vec<(String, Vec<String>)> = Vec::new();
        for member in group.iter().flat_map(|group| group.members()) {
            members.push((member.client_id.to_string(), names(&member.assignment.partitions)));
        }
        let consumer = group.and_then(|group| group.consumer());
        for member in consumer.iter().flat_map(|consumer| consumer.members()) {
            members.push((member.subscription.client_id.to_string(), names(&member.assigned)));
        }
        members.sort();
        Some(json!([state, members]))
    }
}

/// Whether the members saw what the recording's saw, each in its own order, and the group ended as there. Unlike the
/// recording's, our members commit what they have read before they give it up; a commit counts only where it is the action.
pub fn judge(driver: &Driver, ours: &Callbacks, step: &Value) -> Result<(), String> {
    let is_commit = field(step, "action").as_str().is_some_and(|action| action.contains("commitSync"));
    let mut ours = ours.clone();
    for callbacks in ours.values_mut().filter(|_| !is_commit) {
        callbacks.retain(|callback| *callback != json!(["committed"]));
    }
    ours.retain(|_, callbacks| !callbacks.is_empty());
    let events = field(step, "events").as_array().map(Vec::as_slice).unwrap_or_default();
    let mut theirs = Callbacks::new();
    for event in events {
        let name = field(event, "ev").as_str().unwrap_or_default();
        let callback = match name {
            "assigned" | "revoked" | "lost" => json!([name, field(event, "parts"), field(event, "gen")]),
            "committed" => json!([name]),
            _ => continue,
        };
        let member = field(event, "id").as_str().unwrap_or_default().to_owned();
        theirs.entry(member).or_default().push(callback);
    }
    if ours != theirs {
        return Err(format!("Kafka's callbacks {theirs:?}, ours {ours:?}"));
    }
    let row = events.iter().rev().find(|event| field(event, "ev") == "group").filter(|row| {
        let state = field(row, "state");
        state == "Stable" || state == "Empty"
    });
    let Some(row) = row else { return Ok(()) };
    let members = field(row, "members").as_array().into_iter().flatten();
    let mut members: Vec<Value> =
        members.map(|member| json!([field(member, "client"), field(member, "parts")])).collect();
    members.sort_by_key(Value::to_string);
    let (theirs, ours) = (json!([field(row, "state"), members]), driver.row());
    if ours.as_ref() != Some(&theirs) {
        return Err(format!("the group ends as {ours:?}, in Kafka as {theirs}"));
    }
    Ok(())
}

/// The broker that the recording killed, if it is the one of the group: the only one that is in no ISR afterwards.
pub fn killed(expected: &Value) -> Option<BrokerId> {
    let steps = field(expected, "steps").as_array()?;
    let is_its_end = |step: &&Value| {
        let action = field(step, "action").as_str().unwrap_or_default();
        ["kill -9", "SIGTERM"].iter().any(|verb| action.strip_prefix(verb) == Some(" the coordinator broker"))
    };
    let step = steps.iter().find(is_its_end)?;
    let state = field(field(step, "events").get(0)?, "state").get(0)?.as_str()?;
    let (_, isr) = state.split_once("isr=")?;
    (1..=3).find(|id| !isr.split(',').any(|known| known == id.to_string())).map(BrokerId)
}

/// Whether the case is about the consumer protocol.
pub fn is_consumer(expected: &Value) -> bool {
    let steps = field(expected, "steps").as_array().into_iter().flatten();
    let mut events = steps.filter_map(|step| field(step, "events").as_array()).flatten();
    events.any(|event| field(event, "type") == "Consumer")
}
