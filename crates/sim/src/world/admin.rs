//! The administrator's desk: requests to the cluster, and what is done once they are answered.

use super::World;
use super::outside::{Due, Job};
use super::queue::Flight;
use super::reset::Reset;
use crate::command::Name;
use crate::trace::{Actor, EntryId, Fact, NodeId, Recorder};
use millrace_client::listener::Port;
use millrace_client::{Correlation, Outgoing, Reply};
use millrace_model::protocol::AdminRequest;
use millrace_model::{ErrorCode, GroupId, Map, Request, Response, Span, Time, TopicName};
use std::sync::Arc;

/// The administrator's place among the clients.
pub(super) const ADMIN: NodeId = NodeId(0);

/// `request.timeout.ms` of `AdminClient`.
const REQUEST_TIMEOUT: Span = Span::from_secs(30);

/// `default.api.timeout.ms` of `AdminClient`.
const API_TIMEOUT: Span = Span::from_secs(60);

/// `retry.backoff.ms` of `AdminClient`.
const RETRY_BACKOFF: Span = Span::from_millis(100);

/// Requests that have not been answered yet.
#[derive(Clone, Debug, Default, PartialEq, Eq, Hash)]
pub(super) struct AdminDesk {
    next: u64,
    open: Map<Correlation, Task>,
}

#[derive(Clone, Debug, PartialEq, Eq, Hash)]
struct Task {
    what: Arc<str>,
    then: Then,
    /// Sent again if it gets lost.
    request: Request,
    /// When it is given up.
    until: Time,
}

/// What follows when the cluster has answered.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Then {
    /// Nothing.
    Nothing,
    /// An application's retry topics are there: its instances start (Spring's KafkaAdmin creates topics first, too).
    StartInstances {
        /// The application.
        group: GroupId,
        /// The instances by name.
        names: Vec<Name>,
    },
    /// A reset of offsets goes on.
    ResetOffsets(Box<Reset>),
    /// The internal topics are there: the streams application starts.
    StartStreams {
        /// Its name.
        name: Name,
        /// The instances by name.
        instances: Vec<Name>,
    },
}

impl AdminDesk {
    pub(super) fn is_busy(&self) -> bool {
        !self.open.is_empty()
    }
}

impl World {
    /// Asks the cluster for something.
    pub(super) fn administer(
        &mut self,
        what: String,
        request: Request,
        then: Then,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let Some(broker) = self.right_broker(&request) else { return };
        let correlation = Correlation(self.admin.next);
        self.admin.next += 1;
        let until = self.now + API_TIMEOUT;
        let task = Task { what: what.into(), then, request: request.clone(), until };
        self.admin.open.insert(correlation, task);
        let outgoing = Outgoing { correlation, to: broker, request };
        self.send_request(ADMIN, Port(0), outgoing, Some(cause), recorder);
        self.await_answer(correlation, cause);
    }

    /// The same, of all that lead one of the partitions.
    pub(super) fn administer_all(&mut self, request: AdminRequest, cause: EntryId, recorder: &mut Recorder) {
        let requests = match request {
            AdminRequest::DeleteRecords { offsets } => {
                let parts = self.by_leader(offsets, |(tp, _)| tp).into_iter();
                parts.map(|offsets| AdminRequest::DeleteRecords { offsets }).collect()
            }
            other => vec![other],
        };
        for request in requests.into_iter().map(Request::Admin) {
            self.administer(request.api().to_owned(), request, Then::Nothing, cause, recorder);
        }
    }

    /// A message to or from the administrator got lost: asks again when its time is over, as `AdminClient` does.
    pub(super) fn ask_again_later(&mut self, lost: &Flight) {
        let at = (lost.depart + REQUEST_TIMEOUT).max(self.now);
        if let Some(cause) = lost.cause {
            self.schedule(Due { at, cause, job: Job::Ask(lost.correlation) });
        }
    }

    pub(super) fn ask_again(&mut self, correlation: Correlation, cause: EntryId, recorder: &mut Recorder) {
        let Some(task) = self.admin.open.get(&correlation) else { return };
        let Some(to) = self.right_broker(&task.request) else {
            return self.ask_later(correlation, ErrorCode::RequestTimedOut, cause, recorder);
        };
        let outgoing = Outgoing { correlation, to, request: task.request.clone() };
        self.send_request(ADMIN, Port(0), outgoing, Some(cause), recorder);
        self.await_answer(correlation, cause);
    }

    /// With several controllers a broker may have to wait for one that is active: the administrator waits only so long. (One
    /// controller always answers.)
    fn await_answer(&mut self, correlation: Correlation, cause: EntryId) {
        if self.quorum().is_none() {
            return;
        }
        let Some(until) = self.admin.open.get(&correlation).map(|task| task.until) else { return };
        let at = (self.now + REQUEST_TIMEOUT).min(until);
        self.set_deadline(correlation, at);
        self.schedule(Due { at, cause, job: Job::Overdue(correlation) });
    }

    /// No answer has come (`NetworkClient.handleTimedOutRequests`): asks again, or gives up.
    pub(super) fn overdue(&mut self, correlation: Correlation, cause: EntryId, recorder: &mut Recorder) {
        if self.take_deadline(correlation) {
            self.ask_later(correlation, ErrorCode::RequestTimedOut, cause, recorder);
        }
    }

    pub(super) fn admin_answered(&mut self, reply: &Reply, cause: EntryId, recorder: &mut Recorder) {
        let failed = match &reply.response {
            Response::Disconnected(_) => Some(ErrorCode::RequestTimedOut),
            other => self.asked_the_wrong_one(other),
        };
        if let Some(error) = failed {
            return self.ask_later(reply.correlation, error, cause, recorder);
        }
        let Some(task) = self.admin.open.remove(&reply.correlation) else { return };
        if let Then::ResetOffsets(reset) = &task.then {
            if let Some((what, refused)) = self.reset_answered(reset, &reply.response, cause, recorder) {
                let fact = Fact::Administered { what, refused };
                recorder.record(Actor::Node(ADMIN), Some(cause), fact);
            }
            return;
        }
        // An internal topic that is there already is as good as created.
        let is_internal = task.then != Then::Nothing;
        let refused = refusals(&reply.response)
            .filter(|(_, error, _)| !(is_internal && *error == ErrorCode::TopicAlreadyExists))
            .map(|(topic, error, words)| {
                words.clone().unwrap_or_else(|| format!("{topic}: {}", error.message()).into())
            })
            .next()
            .or_else(|| admin_refusal(&reply.response));
        self.administered(task.what, task.then, refused, cause, recorder);
    }

    /// Nobody could answer: asks again after a while, or gives up once its time is over.
    fn ask_later(
        &mut self,
        correlation: Correlation,
        error: ErrorCode,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let at = self.now + RETRY_BACKOFF;
        let Some(task) = self.admin.open.get(&correlation) else { return };
        if at <= task.until {
            return self.schedule(Due { at, cause, job: Job::Ask(correlation) });
        }
        let (what, then) = (task.what.clone(), task.then.clone());
        self.admin.open.remove(&correlation);
        let words = format!("Timed out after {} s: {}", API_TIMEOUT.as_millis() / 1_000, error.message());
        self.administered(what, then, Some(words.into()), cause, recorder);
    }

    /// It is done, or was refused; what was to follow does.
    fn administered(
        &mut self,
        what: Arc<str>,
        then: Then,
        refused: Option<Arc<str>>,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let fact = Fact::Administered { what, refused };
        let answered = recorder.record(Actor::Node(ADMIN), Some(cause), fact);
        match then {
            Then::Nothing | Then::ResetOffsets(_) => {}
            Then::StartInstances { group, names } => {
                for name in names {
                    self.start_instance(&group, &name, answered, recorder);
                }
            }
            Then::StartStreams { name, instances } => {
                for instance in instances {
                    self.start_streams_node(&name, &instance, answered, recorder);
                }
            }
        }
    }
}

/// The first error of an [`AdminResponse`](millrace_model::protocol::AdminResponse).
fn admin_refusal(response: &Response) -> Option<Arc<str>> {
    if let Response::Controller(response) = response {
        return super::cluster::refusal(response);
    }
    let Response::Admin(answer) = response else { return None };
    if answer.error != ErrorCode::None {
        return Some(answer.words.clone().unwrap_or_else(|| answer.error.message().into()));
    }
    let (tp, error, _) = answer.partitions.iter().find(|(_, error, _)| *error != ErrorCode::None)?;
    Some(format!("{tp}: {}", error.message()).into())
}

type Answer = (TopicName, ErrorCode, Option<Arc<str>>);

fn refusals(response: &Response) -> impl Iterator<Item = &Answer> {
    let answers: &[Answer] = match response {
        Response::CreateTopics(created) => &created.topics,
        Response::CreatePartitions(added) => &added.topics,
        Response::DeleteTopics(deleted) => &deleted.topics,
        _ => &[],
    };
    answers.iter().filter(|(_, error, _)| *error != ErrorCode::None)
}
