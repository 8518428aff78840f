//! Another past: one command of the log in another form, and what was commanded after it once more, on a branch of its
//! own. The history as it was stays among the branches.

use super::undo::Deed;
use super::{BranchId, Logged, Moment, Timeline};
use crate::command::Command;
use crate::world::Refusal;
use millrace_model::Time;
use std::sync::Arc;

/// What a rewritten history could not do again, because it makes no sense there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LeftOut {
    /// The command.
    pub command: Arc<Command>,
    /// Why.
    pub refusal: Refusal,
}

impl Timeline {
    /// Puts `command` in the place of the one that stands at `index` of the current branch's log, gives the later ones up
    /// to the playhead again, each at its own time, and plays on to where the playhead stood. Undo goes back there.
    /// Answers what had to be left out.
    ///
    /// # Errors
    /// [`Refusal`] if the log has no such place before the playhead, or the command makes no sense there; nothing has
    /// changed then.
    pub fn rewrite(&mut self, index: usize, command: Command) -> Result<Vec<LeftOut>, Refusal> {
        let here = self.moment();
        let past = self.branch().log().iter().skip(index).take_while(|logged| logged.after < here.step);
        let past = past.cloned().collect();
        let left_out = self.tell_again(past, command, here.at)?;
        self.undo.push(Deed::At(here));
        self.redo.clear();
        Ok(left_out)
    }

    /// The same with the whole log, up to where the current branch has come: what else would have come of the same
    /// events. The new branch is on stage then, at its end; undo does not know of it.
    ///
    /// # Errors
    /// [`Refusal`] if there is no such command, or if `instead` makes no sense in its place; nothing has changed then.
    pub fn retell(&mut self, index: usize, instead: Command) -> Result<BranchId, Refusal> {
        let frontier = self.branch().frontier();
        let all = self.branch().log().iter().skip(index).cloned().collect();
        self.tell_again(all, instead, frontier)?;
        Ok(self.branch().id)
    }

    /// Forks before the first of `told`, gives `instead` in its place, then the others at their times, and runs to `until`.
    fn tell_again(
        &mut self,
        told: Vec<Logged>,
        instead: Command,
        until: Time,
    ) -> Result<Vec<LeftOut>, Refusal> {
        let here = self.moment();
        let mut told = told.into_iter();
        let Some(first) = told.next() else {
            return Err(Refusal::OutOfOrder { after: here.step, steps: here.step });
        };
        if !self.go_to(Moment { branch: here.branch, step: first.after, at: first.at }) {
            return Err(Refusal::OutOfOrder { after: first.after, steps: here.step });
        }
        if let Err(refusal) = self.world.check(&instead) {
            self.go_to(here);
            return Err(refusal);
        }
        self.fork();
        self.execute(instead.into());
        let mut left_out = Vec::new();
        let mut last = first;
        for logged in told {
            // Commands that followed each other at once do so again; the steps between the others may have become more
            // or fewer, their times are what counts.
            let at_once = logged.at == last.at && logged.after == last.after.saturating_add(1);
            if !at_once {
                self.run_until(logged.at, usize::MAX);
            }
            match self.world.check(&logged.command) {
                Ok(()) => {
                    self.execute(logged.command.clone());
                }
                Err(refusal) => left_out.push(LeftOut { command: logged.command.clone(), refusal }),
            }
            last = logged;
        }
        self.run_until(until, usize::MAX);
        Ok(left_out)
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
        timeline.run_until(Time::ZERO + Span::from_secs(1), usize::MAX);
        timeline.dispatch(start("range")).unwrap();
        timeline.run_until(Time::ZERO + Span::from_secs(10), usize::MAX);
        let add = Command::AddInstance { group: GroupId::from("billing"), name: None, own: None };
        timeline.dispatch(add).unwrap();
        timeline.run_until(Time::ZERO + Span::from_secs(20), usize::MAX);
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
        assert_eq!(commands(&timeline)[1], start("cooperative-sticky").into());
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
