//! Joins of tables by foreign key: subscription, lookup and answer, with two internal topics between
//! (`org.apache.kafka.streams.kstream.internals.foreignkeyjoin`).

use super::murmur3::hash128;
use super::pass::{Flowing, Pass};
use super::{DropReason, Failure, TaskEvent};
use crate::data::{Key, Serde, Value};
use crate::store::Store;
use crate::topology::evaluate::{Context, Scene};
use crate::topology::join::{ResponseJoin, SubscriptionSend};
use crate::topology::{NodeId, StoreId};
use millrace_expr::EvalError;
use millrace_model::{Bytes, Map};

/// `SubscriptionWrapper.Instruction`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Instruction {
    DeleteAndSayNothing = 0,
    DeleteAndAnswer = 1,
    AnswerAlways = 2,
    AnswerIfFound = 3,
}

/// `SubscriptionWrapper`: who asks, for which value, and what is to be done.
struct Subscription {
    hash: Option<[u64; 2]>,
    instruction: Instruction,
    key: Bytes,
    partition: i32,
}

impl Pass<'_> {
    /// A change of the left table (`SubscriptionSendProcessorSupplier`).
    pub(super) fn subscribe(
        &mut self,
        node: NodeId,
        send: &SubscriptionSend,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(key) = &record.key else { return Ok(()) };
        if self.is_outdated(node) {
            self.drop(node, record.timestamp, context, DropReason::OutdatedChange);
            return Ok(());
        }
        let foreign = |value: Option<&Value>| match value {
            None => Ok(None),
            value => send.foreign_key.map(&Scene { key: None, value, timestamp: record.timestamp, context }),
        };
        let (old, new) = (foreign(record.old.as_ref())?, foreign(record.new.as_ref())?);
        let hash = record.new.as_ref().map(|value| hash128(&value.to_bytes()));
        let mut sends: Vec<(Option<Key>, Instruction)> = Vec::new();
        let mut missing = false;
        use Instruction::{AnswerAlways, AnswerIfFound, DeleteAndAnswer, DeleteAndSayNothing};
        match (record.old.is_some(), record.new.is_some(), send.left) {
            (true, _, true) => {
                if old.is_some() && old != new {
                    sends.push((old, DeleteAndAnswer));
                }
                sends.push((new, AnswerAlways));
            }
            (false, true, true) => sends.push((new, AnswerAlways)),
            (false, false, _) => {}
            (true, _, false) if old.is_none() => missing = true,
            (true, true, false) => match new {
                None => missing = true,
                Some(new) => {
                    if old.as_ref() != Some(&new) {
                        sends.push((old, DeleteAndSayNothing));
                    }
                    sends.push((Some(new), AnswerAlways));
                }
            },
            (true, false, false) => sends.push((old, DeleteAndAnswer)),
            (false, true, false) => match new {
                None => missing = true,
                Some(new) => sends.push((Some(new), AnswerIfFound)),
            },
        }
        if missing {
            self.drop(node, record.timestamp, context, DropReason::NullForeignKey);
        }
        for (foreign, instruction) in sends {
            let partition = context.partition.0;
            let subscription = Subscription { hash, instruction, key: key.to_bytes(), partition };
            let new = Some(Value::Bytes(subscription.to_bytes()));
            let timestamp = record.timestamp;
            self.forward(node, Flowing { key: foreign, new, old: None, timestamp }, context);
        }
        Ok(())
    }

    /// A subscription arrives where the right table is (`SubscriptionReceiveProcessorSupplier`).
    pub(super) fn receive_subscription(
        &mut self,
        node: NodeId,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) {
        let Some(subscription) = record.new.as_ref().and_then(Subscription::read) else {
            return self.fail(node, Failure::Internal);
        };
        match &record.key {
            None if subscription.instruction != Instruction::AnswerAlways => {
                return self.drop(node, record.timestamp, context, DropReason::NullForeignKey);
            }
            None => {}
            Some(foreign) => {
                let key = Key::Plain([&*prefix(foreign), &subscription.key].concat().into());
                let old = self.stored_row(store, &key).map(|(value, _)| value);
                let stays = matches!(
                    subscription.instruction,
                    Instruction::AnswerAlways | Instruction::AnswerIfFound
                );
                let new = record.new.clone().filter(|_| stays);
                self.put(node, store, key, (old, new), record.timestamp, context);
            }
        }
        self.forward(node, record, context);
    }

    /// A subscription looks into the right table (`SubscriptionJoinProcessorSupplier`).
    pub(super) fn answer_subscription(
        &mut self,
        node: NodeId,
        table: NodeId,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let Some(subscription) = record.new.as_ref().and_then(Subscription::read) else {
            self.fail(node, Failure::Internal);
            return Ok(());
        };
        let row = match &record.key {
            None => None,
            Some(foreign) => self.look_up(table, foreign, context)?,
        };
        let timestamp = row.as_ref().map_or(record.timestamp, |(_, t)| record.timestamp.max(*t));
        let row = row.map(|(value, _)| value);
        let answer = match subscription.instruction {
            Instruction::DeleteAndAnswer => None,
            Instruction::AnswerAlways => row,
            Instruction::AnswerIfFound if row.is_some() => row,
            Instruction::AnswerIfFound | Instruction::DeleteAndSayNothing => return Ok(()),
        };
        let new = Some(Value::Bytes(response_bytes(subscription.hash, answer.as_ref())));
        let key = Some(Key::Plain(subscription.key));
        self.forward(node, Flowing { key, new, old: None, timestamp }, context);
        Ok(())
    }

    /// A change of the right table finds its subscribers (`ForeignTableJoinProcessorSupplier`).
    pub(super) fn answer_subscribers(
        &mut self,
        node: NodeId,
        store: StoreId,
        record: Flowing,
        context: &Context,
    ) {
        let Some(foreign) = &record.key else {
            return self.drop(node, record.timestamp, context, DropReason::NullKey);
        };
        if self.is_outdated(node) {
            return self.drop(node, record.timestamp, context, DropReason::OutdatedChange);
        }
        for stored in self.subscribers(store, &prefix(foreign)) {
            let Some(subscription) = Subscription::read(&stored) else { continue };
            let new = Some(Value::Bytes(response_bytes(subscription.hash, record.new.as_ref())));
            let (key, timestamp) = (Some(Key::Plain(subscription.key)), record.timestamp);
            self.forward(node, Flowing { key, new, old: None, timestamp }, context);
        }
    }

    /// The subscriptions whose key begins so, this record's events included.
    fn subscribers(&self, store: StoreId, prefix: &Bytes) -> Vec<Value> {
        let mut found: Map<Key, Option<Value>> = Map::new();
        if let Some(Store::KeyValue(table)) = self.task.store(store) {
            let first = Key::Plain(prefix.clone());
            let same = table.from(&first).take_while(|(key, _)| key.inner().starts_with(prefix));
            found.extend(same.map(|(key, cell)| (key.clone(), Some(cell.value.clone()))));
        }
        for event in self.events() {
            if let TaskEvent::TableUpdated { store: at, key, new, .. } = event
                && *at == store
                && key.inner().starts_with(prefix)
            {
                found.insert(key.clone(), new.clone());
            }
        }
        found.into_iter().filter_map(|(_, value)| value).collect()
    }

    /// An answer meets the left record (`ResponseJoinProcessorSupplier`).
    pub(super) fn resolve_response(
        &mut self,
        node: NodeId,
        join: &ResponseJoin,
        record: Flowing,
        context: &Context,
    ) -> Result<(), EvalError> {
        let answer = record.new.as_ref().and_then(|value| read_response(value, join.serde));
        let (Some(key), Some((hash, right))) = (&record.key, answer) else {
            self.fail(node, Failure::Internal);
            return Ok(());
        };
        let left = self.look_up(join.table, key, context)?.map(|(value, _)| value);
        if hash != left.as_ref().map(|value| hash128(&value.to_bytes())) {
            self.drop(node, record.timestamp, context, DropReason::StaleResponse);
            return Ok(());
        }
        let nothing = right.is_none() && (!join.left || left.is_none());
        let new = match nothing {
            true => None,
            false => join.joiner.join(Some(key), left.as_ref(), right.as_ref()),
        };
        self.forward(node, Flowing { new, old: None, ..record }, context);
        Ok(())
    }
}

/// `CombinedKeySchema.prefixBytes`: the foreign key's length and the foreign key.
fn prefix(foreign: &Key) -> Bytes {
    let bytes = foreign.to_bytes();
    let length = i32::try_from(bytes.len()).unwrap_or(i32::MAX).to_be_bytes();
    [&length[..], &bytes].concat().into()
}

fn hash_bytes(hash: [u64; 2]) -> [u8; 16] {
    ((u128::from(hash[0]) << 64) | u128::from(hash[1])).to_be_bytes()
}

fn read_hash(bytes: [u8; 16]) -> [u64; 2] {
    let both = u128::from_be_bytes(bytes);
    let half = |n: u128| u64::try_from(n & u128::from(u64::MAX)).unwrap_or(0);
    [half(both >> 64), half(both)]
}

impl Subscription {
    /// Version 1 of `SubscriptionWrapperSerde`: version and whether there is a hash, instruction, hash, key, partition.
    fn to_bytes(&self) -> Bytes {
        let instruction = match self.instruction {
            Instruction::DeleteAndSayNothing => 0,
            Instruction::DeleteAndAnswer => 1,
            Instruction::AnswerAlways => 2,
            Instruction::AnswerIfFound => 3,
        };
        let mut bytes = vec![if self.hash.is_some() { 1 } else { 0x81 }, instruction];
        bytes.extend(self.hash.iter().flat_map(|hash| hash_bytes(*hash)));
        bytes.extend_from_slice(&self.key);
        bytes.extend(self.partition.to_be_bytes());
        bytes.into()
    }

    fn read(value: &Value) -> Option<Subscription> {
        let bytes = value.to_bytes();
        let ([version, instruction], rest) = bytes.split_first_chunk::<2>()?;
        let (hash, rest) = match version & 0x80 {
            0 => {
                let (hash, rest) = rest.split_first_chunk::<16>()?;
                (Some(read_hash(*hash)), rest)
            }
            _ => (None, rest),
        };
        let (key, partition) = rest.split_last_chunk::<4>()?;
        let instruction = match instruction {
            0 => Instruction::DeleteAndSayNothing,
            1 => Instruction::DeleteAndAnswer,
            2 => Instruction::AnswerAlways,
            3 => Instruction::AnswerIfFound,
            _ => return None,
        };
        Some(Subscription { hash, instruction, key: key.into(), partition: i32::from_be_bytes(*partition) })
    }
}

/// `SubscriptionResponseWrapperSerde`: version and whether there is a hash, hash, the right value.
fn response_bytes(hash: Option<[u64; 2]>, right: Option<&Value>) -> Bytes {
    let mut bytes = vec![if hash.is_some() { 0 } else { 0x80 }];
    bytes.extend(hash.iter().flat_map(|hash| hash_bytes(*hash)));
    bytes.extend(right.iter().flat_map(|value| value.to_bytes().to_vec()));
    bytes.into()
}

/// The inverse. A right value without bytes is null: Kafka cannot tell them apart either.
fn read_response(value: &Value, serde: Serde) -> Option<(Option<[u64; 2]>, Option<Value>)> {
    let bytes = value.to_bytes();
    let (version, rest) = bytes.split_first()?;
    let (hash, rest) = match version & 0x80 {
        0 => {
            let (hash, rest) = rest.split_first_chunk::<16>()?;
            (Some(read_hash(*hash)), rest)
        }
        _ => (None, rest),
    };
    if rest.is_empty() {
        return Some((hash, None));
    }
    Some((hash, Some(serde.read(&rest.into())?)))
}
