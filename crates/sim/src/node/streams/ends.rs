//! The leader of a group asks where the changelogs end before it assigns (`ClientUtils.fetchEndOffsets`).

use super::leaders::Leaders;
use super::thread::Role;
use super::{StreamsNode, Turn};
use millrace_client::{Correlation, Outgoing, Reply};
use millrace_model::protocol::{IsolationLevel, ListOffsetsRequest, ListedOffset, OffsetSpec};
use millrace_model::{BrokerId, ErrorCode, Request, Response, Span, Time, TopicPartition};

/// `retry.backoff.ms`.
const RETRY_BACKOFF: Span = Span::from_millis(100);

/// A question to the leaders of all changelogs.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Ends {
    /// Answers are missing: whose, and what the others said.
    Asked { waiting: Vec<(Correlation, BrokerId)>, found: Vec<ListedOffset> },
    /// A broker did not answer. Everything is asked anew then.
    Again(Time),
}

impl Ends {
    /// When the thread may go on with its SyncGroup; none while it waits for answers.
    pub fn due(&self) -> Option<Time> {
        match self {
            Ends::Asked { .. } => None,
            Ends::Again(at) => Some(*at),
        }
    }
}

impl StreamsNode {
    /// The leader's turn: it asks where the changelogs end before it assigns. False if it is not the leader.
    pub(super) fn lead(&mut self, thread: u8, turn: &mut Turn<'_>) -> bool {
        let logs = self.logs(thread);
        let Some(of) = self.thread_mut(thread) else { return false };
        if of.consumer.joined_members().is_none() {
            return false;
        }
        of.asks_ends = Some(Ends::Asked { waiting: Vec::new(), found: Vec::new() });
        let (_, unknown) = of.restore.leaders.sort(logs.iter());
        match of.restore.leaders.question(&unknown).filter(|_| !unknown.is_empty()) {
            Some((to, request)) => self.ask(thread, to, request, turn),
            None => self.ask_for_ends(thread, &logs, turn),
        }
        true
    }

    /// The changelogs of all tasks.
    fn logs(&mut self, thread: u8) -> Vec<TopicPartition> {
        let tasks = self.all_tasks(thread);
        tasks.keys().flat_map(|id| self.topology.changelogs(*id).map(|(_, tp)| tp)).collect()
    }

    /// Asks every leader that is known. What has none has no end that anybody knows.
    fn ask_for_ends(&mut self, thread: u8, logs: &[TopicPartition], turn: &mut Turn<'_>) {
        let leaders: Option<&Leaders> = self.thread_mut(thread).map(|of| &of.restore.leaders);
        let led = leaders.map(|leaders| leaders.sort(logs.iter()).0).unwrap_or_default();
        if led.is_empty() {
            return self.all_answered(thread, turn);
        }
        for (to, logs) in led {
            let partitions = logs.into_iter().map(|tp| (tp, OffsetSpec::Latest)).collect();
            let isolation_level = IsolationLevel::ReadUncommitted;
            let request = Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions });
            self.ask(thread, to, request, turn);
        }
    }

    fn ask(&mut self, thread: u8, to: BrokerId, request: Request, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let correlation = Correlation(of.next_question);
        of.next_question = of.next_question.saturating_add(1);
        if let Some(Ends::Asked { waiting, .. }) = &mut of.asks_ends {
            waiting.push((correlation, to));
        }
        turn.requests.push((Role::Admin.port(thread), Outgoing { correlation, to, request }));
    }

    pub(super) fn ends_came(&mut self, thread: u8, reply: &Reply, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        let Some(Ends::Asked { waiting, found }) = &mut of.asks_ends else { return };
        let Some(at) = waiting.iter().position(|(asked, _)| *asked == reply.correlation) else { return };
        let (_, from) = waiting.remove(at);
        let is_last = waiting.is_empty();
        match &reply.response {
            Response::Metadata(answer) => {
                of.restore.leaders.learn(answer);
                let logs = self.logs(thread);
                self.ask_for_ends(thread, &logs, turn);
            }
            Response::ListOffsets(answer) => {
                for listed in answer.partitions.iter().filter(|listed| listed.error != ErrorCode::None) {
                    of.restore.leaders.refused(&listed.tp, listed.error);
                }
                found.extend(answer.partitions.iter().cloned());
                if is_last {
                    self.all_answered(thread, turn);
                }
            }
            _ => {
                of.restore.leaders.failed(from);
                of.asks_ends = Some(Ends::Again(turn.now + RETRY_BACKOFF));
            }
        }
    }

    fn all_answered(&mut self, thread: u8, turn: &mut Turn<'_>) {
        let Some(of) = self.thread_mut(thread) else { return };
        if let Some(Ends::Asked { found, .. }) = of.asks_ends.take() {
            self.assign(thread, &found, turn);
        }
    }
}
