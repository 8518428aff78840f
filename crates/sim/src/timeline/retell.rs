//! The same history told once more with one command in another's place: what else would have come of the same events.

use super::{BranchId, Logged, Moment, Timeline};
use crate::command::Command;
use crate::world::Refusal;
use millrace_model::Time;

impl Timeline {
    /// Begins a branch just before the command number `index` of the current branch's log, gives `instead` in its place,
    /// and lets all later commands follow at the same times, up to where the current branch has come. What makes no
    /// sense there any more is left out. The new branch is on stage then, at its end; undo does not know of it.
    ///
    /// # Errors
    /// [`Refusal`] if there is no such command, or if `instead` makes no sense in its place; the playhead is where it was.
    pub fn retell(&mut self, index: usize, instead: Command) -> Result<BranchId, Refusal> {
        let here = self.moment();
        let frontier = self.branch().frontier();
        let later: Vec<Logged> = self.branch().log().iter().skip(index).cloned().collect();
        let Some((first, rest)) = later.split_first() else {
            return Err(Refusal::OutOfOrder { after: index as u64, steps: here.step });
        };
        let place = Moment { branch: here.branch, step: first.after, at: first.at };
        self.go_to(place);
        if let Err(refusal) = self.world.check(&instead) {
            self.go_to(here);
            return Err(refusal);
        }
        self.fork();
        self.execute(instead);
        for logged in rest {
            self.run_to(logged.at);
            if self.world.check(&logged.command).is_ok() {
                self.execute(logged.command.clone());
            }
        }
        self.run_to(frontier);
        Ok(self.branch().id)
    }

    /// Runs up to `at`, or to where the world halts.
    fn run_to(&mut self, at: Time) {
        // Administration is answered before the next command, as it was the first time.
        const SLICE: usize = 10_000;
        while self.run_until(at, SLICE) == SLICE {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::command::AppConfig;
    use crate::world::Setup;
    use millrace_model::config::topic::TopicConfig;
    use millrace_model::{GroupId, Profile, Span, TopicName};

    fn start(strategy: &str) -> Command {
        let orders = vec![TopicName::from("orders")];
        let mut app = AppConfig::new(GroupId::from("billing"), orders, Profile::default());
        app.consumer.partition_assignment_strategy = [strategy.into()].into();
        Command::StartApp { app: Box::new(app), instances: 2 }
    }

    fn told() -> Timeline {
        let mut timeline = Timeline::new(Setup::default());
        let topic = TopicName::from("orders");
        let create = Command::CreateTopic {
            topic,
            partitions: Some(4),
            replication_factor: None,
            config: TopicConfig::default(),
        };
        timeline.dispatch(create).unwrap();
        timeline.run_to(Time::ZERO + Span::from_secs(1));
        timeline.dispatch(start("range")).unwrap();
        timeline.run_to(Time::ZERO + Span::from_secs(10));
        let add = Command::AddInstance { group: GroupId::from("billing"), name: None, own: None };
        timeline.dispatch(add).unwrap();
        timeline.run_to(Time::ZERO + Span::from_secs(20));
        timeline
    }

    #[test]
    fn the_same_events_follow_at_the_same_times() {
        let mut timeline = told();
        let before = timeline.clone();
        let id = timeline.retell(1, start("cooperative-sticky")).unwrap();
        assert_eq!(timeline.branch().id, id);
        assert_eq!(timeline.branches().len(), 2);
        let times = |timeline: &Timeline| timeline.branch().log().iter().map(|l| l.at).collect::<Vec<_>>();
        assert_eq!(times(&timeline), times(&before));
        assert_eq!(timeline.branch().frontier(), before.branch().frontier());
        let commands = |t: &Timeline| t.branch().log().iter().map(|l| l.command.clone()).collect::<Vec<_>>();
        assert_eq!(commands(&timeline)[1], start("cooperative-sticky"));
        assert_eq!(
            (&commands(&timeline)[0], &commands(&timeline)[2]),
            (&commands(&before)[0], &commands(&before)[2])
        );
        assert!(timeline.go_to(before.moment()));
        assert_eq!(timeline.world().state_hash(), before.world().state_hash());
    }

    #[test]
    fn told_again_without_a_change_it_is_the_same_history() {
        let mut timeline = told();
        let hash = timeline.world().state_hash();
        timeline.retell(1, start("range")).unwrap();
        assert_eq!(timeline.world().state_hash(), hash);
    }

    #[test]
    fn what_makes_no_sense_there_changes_nothing() {
        let mut timeline = told();
        let before = (timeline.moment(), timeline.world().state_hash());
        let nowhere = Command::AddInstance { group: GroupId::from("nobody"), name: None, own: None };
        assert!(timeline.retell(1, nowhere).is_err());
        assert!(timeline.retell(9, start("range")).is_err());
        assert_eq!((timeline.moment(), timeline.world().state_hash()), before);
        assert_eq!(timeline.branches().len(), 1);
    }
}
