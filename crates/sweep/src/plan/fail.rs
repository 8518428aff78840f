//! What goes wrong in a plan with brokers, disks and links, and how it is mended; what an administrator does meanwhile.

use super::{Deed, Draft, MS, Promise, TOPIC, cluster};
use millrace_broker::CONTROLLER;
use millrace_model::protocol::{AlterPartitionReassignmentsRequest, ElectLeadersRequest, ElectionType};
use millrace_model::{BrokerId, Partition, TopicPartition};
use millrace_sim::{BrokerAction, ClusterCommand, Command, Fault};

impl Draft {
    /// One more thing goes wrong, or is mended.
    pub(super) fn fail(&mut self) {
        match self.draws.below(16) {
            0..=3 => self.crash(),
            4..=6 => self.restart(),
            7 => self.stop(),
            8 | 9 => self.pause(),
            10 | 11 => self.cut(),
            12 => self.slow(),
            13 => self.slow_disk(),
            14 => self.elect(),
            _ => self.reassign(),
        }
    }

    fn crash(&mut self) {
        let id = self.a_broker();
        if self.down.contains(&id) || self.down.len() >= self.most_down {
            return self.restart();
        }
        let (name, action) = match self.promise {
            Promise::OneInSync if self.draws.one_in(2) => ("lost disk", BrokerAction::CrashDiskLost),
            Promise::OneInSync if self.draws.one_in(3) => ("lost pages", BrokerAction::CrashUnflushed),
            _ => ("crash", BrokerAction::Crash),
        };
        self.push_fault(name, act(id, action));
        self.down.push(id);
        self.paused.retain(|paused| *paused != id);
    }

    fn restart(&mut self) {
        if let Some(id) = self.draws.of(&self.down.clone()) {
            self.push_fault("restart", act(id, BrokerAction::Restart));
            self.down.retain(|down| *down != id);
        }
    }

    fn stop(&mut self) {
        let id = self.a_broker();
        if !self.down.contains(&id) && !self.paused.contains(&id) && self.down.len() < self.most_down {
            self.push_fault("clean stop", act(id, BrokerAction::Stop));
            // It takes its time, as long as the controller lets it.
            self.down.push(id);
        }
    }

    fn pause(&mut self) {
        if let Some(id) = self.draws.of(&self.paused.clone()) {
            self.push_fault("resume", Command::Fault(Fault::ResumeBroker(id)));
            self.paused.retain(|paused| *paused != id);
            return;
        }
        let id = self.a_broker();
        if !self.down.contains(&id) {
            self.push_fault("pause", Command::Fault(Fault::PauseBroker(id)));
            self.paused.push(id);
        }
    }

    /// A broker, and another node.
    fn two_nodes(&mut self) -> (BrokerId, BrokerId) {
        let one = self.a_broker();
        let mut other = if self.draws.one_in(3) { CONTROLLER } else { self.a_broker() };
        if other == one {
            other = CONTROLLER;
        }
        (one, other)
    }

    fn cut(&mut self) {
        if !self.cut.is_empty() && self.draws.one_in(2) {
            for (a, b) in std::mem::take(&mut self.cut) {
                self.push_fault("heal", Command::Fault(Fault::HealPeers(a, b)));
            }
            return;
        }
        let (one, other) = self.two_nodes();
        let mut all = vec![(one, other)];
        if self.draws.one_in(3) {
            // One against the rest.
            let others = (1..=self.brokers).map(BrokerId).chain([CONTROLLER]);
            all = others.filter(|other| *other != one).map(|other| (one, other)).collect();
        }
        for (a, b) in all {
            let command = Command::Fault(Fault::CutPeers(a, b));
            self.deeds.push(Deed { wait: MS(0), command, fault: Some("cut") });
            self.cut.push((a, b));
        }
    }

    fn slow(&mut self) {
        if let Some((a, b)) = self.slow.pop() {
            return self.push_fault("link fast again", Command::Fault(Fault::SlowPeers(a, b, None)));
        }
        let (a, b) = self.two_nodes();
        let latency = Some(MS(20 + self.draws.below(600)));
        self.push_fault("slow link", Command::Fault(Fault::SlowPeers(a, b, latency)));
        self.slow.push((a, b));
    }

    fn slow_disk(&mut self) {
        if let Some(id) = self.disks.pop() {
            return self.push_fault("disk fast again", Command::Fault(Fault::SlowDisk(id, None)));
        }
        let id = self.a_broker();
        let delay = Some(MS(20 + self.draws.below(2_000)));
        self.push_fault("slow disk", Command::Fault(Fault::SlowDisk(id, delay)));
        self.disks.push(id);
    }

    /// An administrator would wait for a controller that cannot be reached.
    fn has_administrator(&self) -> bool {
        self.paused.is_empty()
            && self.cut.is_empty()
            && self.down.len() < usize::try_from(self.brokers).unwrap_or(0)
    }

    fn elect(&mut self) {
        if !self.has_administrator() {
            return self.produce();
        }
        let is_unclean = self.promise == Promise::Unclean && self.draws.one_in(2);
        let (name, election_type) = match is_unclean {
            true => ("unclean election", ElectionType::Unclean),
            false => ("preferred election", ElectionType::Preferred),
        };
        let request = ElectLeadersRequest { election_type, partitions: None };
        self.push_fault(name, cluster(ClusterCommand::ElectLeaders(request)));
    }

    fn reassign(&mut self) {
        if !self.has_administrator() {
            return self.produce();
        }
        let partition = Partition(self.a_partition());
        let target = if self.draws.one_in(5) { None } else { Some(self.some_replicas(3)) };
        let tp = TopicPartition { topic: TOPIC.into(), partition };
        let request = AlterPartitionReassignmentsRequest { partitions: vec![(tp, target)] };
        self.push_fault("reassignment", cluster(ClusterCommand::Reassign(request)));
    }
}

pub(super) fn act(id: BrokerId, action: BrokerAction) -> Command {
    cluster(ClusterCommand::Broker { id, action })
}
