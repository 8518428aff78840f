//! Control batches: a transaction's end, and what the controllers' quorum writes to itself (`ControlRecordType`,
//! `ControlRecordUtils`, `EndTransactionMarker`).

use crate::compression::{Scratch, take};
use crate::layout::{NO_PARTITION_LEADER_EPOCH, NO_PRODUCER_ID};
use crate::varint::{read_unsigned_varint, write_unsigned_varint};
use crate::{BatchBuilder, BatchOptions, RecordError};

/// What a control record says, by its key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ControlRecordType {
    /// The transaction is aborted.
    Abort,
    /// The transaction is committed.
    Commit,
    /// The quorum has a new leader.
    LeaderChange,
    /// A snapshot begins.
    SnapshotHeader,
    /// A snapshot ends.
    SnapshotFooter,
    /// The version of the quorum's protocol.
    KraftVersion,
    /// Who may vote in the quorum (KIP-853).
    KraftVoters,
    /// A number that this version does not know: to be ignored.
    Unknown(i16),
}

impl ControlRecordType {
    /// Its number.
    #[must_use]
    pub const fn id(self) -> i16 {
        match self {
            Self::Abort => 0,
            Self::Commit => 1,
            Self::LeaderChange => 2,
            Self::SnapshotHeader => 3,
            Self::SnapshotFooter => 4,
            Self::KraftVersion => 5,
            Self::KraftVoters => 6,
            Self::Unknown(id) => id,
        }
    }

    /// Kafka's name.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Abort => "ABORT",
            Self::Commit => "COMMIT",
            Self::LeaderChange => "LEADER_CHANGE",
            Self::SnapshotHeader => "SNAPSHOT_HEADER",
            Self::SnapshotFooter => "SNAPSHOT_FOOTER",
            Self::KraftVersion => "KRAFT_VERSION",
            Self::KraftVoters => "KRAFT_VOTERS",
            Self::Unknown(_) => "UNKNOWN",
        }
    }

    /// The type with a number.
    #[must_use]
    pub const fn for_id(id: i16) -> Self {
        match id {
            0 => Self::Abort,
            1 => Self::Commit,
            2 => Self::LeaderChange,
            3 => Self::SnapshotHeader,
            4 => Self::SnapshotFooter,
            5 => Self::KraftVersion,
            6 => Self::KraftVoters,
            id => Self::Unknown(id),
        }
    }

    /// The record's key: version 0, then the number.
    #[must_use]
    pub const fn key(self) -> [u8; 4] {
        let [high, low] = self.id().to_be_bytes();
        [0, 0, high, low]
    }

    /// Reads the key of a control record.
    ///
    /// # Errors
    /// If it is shorter than four bytes or its version is negative.
    pub fn parse(key: &[u8]) -> Result<Self, RecordError> {
        let Some([high, low, id @ ..]) = key.first_chunk::<4>().copied() else {
            return Err(RecordError::ShortControlKey { size: key.len() });
        };
        let version = i16::from_be_bytes([high, low]);
        if version < 0 {
            return Err(RecordError::ControlVersion { version });
        }
        Ok(Self::for_id(i16::from_be_bytes(id)))
    }
}

/// How a transaction ends in a partition.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EndTransactionMarker {
    /// Committed, or aborted.
    pub committed: bool,
    /// The epoch of the coordinator that says so: an older one is fenced.
    pub coordinator_epoch: i32,
}

impl EndTransactionMarker {
    /// Commit or Abort.
    #[must_use]
    pub const fn control_type(&self) -> ControlRecordType {
        if self.committed { ControlRecordType::Commit } else { ControlRecordType::Abort }
    }

    /// The record's value: version 0, then the epoch.
    #[must_use]
    pub const fn value(&self) -> [u8; 6] {
        let [a, b, c, d] = self.coordinator_epoch.to_be_bytes();
        [0, 0, a, b, c, d]
    }

    /// Reads a marker.
    ///
    /// # Errors
    /// If the record is none.
    pub fn parse(key: &[u8], value: &[u8]) -> Result<Self, RecordError> {
        let committed = match ControlRecordType::parse(key)? {
            ControlRecordType::Commit => true,
            ControlRecordType::Abort => false,
            _ => return Err(RecordError::NotAMarker),
        };
        let Some([high, low, epoch @ ..]) = value.first_chunk::<6>().copied() else {
            return Err(RecordError::ShortMarker { size: value.len() });
        };
        let version = i16::from_be_bytes([high, low]);
        if version < 0 {
            return Err(RecordError::MarkerVersion { version });
        }
        Ok(Self { committed, coordinator_epoch: i32::from_be_bytes(epoch) })
    }

    /// The batch that writes it into a partition.
    ///
    /// # Errors
    /// If the producer's id is -1, its epoch is, or the timestamp is negative.
    pub fn batch(
        &self,
        initial_offset: i64,
        timestamp: i64,
        partition_leader_epoch: i32,
        producer_id: i64,
        producer_epoch: i16,
    ) -> Result<Vec<u8>, RecordError> {
        if producer_id == NO_PRODUCER_ID {
            return Err(RecordError::MarkerWithoutProducer);
        }
        let options = BatchOptions {
            base_offset: initial_offset,
            producer_id,
            producer_epoch,
            is_transactional: true,
            is_control_batch: true,
            partition_leader_epoch,
            ..BatchOptions::default()
        };
        let mut builder = BatchBuilder::new(options, Vec::new())?;
        builder.append_control_record(timestamp, self.control_type(), &self.value())?;
        builder.build(&mut Scratch::default())
    }
}

/// What the quorum of controllers writes to itself. All messages are of version 0, which they say themselves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum QuorumRecord {
    /// `LeaderChangeMessage`.
    LeaderChange {
        /// The message's own version.
        version: i16,
        /// The new leader.
        leader_id: i32,
        /// Who votes in this epoch.
        voters: Vec<i32>,
        /// Who has voted for the leader.
        granting_voters: Vec<i32>,
    },
    /// `SnapshotHeaderRecord`.
    SnapshotHeader {
        /// The message's own version.
        version: i16,
        /// When the last record of the snapshot was appended to the log, in milliseconds.
        last_contained_log_timestamp: i64,
    },
    /// `SnapshotFooterRecord`.
    SnapshotFooter {
        /// The message's own version.
        version: i16,
    },
    /// `KRaftVersionRecord`.
    KraftVersion {
        /// The message's own version.
        version: i16,
        /// The version of the quorum's protocol.
        kraft_version: i16,
    },
    /// `VotersRecord`.
    KraftVoters {
        /// The message's own version.
        version: i16,
        /// Who may vote.
        voters: Vec<Voter>,
    },
}

/// A voter of a `VotersRecord`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Voter {
    /// Its id.
    pub id: i32,
    /// The id of its log directory.
    pub directory_id: [u8; 16],
    /// Where it listens: name, host and port.
    pub endpoints: Vec<(String, String, u16)>,
    /// The least and the largest version of the quorum's protocol that it speaks.
    pub kraft_versions: (i16, i16),
}

impl QuorumRecord {
    /// Which type of control record it is.
    #[must_use]
    pub const fn control_type(&self) -> ControlRecordType {
        match self {
            Self::LeaderChange { .. } => ControlRecordType::LeaderChange,
            Self::SnapshotHeader { .. } => ControlRecordType::SnapshotHeader,
            Self::SnapshotFooter { .. } => ControlRecordType::SnapshotFooter,
            Self::KraftVersion { .. } => ControlRecordType::KraftVersion,
            Self::KraftVoters { .. } => ControlRecordType::KraftVoters,
        }
    }

    /// The record's value: fields one behind the other, arrays behind their length plus one, no tagged fields.
    #[must_use]
    pub fn value(&self) -> Vec<u8> {
        let mut out = Vec::new();
        match self {
            Self::LeaderChange { version, leader_id, voters, granting_voters } => {
                out.extend_from_slice(&version.to_be_bytes());
                out.extend_from_slice(&leader_id.to_be_bytes());
                for ids in [voters, granting_voters] {
                    put_length(&mut out, ids.len());
                    for id in ids {
                        out.extend_from_slice(&id.to_be_bytes());
                        out.push(0);
                    }
                }
            }
            Self::SnapshotHeader { version, last_contained_log_timestamp } => {
                out.extend_from_slice(&version.to_be_bytes());
                out.extend_from_slice(&last_contained_log_timestamp.to_be_bytes());
            }
            Self::SnapshotFooter { version } => out.extend_from_slice(&version.to_be_bytes()),
            Self::KraftVersion { version, kraft_version } => {
                out.extend_from_slice(&version.to_be_bytes());
                out.extend_from_slice(&kraft_version.to_be_bytes());
            }
            Self::KraftVoters { version, voters } => {
                out.extend_from_slice(&version.to_be_bytes());
                put_length(&mut out, voters.len());
                for voter in voters {
                    voter.write(&mut out);
                }
            }
        }
        out.push(0);
        out
    }

    /// Reads such a record; nothing if it is of another type.
    ///
    /// # Errors
    /// If key or value end early.
    pub fn parse(key: &[u8], mut value: &[u8]) -> Result<Option<Self>, RecordError> {
        let control_type = ControlRecordType::parse(key)?;
        let value = &mut value;
        let parsed = match control_type {
            ControlRecordType::LeaderChange => parse_leader_change(value),
            ControlRecordType::SnapshotHeader => short(value).and_then(|version| {
                let last_contained_log_timestamp = take(value).map(i64::from_be_bytes)?;
                Some(Self::SnapshotHeader { version, last_contained_log_timestamp })
            }),
            ControlRecordType::SnapshotFooter => short(value).map(|version| Self::SnapshotFooter { version }),
            ControlRecordType::KraftVersion => short(value)
                .and_then(|version| Some(Self::KraftVersion { version, kraft_version: short(value)? })),
            ControlRecordType::KraftVoters => short(value)
                .and_then(|version| Some(Self::KraftVoters { version, voters: array(value, Voter::parse)? })),
            ControlRecordType::Abort | ControlRecordType::Commit | ControlRecordType::Unknown(_) => {
                return Ok(None);
            }
        };
        parsed.ok_or(RecordError::InvalidControlValue).map(Some)
    }

    /// The batch that writes it into the quorum's log.
    ///
    /// # Errors
    /// If the leader's epoch is -1 where it must be known, or the timestamp is negative.
    pub fn batch(
        &self,
        initial_offset: i64,
        timestamp: i64,
        leader_epoch: i32,
    ) -> Result<Vec<u8>, RecordError> {
        let is_change = self.control_type() == ControlRecordType::LeaderChange;
        if is_change && leader_epoch == NO_PARTITION_LEADER_EPOCH {
            return Err(RecordError::InvalidLeaderEpoch { epoch: leader_epoch });
        }
        let options = BatchOptions {
            base_offset: initial_offset,
            is_control_batch: true,
            partition_leader_epoch: leader_epoch,
            ..BatchOptions::default()
        };
        let mut builder = BatchBuilder::new(options, Vec::new())?;
        builder.append_control_record(timestamp, self.control_type(), &self.value())?;
        builder.build(&mut Scratch::default())
    }
}

impl Voter {
    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.id.to_be_bytes());
        out.extend_from_slice(&self.directory_id);
        put_length(out, self.endpoints.len());
        for (name, host, port) in &self.endpoints {
            for text in [name, host] {
                put_length(out, text.len());
                out.extend_from_slice(text.as_bytes());
            }
            out.extend_from_slice(&port.to_be_bytes());
            out.push(0);
        }
        let (least, most) = self.kraft_versions;
        out.extend_from_slice(&least.to_be_bytes());
        out.extend_from_slice(&most.to_be_bytes());
        // The tags of the versions, and of the voter.
        out.extend_from_slice(&[0, 0]);
    }

    fn parse(value: &mut &[u8]) -> Option<Self> {
        let id = take(value).map(i32::from_be_bytes)?;
        let directory_id = take(value)?;
        let endpoints = array(value, |value| {
            let endpoint = (text(value)?, text(value)?, take(value).map(u16::from_be_bytes)?);
            tags(value)?;
            Some(endpoint)
        })?;
        let kraft_versions = (short(value)?, short(value)?);
        tags(value)?;
        tags(value)?;
        Some(Self { id, directory_id, endpoints, kraft_versions })
    }
}

fn parse_leader_change(value: &mut &[u8]) -> Option<QuorumRecord> {
    let version = short(value)?;
    let leader_id = take(value).map(i32::from_be_bytes)?;
    let id = |value: &mut &[u8]| {
        let id = take(value).map(i32::from_be_bytes)?;
        tags(value)?;
        Some(id)
    };
    let voters = array(value, id)?;
    let granting_voters = array(value, id)?;
    Some(QuorumRecord::LeaderChange { version, leader_id, voters, granting_voters })
}

fn put_length(out: &mut Vec<u8>, length: usize) {
    write_unsigned_varint(u32::try_from(length).map_or(u32::MAX, |length| length.saturating_add(1)), out);
}

fn short(value: &mut &[u8]) -> Option<i16> {
    take(value).map(i16::from_be_bytes)
}

/// A length that no honest message exceeds by the bytes that it has left.
fn length(value: &mut &[u8]) -> Option<usize> {
    let length = read_unsigned_varint(value).ok()?.checked_sub(1)? as usize;
    (length <= value.len()).then_some(length)
}

fn array<T>(value: &mut &[u8], element: impl Fn(&mut &[u8]) -> Option<T>) -> Option<Vec<T>> {
    (0..length(value)?).map(|_| element(value)).collect()
}

fn text(value: &mut &[u8]) -> Option<String> {
    let length = length(value)?;
    let (text, rest) = value.split_at_checked(length)?;
    *value = rest;
    String::from_utf8(text.to_vec()).ok()
}

/// Skips tagged fields: number, then tag, size and bytes of each.
fn tags(value: &mut &[u8]) -> Option<()> {
    for _ in 0..read_unsigned_varint(value).ok()? {
        read_unsigned_varint(value).ok()?;
        let size = read_unsigned_varint(value).ok()? as usize;
        *value = value.get(size..)?;
    }
    Some(())
}
