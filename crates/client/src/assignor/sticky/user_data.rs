//! What the sticky assignors tell the leader in `Subscription.userData`, since they have no other field for it:
//! the partitions of the last assignment with its generation (sticky), or the generation alone (cooperative-sticky).

use crate::assignor::java_order::hash_order_by;
use millrace_model::{Bytes, Generation, TopicName, TopicPartition};

/// What a member says of itself (`AbstractStickyAssignor.MemberData`).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::assignor) struct MemberData {
    pub partitions: Vec<TopicPartition>,
    /// `None` if it does not say.
    pub generation: Option<Generation>,
}

/// `STICKY_ASSIGNOR_USER_DATA_V1`: topics with their partitions, then the generation; all numbers big-endian.
pub(in crate::assignor) fn write_sticky(partitions: &[TopicPartition], generation: Generation) -> Bytes {
    let mut topics: Vec<(&TopicName, Vec<i32>)> = Vec::new();
    for tp in partitions {
        match topics.iter_mut().find(|(topic, _)| *topic == &tp.topic) {
            Some((_, numbers)) => numbers.push(tp.partition.0),
            None => topics.push((&tp.topic, vec![tp.partition.0])),
        }
    }
    hash_order_by(&mut topics, |(topic, _)| topic.as_str());
    let mut bytes = Vec::new();
    bytes.extend(length(topics.len()).to_be_bytes());
    for (topic, numbers) in topics {
        // Topic names have at most 249 characters.
        bytes.extend(u16::try_from(topic.as_str().len()).unwrap_or(u16::MAX).to_be_bytes());
        bytes.extend(topic.as_str().as_bytes());
        bytes.extend(length(numbers.len()).to_be_bytes());
        bytes.extend(numbers.iter().flat_map(|number| number.to_be_bytes()));
    }
    bytes.extend(generation.0.to_be_bytes());
    bytes.into()
}

fn length(items: usize) -> i32 {
    i32::try_from(items).unwrap_or(i32::MAX)
}

/// `COOPERATIVE_STICKY_ASSIGNOR_USER_DATA_V0`.
pub(in crate::assignor) fn write_cooperative(generation: Generation) -> Bytes {
    generation.0.to_be_bytes().to_vec().into()
}

/// Reads [`write_sticky`], with or without the generation (version 0 had none). No data is no claim; data that
/// cannot be read is none either, in generation -1.
pub(in crate::assignor) fn read_sticky(data: Option<&Bytes>) -> MemberData {
    let Some(data) = data.filter(|data| !data.is_empty()) else { return MemberData::default() };
    let mut rest = &data[..];
    match read_topics(&mut rest) {
        Some(partitions) => MemberData { partitions, generation: read_i32(&mut rest).map(Generation) },
        None => MemberData { partitions: Vec::new(), generation: Some(Generation::NONE) },
    }
}

/// Reads [`write_cooperative`].
pub(in crate::assignor) fn read_cooperative(data: Option<&Bytes>) -> Option<Generation> {
    data.map(|data| read_i32(&mut &data[..]).map_or(Generation::NONE, Generation))
}

fn read_topics(rest: &mut &[u8]) -> Option<Vec<TopicPartition>> {
    let mut partitions = Vec::new();
    for _ in 0..count(read_i32(rest)?, rest)? {
        let (length, tail) = rest.split_first_chunk::<2>()?;
        let (name, tail) = tail.split_at_checked(usize::try_from(i16::from_be_bytes(*length)).ok()?)?;
        *rest = tail;
        let topic = TopicName::from(&*String::from_utf8_lossy(name));
        for _ in 0..count(read_i32(rest)?, rest)? {
            partitions.push(TopicPartition::new(topic.clone(), read_i32(rest)?));
        }
    }
    Some(partitions)
}

/// An array's length, which cannot be more than the bytes that follow.
fn count(length: i32, rest: &[u8]) -> Option<usize> {
    usize::try_from(length).ok().filter(|length| *length <= rest.len())
}

fn read_i32(rest: &mut &[u8]) -> Option<i32> {
    let (number, tail) = rest.split_first_chunk::<4>()?;
    *rest = tail;
    Some(i32::from_be_bytes(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claims() -> Vec<TopicPartition> {
        [("b", 2), ("a", 0), ("b", 1)].map(|(topic, number)| TopicPartition::new(topic, number)).to_vec()
    }

    #[test]
    fn the_last_assignment_travels_in_kafkas_bytes() {
        let written = write_sticky(&claims(), Generation(5));
        let expected: &[u8] = &[
            0, 0, 0, 2, // two topics
            0, 1, b'a', 0, 0, 0, 1, 0, 0, 0, 0, // a: 0
            0, 1, b'b', 0, 0, 0, 2, 0, 0, 0, 2, 0, 0, 0, 1, // b: 2, 1
            0, 0, 0, 5, // generation
        ];
        assert_eq!(&*written, expected);
        let read = read_sticky(Some(&written));
        assert_eq!(read.generation, Some(Generation(5)));
        assert_eq!(format!("{:?}", read.partitions), "[a-0, b-2, b-1]");
    }

    #[test]
    fn version_0_has_no_generation_and_what_is_cut_off_claims_nothing() {
        let written = write_sticky(&claims(), Generation(5));
        let without = written.len() - 4;
        for length in 1..written.len() {
            let read = read_sticky(Some(&written[..length].into()));
            let (partitions, generation) = match length < without {
                true => (0, Some(Generation::NONE)),
                false => (3, None),
            };
            assert_eq!((read.partitions.len(), read.generation), (partitions, generation), "{length} bytes");
        }
        assert_eq!(read_sticky(None), MemberData::default());
        assert_eq!(read_sticky(Some(&Bytes::from([]))), MemberData::default());
        let absurd = Bytes::from([0x7f, 0xff, 0xff, 0xff, 0, 0]);
        assert_eq!(read_sticky(Some(&absurd)).generation, Some(Generation::NONE));
    }

    #[test]
    fn cooperative_members_tell_their_generation_only() {
        let written = write_cooperative(Generation(7));
        assert_eq!(&*written, [0, 0, 0, 7]);
        assert_eq!(read_cooperative(Some(&written)), Some(Generation(7)));
        assert_eq!(read_cooperative(Some(&Bytes::from([1]))), Some(Generation::NONE));
        assert_eq!(read_cooperative(None), None);
    }
}
