//! Assignments as Kafka's own assignor makes them, worked out by its rules.

use super::*;
use millrace_model::Partition;

const CONFIG: AssignmentConfig = AssignmentConfig {
    acceptable_recovery_lag: 10,
    max_warmup_replicas: 2,
    num_standby_replicas: 0,
    probing_rebalance_interval_ms: 600_000,
};

fn task(partition: i32) -> TaskId {
    TaskId { subtopology: 0, partition: Partition(partition) }
}

fn tp(partition: i32) -> TopicPartition {
    TopicPartition::new("orders", partition)
}

/// A member: `process/thread`, with what it runs, and what it has read of other tasks.
fn member(id: &str, runs: &[i32], read: &[(i32, i64)]) -> GroupMember {
    let running = runs.iter().map(|p| (task(*p), SubscriptionInfo::LATEST_OFFSET));
    let read = read.iter().map(|(p, sum)| (task(*p), *sum));
    let process = id.split('/').next().unwrap_or(id).into();
    let info = SubscriptionInfo { process, offset_sums: running.chain(read).collect() };
    GroupMember { id: id.into(), info, owned: runs.iter().map(|p| tp(*p)).collect() }
}

/// `process/thread: active | standby`, with a `!` if it wants another rebalance at once, a `?` if later.
fn assigned(tasks: i32, end: i64, config: AssignmentConfig, members: &[GroupMember]) -> Vec<String> {
    let input = GroupInput {
        members: members.to_vec(),
        tasks: (0..tasks).map(|p| (task(p), vec![tp(p)])).collect(),
        end_offset_sums: (0..tasks).map(|p| (task(p), end)).collect(),
        config,
    };
    let line = |given: MemberAssignment| {
        let names = |tasks: &[TaskId]| {
            let names: Vec<String> = tasks.iter().map(|task| task.partition.to_string()).collect();
            names.join(" ")
        };
        let mark = match given.info.next_rebalance_ms {
            None => "",
            Some(0) => "!",
            Some(_) => "?",
        };
        let partitions: Vec<TopicPartition> =
            given.info.active.iter().map(|task| tp(task.partition.0)).collect();
        assert_eq!(given.partitions, partitions);
        format!("{}: {} | {}{mark}", given.member, names(&given.info.active), names(&given.info.standby))
    };
    input.assign().into_iter().map(line).collect()
}

#[test]
fn tasks_are_dealt_evenly_over_processes_and_threads() {
    let fresh = |ids: &[&str]| ids.iter().map(|id| member(id, &[], &[])).collect::<Vec<_>>();
    assert_eq!(assigned(4, 0, CONFIG, &fresh(&["a/1"])), ["a/1: 0 1 2 3 | "]);
    assert_eq!(assigned(4, 0, CONFIG, &fresh(&["a/1", "b/1"])), ["a/1: 0 2 | ", "b/1: 1 3 | "]);
    // Two threads are twice the capacity: 4 : 2.
    assert_eq!(
        assigned(6, 0, CONFIG, &fresh(&["a/1", "a/2", "b/1"])),
        ["a/1: 0 2 | ", "a/2: 1 4 | ", "b/1: 3 5 | "]
    );
}

#[test]
fn what_another_still_owns_waits_for_its_revocation() {
    // Within the acceptable lag the tasks are dealt anew; b's share is still a's, so b asks for another rebalance.
    let members = [member("a/1", &[0, 1], &[]), member("b/1", &[], &[])];
    assert_eq!(assigned(2, 5, CONFIG, &members), ["a/1: 0 | ", "b/1:  | !"]);
    let mut given_up = members;
    given_up[0].owned.pop();
    assert_eq!(assigned(2, 5, CONFIG, &given_up), ["a/1: 0 | ", "b/1: 1 | "]);
}

#[test]
fn a_process_without_the_state_warms_up_first() {
    // 500 records behind is too much: task 1 stays with a, b gets a warm-up replica, and somebody probes later.
    let members = [member("a/1", &[0, 1], &[]), member("b/1", &[], &[])];
    assert_eq!(assigned(2, 500, CONFIG, &members), ["a/1: 0 1 | ?", "b/1:  | 1"]);
    // Once the replica has read enough, the task moves.
    let warm = [member("a/1", &[0, 1], &[]), member("b/1", &[], &[(1, 495)])];
    assert_eq!(assigned(2, 500, CONFIG, &warm), ["a/1: 0 | ", "b/1:  | !"]);
    // No more replicas warm up at once than allowed.
    let config = AssignmentConfig { max_warmup_replicas: 1, ..CONFIG };
    let members = [member("a/1", &[0, 1, 2, 3], &[]), member("b/1", &[], &[])];
    assert_eq!(assigned(4, 500, config, &members), ["a/1: 0 1 2 3 | ?", "b/1:  | 1"]);
}

#[test]
fn standby_tasks_lie_on_other_processes() {
    let config = AssignmentConfig { num_standby_replicas: 1, ..CONFIG };
    let fresh = ["a/1", "b/1", "c/1"].map(|id| member(id, &[], &[]));
    assert_eq!(assigned(3, 0, config, &fresh), ["a/1: 0 | 2", "b/1: 1 | 0", "c/1: 2 | 1"]);
    // After a crash the standby's process takes over where it has read most.
    let left = [member("b/1", &[1], &[(0, 495)]), member("c/1", &[2], &[])];
    // It has state of task 0, and what runs stays; the others' dealt homes get replicas to warm up.
    assert_eq!(assigned(3, 500, config, &left), ["b/1: 1 0 | 2?", "c/1: 2 | 0 1"]);
}

#[test]
fn threads_keep_what_they_had() {
    let members = [member("a/1", &[1, 3], &[]), member("a/2", &[0, 2], &[])];
    assert_eq!(assigned(4, 5, CONFIG, &members), ["a/1: 1 3 | ", "a/2: 0 2 | "]);
    // A new thread gets what is beyond the even share.
    let members = [member("a/1", &[0, 1, 2, 3], &[]), member("a/2", &[], &[])];
    assert_eq!(assigned(4, 5, CONFIG, &members), ["a/1: 0 1 | ", "a/2:  | !"]);
}

/// Every task has one active place, every standby another process, and loads differ by one at most.
#[test]
fn all_small_groups_are_balanced_and_complete() {
    for tasks in 0..7 {
        for shape in 0..27 {
            let threads = [shape % 3, shape / 3 % 3, shape / 9 % 3];
            let mut members = Vec::new();
            for (process, threads) in ["a", "b", "c"].into_iter().zip(threads) {
                members.extend((0..threads).map(|n| member(&format!("{process}/{n}"), &[], &[])));
            }
            for standbys in 0..3 {
                let config = AssignmentConfig { num_standby_replicas: standbys, ..CONFIG };
                let input = GroupInput {
                    members: members.clone(),
                    tasks: (0..tasks).map(|p| (task(p), vec![tp(p)])).collect(),
                    end_offset_sums: (0..tasks).map(|p| (task(p), 0)).collect(),
                    config,
                };
                let given = input.assign();
                assert_eq!(given.len(), members.len());
                let processes = threads.iter().filter(|n| **n > 0).count();
                for p in (0..tasks).map(task) {
                    let active = given.iter().filter(|g| g.info.active.contains(&p)).count();
                    let standby: Vec<_> = given.iter().filter(|g| g.info.standby.contains(&p)).collect();
                    assert_eq!(active, usize::from(processes > 0), "{tasks} {threads:?}");
                    assert_eq!(standby.len(), (standbys as usize).min(processes.saturating_sub(1)));
                    for one in standby {
                        let process = |id: &str| id.split('/').next().map(str::to_owned);
                        let home = given.iter().find(|g| g.info.active.contains(&p));
                        assert_ne!(home.map(|g| process(&g.member)), Some(process(&one.member)));
                    }
                }
                if standbys == 0 {
                    let loads: Vec<usize> = given.iter().map(|g| g.info.active.len()).collect();
                    let (most, least) = (loads.iter().max(), loads.iter().min());
                    assert!(most.zip(least).is_none_or(|(m, l)| m - l <= 1), "{tasks} {threads:?} {loads:?}");
                }
            }
        }
    }
}
