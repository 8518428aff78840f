//! The named limits of a run. Each has a visible behaviour where it is reached.

use millrace_model::Span;

/// Steps that may happen at one moment of virtual time before the world stops with [`crate::Halt::Livelock`]:
/// an engine defect must never hang the page.
pub const STEPS_PER_INSTANT: u32 = 200_000;
/// Steps of one branch; at the limit time stops with [`crate::Halt::StepLimit`] until the learner starts over.
pub const STEPS_PER_BRANCH: u64 = 20_000_000;
/// Trace entries kept for one branch; beyond it the oldest are forgotten (the command log is not: replay brings them back).
pub const TRACE_ENTRIES: usize = 1_000_000;
/// Commands in one log; one more is refused.
pub const COMMANDS: usize = 100_000;
/// Branches of one timeline; the oldest that is not an ancestor of the current one is forgotten for a new one.
pub const BRANCHES: usize = 32;
/// Clients (producers, application instances, streams instances) of one world; one more is refused.
pub const NODES: usize = 200;
/// Threads of one instance's pool; more are refused.
pub const THREADS: u32 = 64;
/// Records that one `produce` command may carry.
pub const RECORDS_PER_COMMAND: usize = 10_000;
/// The highest rate of automatic production, records a second of virtual time.
pub const RATE: u32 = 1_000_000;
/// Producers that a process has at once which makes one for each record; further records wait for one of them to be done.
pub const PRODUCERS_AT_ONCE: usize = 64;
/// Records of each partition in which keys that a join never brings together are looked for, the oldest.
pub const STRAYS_SEARCHED: usize = 10_000;
/// Calls that wait for a thread of one service; one more finds nobody who takes it (`ConnectException`).
pub const CALLS_WAITING: usize = 1_000;
/// The highest rate of calls from outside, calls a second of virtual time.
pub const CALL_RATE: u32 = 1_000;
/// Messages in one queue beside the log; one more is refused.
pub const QUEUED: usize = 10_000;
/// Queues beside the log.
pub const QUEUES: usize = 20;
/// Workers of one queue.
pub const WORKERS: usize = 64;
/// Requests that a client with addresses waits for; beyond it the oldest, which nobody answers any more, is forgotten.
pub const OPEN_REQUESTS: usize = 1_000;
/// The longest `wait`.
pub const WAIT: Span = Span::from_secs(366 * 86_400);
