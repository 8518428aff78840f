//! The queues beside the log: see [`crate::work_queue`].

use super::{Refusal, World};
use crate::command::Name;
use crate::limits;
use crate::trace::{Actor, EntryId, Fact, Recorder};
use crate::traffic::Act;
use crate::work_queue::{QueueAct, QueueAction, QueueCommand, QueueEvent, WorkQueue};
use millrace_expr::suggest;

impl World {
    /// A queue.
    pub fn work_queue(&self, name: &str) -> Option<&WorkQueue> {
        self.traffic()?.queues.get(name)
    }

    /// The queues by name.
    pub fn work_queues(&self) -> impl Iterator<Item = (&Name, &WorkQueue)> {
        self.traffic().into_iter().flat_map(|traffic| traffic.queues.iter())
    }

    pub(super) fn act_on_queue(&mut self, command: &QueueCommand, cause: EntryId, recorder: &mut Recorder) {
        let (now, travel) = (self.now, self.latency);
        let traffic = self.traffic_mut();
        traffic.set_cause(cause);
        let name = &command.name;
        if let QueueAction::Start(config) = &command.action {
            traffic.queues.insert(name.clone(), WorkQueue::new(*config));
        }
        let Some(queue) = traffic.queues.get_mut(name) else { return };
        match &command.action {
            QueueAction::Start(_) => {}
            QueueAction::Send(count) => queue.send(u64::from(*count), limits::QUEUED),
            QueueAction::Rate(rate) => {
                (queue.rate, queue.since, queue.due) = (*rate, now, 0);
                traffic.forget_sends(name);
                self.queue_acts(name, &QueueAct::Send, cause, recorder);
                return self.arm_outside();
            }
            QueueAction::Work(worker, work) => queue.work(worker, *work),
            QueueAction::Crash(worker) => {
                for (after, act) in queue.crash(worker, travel) {
                    traffic.plan(now + after, Act::Queue(name.clone(), act));
                }
            }
        }
        self.deliver_queue(name, cause, recorder);
        self.arm_outside();
    }

    /// Does what is due in a queue.
    pub(super) fn queue_acts(
        &mut self,
        name: &Name,
        act: &QueueAct,
        cause: EntryId,
        recorder: &mut Recorder,
    ) {
        let (now, travel) = (self.now, self.latency);
        let traffic = self.traffic_mut();
        let Some(queue) = traffic.queues.get_mut(name) else { return };
        if *act == QueueAct::Send {
            let (count, next) = queue.send_due(now);
            queue.send(count, limits::QUEUED);
            if let Some(next) = next {
                traffic.plan(next, Act::Queue(name.clone(), QueueAct::Send));
            }
        } else {
            let mut told = Vec::new();
            let plans = queue.act(act, travel, &mut |message, deed| told.push((message, deed)));
            for (after, act) in plans {
                traffic.plan(now + after, Act::Queue(name.clone(), act));
            }
            for (message, deed) in told {
                let event = QueueEvent { queue: name.clone(), message, deed };
                recorder.record(Actor::Learner, Some(cause), Fact::Queue(Box::new(event)));
            }
        }
        self.deliver_queue(name, cause, recorder);
    }

    fn deliver_queue(&mut self, name: &Name, cause: EntryId, recorder: &mut Recorder) {
        let (now, travel) = (self.now, self.latency);
        let traffic = self.traffic_mut();
        let Some(queue) = traffic.queues.get_mut(name) else { return };
        let mut told = Vec::new();
        let plans = queue.deliver(travel, &mut |message, deed| told.push((message, deed)));
        for (after, act) in plans {
            traffic.plan(now + after, Act::Queue(name.clone(), act));
        }
        for (message, deed) in told {
            let event = QueueEvent { queue: name.clone(), message, deed };
            recorder.record(Actor::Learner, Some(cause), Fact::Queue(Box::new(event)));
        }
    }

    pub(super) fn check_queue(&self, command: &QueueCommand) -> Result<(), Refusal> {
        let name = &command.name;
        let queue = self.work_queue(name);
        let in_range = super::checks::in_range;
        match (&command.action, queue) {
            (QueueAction::Start(_), Some(_)) => Err(Refusal::Taken { kind: "queue", name: name.to_string() }),
            (QueueAction::Start(config), None) => {
                if self.work_queues().count() >= limits::QUEUES {
                    return Err(Refusal::TooMany { what: "queues", limit: limits::QUEUES });
                }
                in_range("prefetch", u64::from(config.prefetch), 1, 1_000)
            }
            (_, None) => {
                let nearest = suggest::nearest(name, self.work_queues().map(|(name, _)| &**name));
                let nearest = nearest.map(str::to_owned);
                Err(Refusal::Unknown { kind: "queue", name: name.to_string(), nearest })
            }
            (QueueAction::Send(count), Some(_)) => in_range("messages", u64::from(*count), 1, 10_000),
            (QueueAction::Rate(rate), Some(_)) => in_range("messages a second", u64::from(*rate), 0, 1_000),
            (QueueAction::Work(worker, _), Some(queue)) => {
                if queue.worker(worker).is_none() && queue.workers().count() >= limits::WORKERS {
                    return Err(Refusal::TooMany { what: "workers of a queue", limit: limits::WORKERS });
                }
                Ok(())
            }
            (QueueAction::Crash(worker), Some(queue)) => match queue.worker(worker) {
                Some(worker) if worker.is_alive => Ok(()),
                Some(_) => Err(Refusal::Not { name: worker.to_string(), why: "is dead already" }),
                None => {
                    let nearest = suggest::nearest(worker, queue.workers().map(|(name, _)| &**name));
                    let nearest = nearest.map(str::to_owned);
                    Err(Refusal::Unknown { kind: "worker", name: worker.to_string(), nearest })
                }
            },
        }
    }
}
