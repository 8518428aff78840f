//! The named limits of the stream processor. Each has a visible behaviour where it is reached.

/// Most nodes of one topology; building a larger one fails with [`TopologyError::TooLarge`](crate::TopologyError).
pub const NODES: usize = 500;
/// Most dropped records that a task remembers with their reasons; older ones remain in the count only.
pub const REMEMBERED_DROPS: usize = 200;
/// Most windows that one record may fall into (`size / advance`); building more fails with
/// [`TopologyError::TooManyWindows`](crate::TopologyError).
pub const WINDOWS_PER_RECORD: i64 = 10_000;
/// Most steps of a pattern, those that are wanted several times counted so often; more are a parse error.
pub const PATTERN_STEPS: u32 = 100;
/// Most records that a pattern remembers for a key; the oldest are forgotten first.
pub const PATTERN_RECORDS: usize = 1_000;
/// Longest pipeline text in bytes; a longer one is a parse error.
pub const PIPELINE_BYTES: usize = 16_384;
/// Most records that a record may become inside one task (flat maps, hopping windows, releases of a suppression);
/// beyond it the task fails with [`Failure::TooMuchWork`](crate::task::Failure).
pub const STEPS_PER_RECORD: usize = 1_000_000;
