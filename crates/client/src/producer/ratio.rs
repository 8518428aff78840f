//! How well a topic's batches have packed so far (`CompressionRatioEstimator`).
//!
//! While a batch is open nobody knows what its records will come to: a codec sees them only when it is closed. So its size is
//! estimated, with the ratio that batches of the topic have had. Kafka keeps the estimates in the process and as floats, here each
//! producer has its own, in millionths.

use millrace_model::record::RECORD_BATCH_OVERHEAD;
use millrace_model::{CompressionType, Map, TopicName};
use std::hash::{Hash, Hasher};

/// What every estimate begins with (`CompressionType.rate`): nothing is saved.
const INITIAL: u32 = 1_000_000;
/// `COMPRESSION_RATIO_IMPROVING_STEP`: by so much an estimate gets better at most.
const IMPROVING_STEP: u32 = 5_000;
/// `COMPRESSION_RATIO_DETERIORATE_STEP`: by so much it gets worse at least.
const DETERIORATE_STEP: u32 = 50_000;
/// `COMPRESSION_RATE_ESTIMATION_FACTOR`: a little more than estimated, in percent.
const FACTOR: u64 = 105;

/// The bytes that its records take of those that they are, in millionths; none without a codec.
pub(super) type Ratio = Option<u32>;

/// Estimates by topic. Where nothing was packed yet they leave no trace in a hash.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Ratios(Map<TopicName, u32>);

impl Hash for Ratios {
    fn hash<H: Hasher>(&self, state: &mut H) {
        if !self.0.is_empty() {
            self.0.hash(state);
        }
    }
}

impl Ratios {
    /// The estimate for a batch that is opened now.
    pub(super) fn of(&self, topic: &TopicName, codec: CompressionType) -> Ratio {
        (codec != CompressionType::None).then(|| self.0.get(topic).copied().unwrap_or(INITIAL))
    }

    /// A batch was packed.
    pub(super) fn observe(&mut self, topic: &TopicName, unpacked: usize, packed: usize) {
        let (observed, before) = (ratio(unpacked, packed), self.0.get(topic).copied().unwrap_or(INITIAL));
        let after = match observed {
            worse if worse > before => worse.max(before.saturating_add(DETERIORATE_STEP)),
            better => better.max(before.saturating_sub(IMPROVING_STEP)),
        };
        self.0.insert(topic.clone(), after);
    }

    /// A batch was too large for the broker: from now on nothing is taken to be smaller than it is
    /// (`RecordAccumulator.splitAndReenqueue`).
    pub(super) fn reset(&mut self, topic: &TopicName, unpacked: usize, packed: usize) {
        self.0.insert(topic.clone(), after_split(unpacked, packed));
    }
}

/// What the parts of a batch are estimated with that was too large.
pub(super) fn after_split(unpacked: usize, packed: usize) -> u32 {
    ratio(unpacked, packed).max(INITIAL)
}

/// Of a batch's sizes, whose header is never packed.
fn ratio(unpacked: usize, packed: usize) -> u32 {
    let records = |size: usize| size.saturating_sub(RECORD_BATCH_OVERHEAD) as u64;
    let millionths = records(packed).saturating_mul(1_000_000) / records(unpacked).max(1);
    u32::try_from(millionths).unwrap_or(u32::MAX)
}

/// What a batch of `bytes` before packing will come to (`MemoryRecordsBuilder.estimatedBytesWritten`).
pub(super) fn estimated(bytes: usize, ratio: Ratio) -> usize {
    let Some(ratio) = ratio else { return bytes };
    let records = bytes.saturating_sub(RECORD_BATCH_OVERHEAD) as u64;
    let packed = records.saturating_mul(u64::from(ratio)).saturating_mul(FACTOR) / 100_000_000;
    bytes.min(RECORD_BATCH_OVERHEAD) + usize::try_from(packed).unwrap_or(usize::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_estimate_gets_better_slowly_and_worse_at_once() {
        let topic = TopicName::from("orders");
        let mut ratios = Ratios::default();
        let now = |ratios: &Ratios| ratios.of(&topic, CompressionType::Gzip).unwrap();
        assert_eq!(ratios.of(&topic, CompressionType::None), None);
        assert_eq!(now(&ratios), 1_000_000);
        // 300 of 1,000 bytes.
        ratios.observe(&topic, 1_061, 361);
        assert_eq!(now(&ratios), 995_000);
        for _ in 0..200 {
            ratios.observe(&topic, 1_061, 361);
        }
        assert_eq!(now(&ratios), 300_000);
        // A little worse counts as a whole step, much worse as what it is.
        ratios.observe(&topic, 1_061, 362);
        assert_eq!(now(&ratios), 350_000);
        ratios.observe(&topic, 1_061, 861);
        assert_eq!(now(&ratios), 800_000);
        ratios.reset(&topic, 1_061, 361);
        assert_eq!(now(&ratios), 1_000_000);
    }

    #[test]
    fn what_is_estimated_is_five_percent_more() {
        assert_eq!(estimated(1_061, None), 1_061);
        assert_eq!(estimated(1_061, Some(1_000_000)), 61 + 1_050);
        assert_eq!(estimated(1_061, Some(300_000)), 61 + 315);
        assert_eq!(estimated(0, Some(300_000)), 0);
    }
}
