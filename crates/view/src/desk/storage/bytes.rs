//! A batch of a partition, byte for byte as Kafka's record format v2 has it: every field with its name, value and meaning, the
//! checksum computed anew, one byte that the reader has changed, and what the codecs make of the same records.

use super::choice::{chosen, partitions};
use super::fields::{self, FieldView};
use crate::words;
use millrace_broker::PartitionLog;
use millrace_model::{Offset, StoredBatch, TopicPartition};
pub use millrace_records::CompressionType as Codec;
use millrace_records::layout::{ATTRIBUTES_OFFSET, CRC_OFFSET, RECORD_BATCH_OVERHEAD};
use millrace_records::{Batches, Compression, CompressionType, Scratch, crc32c};
use millrace_sim::Timeline;
use millrace_words::storage as say;

/// Batches that can be chosen, the newest.
const CHOICES: usize = 40;
/// Bytes that are shown.
const SHOWN: usize = 768;
/// Records whose fields are named.
const RECORDS: usize = 24;

/// What is wanted to be seen.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Wish {
    /// Of which partition; none: the first that holds something.
    pub partition: Option<TopicPartition>,
    /// The batch with this base offset; none: the newest.
    pub batch: Option<Offset>,
    /// Packed by this codec; none: as it lies in the log.
    pub codec: Option<CompressionType>,
    /// One byte is another.
    pub edit: Option<Edit>,
}

/// A byte that the reader has changed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Edit {
    /// Which, from the batch's first.
    pub at: usize,
    /// What it is now.
    pub byte: u8,
}

/// A batch that can be chosen.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchChoice {
    /// Its base offset.
    pub base_offset: Offset,
    /// Its offsets, records and size.
    pub label: String,
}

/// The checksum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Crc {
    /// What is written there.
    pub stored: u32,
    /// What comes of the bytes.
    pub computed: u32,
    /// Both in words.
    pub says: String,
}

impl Crc {
    /// Whether they agree.
    pub fn agrees(&self) -> bool {
        self.stored == self.computed
    }
}

/// What a codec makes of the batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Packed {
    /// Which.
    pub codec: CompressionType,
    /// The batch's size in bytes.
    pub size: usize,
    /// Its share of what it is without a codec, in thousandths.
    pub share: u32,
    /// How many times smaller its records are: `2.4×`.
    pub ratio: String,
}

/// See the module.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BatchBytes {
    /// Every partition that can be looked at.
    pub partitions: Vec<TopicPartition>,
    /// This one.
    pub partition: TopicPartition,
    /// Its newest batches, the newest first.
    pub batches: Vec<BatchChoice>,
    /// This one.
    pub base_offset: Offset,
    /// The codec that it is shown packed by.
    pub codec: CompressionType,
    /// Its bytes, up to a limit.
    pub bytes: Vec<u8>,
    /// How many there are.
    pub size: usize,
    /// The byte that was changed, if it lies within.
    pub edited: Option<usize>,
    /// The fields of these bytes, without a gap.
    pub fields: Vec<FieldView>,
    /// The checksum.
    pub crc: Crc,
    /// What Kafka says of these bytes, if anything is wrong: exception and message.
    pub problem: Option<String>,
    /// Every codec.
    pub packed: Vec<Packed>,
    /// Whose batch it is, and what it is.
    pub detail: String,
}

/// A batch of the world; none while no partition holds anything.
pub fn bytes(timeline: &Timeline, wish: &Wish) -> Option<BatchBytes> {
    let world = timeline.world();
    let all = partitions(world);
    let (partition, log) = chosen(world, &all, wish.partition.as_ref())?;
    let newest = newest(log);
    let is_wanted = |stored: &&&StoredBatch| Some(stored.base_offset) == wish.batch;
    let stored = newest.iter().find(is_wanted).or_else(|| newest.first())?;
    let mut scratch = Scratch::default();
    let codec = wish.codec.unwrap_or(stored.batch.compression);
    let as_is = millrace_encode::bytes(stored, Compression::of(codec), &mut scratch).ok()?;
    let plain = millrace_encode::bytes(stored, Compression::NONE, &mut scratch).ok()?;
    let packed =
        CompressionType::ALL.into_iter().filter_map(|codec| packed(stored, codec, plain.len(), &mut scratch));
    let packed = packed.collect();
    let mut changed = as_is.clone();
    let edit = wish.edit.filter(|edit| edit.at < changed.len());
    if let Some(place) = edit.and_then(|edit| changed.get_mut(edit.at)) {
        *place = edit.map_or(*place, |edit| edit.byte);
    }
    let problem = problem(&changed);
    // Bytes that are no batch any more keep the names of what they were.
    let fields = named(&changed).or_else(|| named(&as_is))?;
    let fields = fields.iter().map(|field| fields::field(&changed, field)).collect();
    let (size, detail) = (changed.len(), detail(stored));
    let crc = crc(&changed);
    changed.truncate(SHOWN);
    Some(BatchBytes {
        partition,
        partitions: all,
        batches: newest.iter().map(|stored| choice(stored)).collect(),
        base_offset: stored.base_offset,
        codec,
        size,
        edited: edit.map(|edit| edit.at),
        bytes: changed,
        fields,
        crc,
        problem,
        packed,
        detail,
    })
}

/// The newest first; what compaction has emptied has no bytes of its own.
fn newest(log: &PartitionLog) -> Vec<&StoredBatch> {
    let segments = log.segments().iter().rev();
    let batches = segments.flat_map(|segment| segment.batches().rev()).map(|logged| &logged.stored);
    let start = log.log_start_offset();
    let there = batches.filter(|stored| !stored.batch.is_empty() && stored.next_offset() > start);
    there.take(CHOICES).collect()
}

fn choice(stored: &StoredBatch) -> BatchChoice {
    let (first, last) = (stored.base_offset, stored.last_offset());
    let size = words::many(stored.batch.size_in_bytes, "byte");
    let what = match stored.batch.marker() {
        Some(marker) if marker.committed => "COMMIT".to_owned(),
        Some(_) => "ABORT".to_owned(),
        None => words::many(stored.batch.len(), "record"),
    };
    let offsets = if first == last { format!("@{first}") } else { format!("@{first}–{last}") };
    BatchChoice { base_offset: first, label: [&*offsets, " · ", &what, " · ", &size].concat() }
}

fn detail(stored: &StoredBatch) -> String {
    let Some(producer) = stored.batch.producer.as_deref() else { return say::of_no_producer().to_owned() };
    let mut detail = say::of_producer(&producer.id, &producer.epoch);
    if producer.is_transactional {
        detail = [&*detail, " · ", say::transactional()].concat();
    }
    if producer.marker.is_some() {
        detail = [&*detail, " · ", say::control_batch()].concat();
    }
    detail
}

fn named(bytes: &[u8]) -> Option<Vec<millrace_records::Field>> {
    let batch = Batches::new(bytes).next()?.ok()?;
    (batch.magic() == 2).then(|| millrace_records::fields(&batch, RECORDS))
}

fn crc(bytes: &[u8]) -> Crc {
    let stored = bytes.get(CRC_OFFSET..).and_then(|rest| rest.first_chunk()).copied().unwrap_or_default();
    let stored = u32::from_be_bytes(stored);
    let computed = crc32c(bytes.get(ATTRIBUTES_OFFSET..).unwrap_or_default());
    let hex = |crc: u32| format!("{crc:08x}");
    let says = match stored == computed {
        true => say::crc_agrees(&hex(stored)),
        false => say::crc_differs(&hex(stored), &hex(computed)),
    };
    Crc { stored, computed, says }
}

/// What reading these bytes comes to, as a broker reads them.
fn problem(bytes: &[u8]) -> Option<String> {
    let said = |error: millrace_records::RecordError| format!("{}: {error}", error.exception().name());
    let batch = match Batches::new(bytes).next() {
        Some(Ok(batch)) => batch,
        Some(Err(error)) => return Some(said(error)),
        None => return Some(say::cut_off().to_owned()),
    };
    if let Err(error) = batch.ensure_valid() {
        return Some(said(error));
    }
    let mut scratch = Scratch::default();
    let records = batch.records(&mut scratch);
    let found = match records {
        Ok(mut records) => records.find_map(Result::err),
        Err(error) => Some(error),
    };
    found.map(said)
}

fn packed(
    stored: &StoredBatch,
    codec: CompressionType,
    plain: usize,
    scratch: &mut Scratch,
) -> Option<Packed> {
    if !codec.is_available() {
        return None;
    }
    let size = millrace_encode::bytes(stored, Compression::of(codec), scratch).ok()?.len();
    let share = size.saturating_mul(1_000).checked_div(plain.max(1)).unwrap_or(0);
    let [before, after] = [plain, size].map(|size| size.saturating_sub(RECORD_BATCH_OVERHEAD));
    let hundredths = before.saturating_mul(100).checked_div(after.max(1)).unwrap_or(0);
    let ratio = format!("{}.{:02}×", hundredths / 100, hundredths % 100);
    Some(Packed { codec, size, share: u32::try_from(share).unwrap_or(u32::MAX), ratio })
}
