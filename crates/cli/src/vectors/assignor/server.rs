//! Assignors that the broker runs: `ConsumerGroupPartitionAssignor.assign`.

use super::invariants::{Step, judge as judge_invariants};
use super::{Shares, answer, members, partitions, same, steps, text, texts};
use crate::vectors::field;
use millrace_broker::assignor::{GroupSpec, MemberSpec, ServerAssignor, TopicId, TopicSpec};
use millrace_model::TopicName;
use serde_json::Value;

/// Judges a case of an assignor's family.
pub fn judge(assignor: ServerAssignor, input: &Value, expected: &Value) -> Result<(), String> {
    steps(input, expected, |step, expected| judge_step(assignor, step, expected))
}

fn judge_step(assignor: ServerAssignor, step: &Value, expected: &Value) -> Result<(), String> {
    let topics = field(step, "topics").as_object().ok_or("not modelled: no topics")?;
    let spec = GroupSpec {
        topics: topics.iter().map(|(name, about)| topic(name, about)).collect::<Result<_, String>>()?,
        members: members(step)?.iter().map(member).collect::<Result<_, String>>()?,
    };
    let ours: Shares =
        assignor.assign(&spec).into_iter().map(|(member, list)| (member.to_string(), list)).collect();
    let kafka = answer(expected)?;
    let accident = field(expected, "order_sensitive").as_bool() == Some(true);
    match &kafka {
        Some(kafka) if !accident => same(kafka, &ours),
        Some(kafka) if same(kafka, &ours).is_ok() => Ok(()),
        kafka => judge_invariants(&Step {
            partitions: spec.topics.iter().map(|topic| (topic.name.clone(), topic.partitions)).collect(),
            topics: spec.members.iter().map(|m| (m.member.to_string(), m.topics.clone())).collect(),
            still_owned: None,
            kafka: kafka.as_ref(),
            ours: &ours,
        }),
    }
}

fn topic(name: &str, about: &Value) -> Result<TopicSpec, String> {
    let partitions = field(about, "partitions").as_u64().and_then(|count| usize::try_from(count).ok());
    let partitions = partitions.filter(|count| *count <= 10_000);
    Ok(TopicSpec {
        id: uuid(&text(about, "id")?).ok_or_else(|| format!("not modelled: the id of {name}: {about}"))?,
        name: TopicName::from(name),
        partitions: partitions.ok_or_else(|| format!("not modelled: the partitions of {name}: {about}"))?,
    })
}

/// `Uuid.fromString`: sixteen bytes in base64 for URLs, without padding.
fn uuid(text: &str) -> Option<TopicId> {
    const DIGITS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let digit =
        |byte: u8| DIGITS.iter().position(|digit| *digit == byte).and_then(|d| u128::try_from(d).ok());
    let digits: Vec<u128> = text.bytes().map(digit).collect::<Option<_>>()?;
    // 22 digits of 6 bits are 132; the last digit holds only two bits of the number.
    let (last, front) = digits.split_last().filter(|(_, front)| front.len() == 21)?;
    let bits = front.iter().fold(0_u128, |bits, digit| (bits << 6) | digit);
    Some(TopicId::from_bytes(((bits << 2) | (last >> 4)).to_be_bytes()))
}

fn member(value: &Value) -> Result<MemberSpec, String> {
    Ok(MemberSpec {
        member: text(value, "id")?.into(),
        instance: field(value, "instance_id").as_str().map(Into::into),
        topics: texts(value, "topics")?.into_iter().map(TopicName::from).collect(),
        assigned: partitions(field(value, "current"))?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_sixteen_bytes_in_base64() {
        let id = uuid("AAAAAAAAAAEAAAAAAAAAAg").unwrap();
        assert_eq!(id, TopicId { most: 1, least: 2 });
        assert_eq!(uuid("_____________________w").unwrap(), TopicId { most: -1, least: -1 });
        assert!(uuid("AAAA").is_none() && uuid("AAAAAAAAAAEAAAAAAAAAA=").is_none());
    }
}
