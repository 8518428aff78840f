//! What becomes of a batch's size when it is closed (`ProducerBatch.close`): its codec has seen all of its records.

use super::Producer;
use super::event::SentBatch;
use super::ratio::estimated;
use super::state::QueuedBatch;
use millrace_model::{Batch, CompressionType};
use std::sync::Arc;

impl Producer {
    /// A batch as it travels.
    pub(super) fn packed(&self, head: &QueuedBatch) -> Arc<Batch> {
        match self.config.compression {
            CompressionType::None => Arc::clone(&head.batch),
            codec => millrace_encode::packed(&head.batch, codec),
        }
    }

    /// A batch has left: from now on it is what it was packed to, also when it is sent again. What was learnt from it counts for
    /// the next ones.
    pub(super) fn pack(&mut self, sent: &SentBatch, batch: &mut QueuedBatch) {
        let codec = self.config.compression;
        if codec == CompressionType::None || batch.batch.compression == codec {
            return;
        }
        self.ratios.observe(&sent.tp.topic, batch.batch.size_in_bytes, sent.bytes);
        let packed = Arc::make_mut(&mut batch.batch);
        packed.compression = codec;
        packed.size_in_bytes = sent.bytes;
    }
}

impl QueuedBatch {
    /// What it will come to (`MemoryRecordsBuilder.estimatedSizeInBytes`); what it came to, once it is packed.
    pub(super) fn estimated_size(&self) -> usize {
        match self.batch.compression {
            CompressionType::None => estimated(self.batch.size_in_bytes, self.ratio),
            _ => self.batch.size_in_bytes,
        }
    }
}
