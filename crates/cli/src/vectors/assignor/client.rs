//! Assignors that the group's leader runs: `ConsumerPartitionAssignor.assign`.

use super::invariants::{Step, judge as judge_invariants};
use super::{Shares, answer, members, partitions, same, steps, text, texts};
use crate::vectors::{bytes, field};
use millrace_client::assignor::{Assignor, AssignorMemory, RebalanceProtocol};
use millrace_model::protocol::{Assignment, JoinedMember, Subscription};
use millrace_model::{
    BrokerId, BrokerInfo, ClusterMetadata, Generation, LeaderEpoch, PartitionInfo, TopicInfo, TopicName,
};
use serde_json::Value;

/// Judges a case of an assignor's family.
pub fn judge(assignor: Assignor, input: &Value, expected: &Value) -> Result<(), String> {
    steps(input, expected, |step, expected| judge_step(assignor, step, expected))?;
    let list = |value| field(value, "steps").as_array().map(Vec::as_slice).unwrap_or_default();
    let before = std::iter::once(None).chain(list(expected).iter().map(Some));
    for (step, before) in list(input).iter().zip(before) {
        let before = before.map(answer).transpose()?.flatten().unwrap_or_default();
        for told in members(step)? {
            judge_user_data(assignor, &member(told)?, &before)?;
        }
    }
    Ok(())
}

/// What a member tells the leader must follow from what it was given `before`.
fn judge_user_data(assignor: Assignor, told: &JoinedMember, before: &Shares) -> Result<(), String> {
    let mut memory = AssignorMemory::default();
    let subscription = &told.subscription;
    match before.get(told.member.as_str()) {
        Some(partitions) => {
            let assignment = Assignment { partitions: partitions.clone(), user_data: None };
            memory.on_assignment(&assignment, subscription.generation);
        }
        None if subscription.generation == Generation::NONE => {}
        // It comes with a past that the case does not tell.
        None => return Ok(()),
    }
    let ours = assignor.subscription_user_data(&memory);
    if ours == subscription.user_data {
        return Ok(());
    }
    Err(format!("{} tells {:?} in Kafka, {ours:?} here", told.member, subscription.user_data))
}

fn judge_step(assignor: Assignor, step: &Value, expected: &Value) -> Result<(), String> {
    let cluster = cluster(step)?;
    let members = members(step)?.iter().map(member).collect::<Result<Vec<JoinedMember>, String>>()?;
    let ours: Shares = assignor
        .assign(&cluster, &members)
        .into_iter()
        .map(|(member, assignment)| (member.to_string(), assignment.partitions))
        .collect();
    let kafka = answer(expected)?;
    let accident = field(expected, "member_order_sensitive").is_string();
    match &kafka {
        Some(kafka) if !accident => same(kafka, &ours),
        Some(kafka) if same(kafka, &ours).is_ok() => Ok(()),
        kafka => {
            let readers = |m: &JoinedMember| (m.member.to_string(), m.subscription.topics.clone());
            let owners = |m: &JoinedMember| (m.member.to_string(), m.subscription.owned_partitions.clone());
            let cooperative = assignor.protocol() == RebalanceProtocol::Cooperative;
            judge_invariants(&Step {
                partitions: cluster
                    .topics
                    .iter()
                    .map(|(name, info)| (name.clone(), info.partitions.len()))
                    .collect(),
                topics: members.iter().map(readers).collect(),
                still_owned: cooperative.then(|| members.iter().map(owners).collect()),
                kafka: kafka.as_ref(),
                ours: &ours,
            })
        }
    }
}

/// The topics; racks stand for themselves as brokers.
fn cluster(step: &Value) -> Result<ClusterMetadata, String> {
    let topics = field(step, "topics").as_object().ok_or("not modelled: no topics")?;
    let mut cluster = ClusterMetadata::default();
    let mut racks: Vec<String> = Vec::new();
    for (name, count) in topics {
        let count =
            count.as_u64().and_then(|count| usize::try_from(count).ok()).filter(|count| *count <= 10_000);
        let count = count
            .ok_or_else(|| format!("not modelled: {name} has {:?} partitions", field(step, "topics")))?;
        let lists = field(field(step, "replica_racks"), name).as_array();
        let mut info = TopicInfo::default();
        for partition in 0..count {
            let list = lists.and_then(|lists| lists.get(partition)?.as_array());
            let mut replicas = Vec::new();
            for rack in list.into_iter().flatten().filter_map(Value::as_str) {
                let at = racks.iter().position(|known| known == rack).unwrap_or(racks.len());
                if at == racks.len() {
                    racks.push(rack.to_owned());
                }
                replicas.push(BrokerId(i32::try_from(at).unwrap_or(i32::MAX)));
            }
            info.partitions.push(PartitionInfo {
                leader: replicas.first().copied(),
                leader_epoch: LeaderEpoch(0),
                isr: replicas.clone(),
                replicas,
                ..PartitionInfo::default()
            });
        }
        cluster.topics.insert(TopicName::from(name.as_str()), info);
    }
    let broker = |(id, rack): (i32, String)| BrokerInfo {
        id: BrokerId(id),
        host: "localhost".to_owned(),
        port: 9092,
        rack: Some(rack),
    };
    cluster.brokers = (0..).zip(racks).map(broker).collect();
    Ok(cluster)
}

fn member(value: &Value) -> Result<JoinedMember, String> {
    let generation = match field(value, "generation") {
        Value::Null => Generation::NONE,
        number => Generation(
            number
                .as_i64()
                .and_then(|n| i32::try_from(n).ok())
                .ok_or_else(|| format!("generation {number}?"))?,
        ),
    };
    let data = bytes(field(value, "user_data"))?;
    Ok(JoinedMember {
        member: text(value, "id")?.into(),
        group_instance_id: field(value, "instance_id").as_str().map(Into::into),
        subscription: Subscription {
            topics: texts(value, "topics")?.into_iter().map(TopicName::from).collect(),
            user_data: data.map(Into::into),
            owned_partitions: partitions(field(value, "owned"))?,
            generation,
            rack: field(value, "rack").as_str().map(Into::into),
        },
    })
}
