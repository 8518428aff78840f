//! A partition's log: batches in segments, the producers that wrote them, leader epochs, retention and compaction.

pub mod cleaner;
pub mod epochs;
pub mod producer_state;
pub mod segments;

pub use segments::PartitionLog;
