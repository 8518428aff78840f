//! One thing at a time, as Kafka does it.

use crate::net::Net;
use millrace_broker::{RequestId, Stopped};
use millrace_model::config::producer::Acks;
use millrace_model::protocol::*;
use millrace_model::*;

const MS: fn(u64) -> Span = Span::from_millis;

fn cluster(min_isr: i32, unclean: bool) -> Net {
    let mut net = Net::new(3, 7, unclean);
    net.controller.create("a", &[1, 2, 3], min_isr);
    net.run(MS(2_000));
    net.lines.clear();
    net
}

fn ok(net: &Net, id: RequestId) -> i64 {
    net.answered(id).expect("an answer").expect("no error")
}

#[test]
fn acks_all_waits_for_the_followers_and_they_learn_the_high_watermark_one_fetch_later() {
    let mut net = cluster(2, false);
    let quick = net.produce(1, "a", Acks::One, "one");
    let safe = net.produce(1, "a", Acks::All, "all");
    net.run(MS(30));
    assert_eq!((ok(&net, quick), ok(&net, safe)), (0, 1));
    assert!(net.answers[&quick].0 < net.answers[&safe].0);
    assert_eq!(net.ends(1, "a"), (2, 2));
    assert_eq!((net.ends(2, "a").0, net.ends(3, "a").0), (2, 2));
    // With nothing to copy, the leader holds their fetches for half a second.
    net.run(MS(600));
    assert_eq!((net.ends(2, "a"), net.ends(3, "a")), ((2, 2), (2, 2)));
    net.check_logs_agree();
}

/// `cluster_isr/isr_shrink_hung_follower`.
#[test]
fn a_hung_follower_falls_out_of_the_isr_and_comes_back() {
    let mut net = cluster(2, false);
    net.hang(3);
    // Without records nobody lags.
    net.run(MS(4_000));
    assert_eq!(net.state("a"), "leader=1 isr=1,2,3");
    net.go_on(3);
    net.run(MS(100));
    net.hang(3);
    let began = net.now;
    let waiting = net.produce(1, "a", Acks::All, "x");
    net.run(MS(1_000));
    assert_eq!(net.answered(waiting), None);
    net.run(MS(1_300));
    assert_eq!(ok(&net, waiting), 0);
    let waited = net.answers[&waiting].0.since(began).as_millis();
    // It had caught up at its last fetch, up to half a second before it hung; the check comes every 750 ms.
    assert!(waited <= 2_300, "{waited}");
    assert_eq!(net.state("a"), "leader=1 isr=1,2");
    net.go_on(3);
    net.run(MS(1_000));
    assert_eq!(net.state("a"), "leader=1 isr=1,2,3");
    assert_eq!(net.read(3, "a"), ["x"]);
}

/// `cluster_min_isr/min_isr_acks`.
#[test]
fn min_insync_replicas_binds_acks_all_only_and_holds_the_high_watermark() {
    let mut net = cluster(2, false);
    let first = net.produce(1, "a", Acks::All, "all0");
    net.run(MS(50));
    assert_eq!(ok(&net, first), 0);
    net.kill(2);
    net.kill(3);
    net.run(MS(7_000));
    assert_eq!(net.state("a"), "leader=1 isr=1");
    let one = net.produce(1, "a", Acks::One, "one0");
    let all = net.produce(1, "a", Acks::All, "no");
    net.run(MS(50));
    assert_eq!(
        (net.answered(one), net.answered(all)),
        (Some(Ok(1)), Some(Err(ErrorCode::NotEnoughReplicas)))
    );
    assert_eq!((net.read(1, "a"), net.ends(1, "a")), (vec!["all0".to_owned()], (2, 1)));
    net.restart(2, Stopped::Killed);
    net.run(MS(3_000));
    assert_eq!(net.state("a"), "leader=1 isr=1,2");
    assert_eq!(net.read(1, "a"), ["all0", "one0"]);
}

/// `cluster_min_isr/not_enough_after_append`: what is answered REQUEST_TIMED_OUT is in the log, and comes to light.
#[test]
fn a_produce_that_timed_out_may_have_been_written() {
    let mut net = cluster(2, false);
    net.session_timeout = Span::from_secs(60);
    net.hang(2);
    net.hang(3);
    let late = net.produce(1, "a", Acks::All, "late0");
    net.run(MS(5_000));
    assert_eq!(net.answered(late), Some(Err(ErrorCode::RequestTimedOut)));
    assert_eq!((net.ends(1, "a"), net.state("a").as_str()), ((1, 0), "leader=1 isr=1"));
    net.go_on(2);
    net.go_on(3);
    net.run(MS(2_000));
    assert_eq!(net.read(1, "a"), ["late0"]);
    assert!(net.state("a").starts_with("leader=1 isr=1,"), "{}", net.state("a"));
}

/// `cluster_failover/acks1_loss_clean_failover`.
#[test]
fn acks_one_loses_what_only_the_leader_had_and_the_old_leader_takes_it_back() {
    let mut net = cluster(2, false);
    let all = [net.produce(1, "a", Acks::All, "all0"), net.produce(1, "a", Acks::All, "all1")];
    net.run(MS(700));
    assert_eq!(all.map(|id| ok(&net, id)), [0, 1]);
    net.hang(2);
    net.hang(3);
    // The fetches that they had sent are answered with nothing; the next ones are not sent.
    net.run(MS(700));
    let lost = net.produce(1, "a", Acks::One, "lost");
    net.run(MS(10));
    assert_eq!(ok(&net, lost), 2);
    net.kill(1);
    net.run(MS(1));
    net.go_on(2);
    net.go_on(3);
    net.run(MS(7_000));
    assert_eq!(net.state("a"), "leader=2 isr=2,3");
    assert_eq!(net.read(2, "a"), ["all0", "all1"]);
    let later = net.produce(2, "a", Acks::All, "later0");
    net.run(MS(50));
    assert_eq!(ok(&net, later), 2);
    net.lines.clear();
    net.restart(1, Stopped::Killed);
    net.run(MS(3_000));
    assert_eq!(net.state("a"), "leader=2 isr=2,3,1");
    assert_eq!(net.read(1, "a"), ["all0", "all1", "later0"]);
    let truncated: Vec<_> = net.lines.iter().filter(|line| line.contains("truncated")).collect();
    assert_eq!(truncated.len(), 1, "{truncated:?}");
    assert!(truncated[0].ends_with("1 truncated a-0 3 -> 2 x1"), "{truncated:?}");
    assert_eq!(net.contradictions, [] as [String; 0]);
}

/// The same with acks=all: nothing that was acknowledged is lost.
#[test]
fn acks_all_with_two_in_sync_survives_the_leader() {
    let mut net = cluster(2, false);
    let mut sent = Vec::new();
    for n in 0..20 {
        sent.push((net.produce(1, "a", Acks::All, &format!("v{n}")), format!("v{n}")));
        net.run(MS(1));
    }
    net.kill(1);
    net.run(MS(8_000));
    let acked: Vec<_> = sent.iter().filter_map(|(id, v)| Some((net.answered(*id)?.ok()?, v))).collect();
    assert!(!acked.is_empty() && acked.len() < 20, "{}", acked.len());
    let read = net.read(2, "a");
    for (offset, value) in acked {
        assert_eq!(read.get(usize::try_from(offset).unwrap()), Some(value));
    }
}

/// `cluster_unclean/unclean_false`, then the election by hand: exactly what the new leader had not is lost.
#[test]
fn an_unclean_election_loses_exactly_what_the_new_leader_did_not_have() {
    let mut net = Net::new(2, 7, false);
    net.controller.create("a", &[1, 2], 1);
    net.run(MS(2_000));
    for value in ["both0", "both1"] {
        net.produce(1, "a", Acks::All, value);
    }
    net.run(MS(700));
    net.kill(2);
    net.run(MS(7_000));
    for n in 0..4 {
        let acks = if n < 2 { Acks::One } else { Acks::All };
        let id = net.produce(1, "a", acks, &format!("alone{n}"));
        net.run(MS(20));
        assert_eq!(ok(&net, id), 2 + n);
    }
    net.kill(1);
    net.run(MS(7_000));
    assert_eq!(net.state("a"), "leader=none isr=1");
    net.restart(2, Stopped::Killed);
    net.run(MS(3_000));
    assert_eq!(net.state("a"), "leader=none isr=1");
    net.controller.lead(&TopicPartition::new("a", 0), BrokerId(2));
    net.run(MS(200));
    assert_eq!(
        (net.state("a").as_str(), net.read(2, "a")),
        ("leader=2 isr=2", vec!["both0".into(), "both1".into()])
    );
    let new = net.produce(2, "a", Acks::All, "new0");
    net.run(MS(20));
    assert_eq!(ok(&net, new), 2);
    net.lines.clear();
    net.restart(1, Stopped::Killed);
    net.run(MS(3_000));
    // leo_old - leo_new = 6 - 2.
    assert!(net.lines.iter().any(|line| line.ends_with("1 truncated a-0 6 -> 2 x4")), "{:?}", net.lines);
    assert_eq!(net.read(1, "a"), ["both0", "both1", "new0"]);
    assert_eq!(net.state("a"), "leader=2 isr=2,1");
    // A reader of the old leader had seen something else: that is what is lost.
    assert_eq!(net.contradictions, ["a-0 #2 was alone0, is new0 at 2"]);
}

/// KIP-207: a new leader does not tell where the log ends before its high watermark has come to where its epoch began.
#[test]
fn a_new_leader_tells_no_end_until_its_high_watermark_has_caught_up() {
    let mut net = cluster(1, false);
    net.session_timeout = Span::from_millis(200);
    // Broker 3 hangs: what 1 and 2 have is not below the high watermark.
    net.hang(3);
    net.produce(1, "a", Acks::One, "x");
    net.run(MS(100));
    assert_eq!((net.ends(1, "a"), net.ends(2, "a")), ((1, 0), (1, 0)));
    net.controller.lead(&TopicPartition::new("a", 0), BrokerId(2));
    net.run(MS(30));
    let tp = TopicPartition::new("a", 0);
    let ask = |net: &mut Net, spec| {
        let request = ListOffsetsRequest {
            isolation_level: IsolationLevel::ReadUncommitted,
            partitions: vec![(tp.clone(), spec)],
        };
        let id = net.send(BrokerId(2), Request::ListOffsets(request));
        net.run(MS(10));
        let (_, Response::ListOffsets(answer)) = net.answers[&id].clone() else { panic!() };
        (answer.partitions[0].error, answer.partitions[0].offset.0)
    };
    assert_eq!(ask(&mut net, OffsetSpec::Latest), (ErrorCode::OffsetNotAvailable, -1));
    assert_eq!(ask(&mut net, OffsetSpec::Timestamp(Timestamp(0))), (ErrorCode::OffsetNotAvailable, -1));
    assert_eq!(ask(&mut net, OffsetSpec::Earliest), (ErrorCode::None, 0));
    net.run(MS(3_000));
    assert_eq!(ask(&mut net, OffsetSpec::Latest), (ErrorCode::None, 1));
}

/// A leader that the controller cannot reach goes on by itself, but nobody follows it any more.
#[test]
fn a_zombie_leader_acknowledges_nothing_that_would_be_lost() {
    let mut net = cluster(2, false);
    for other in [2, 3, 100] {
        net.cut.push((BrokerId(1), BrokerId(other)));
    }
    let all = net.produce(1, "a", Acks::All, "zombie");
    let one = net.produce(1, "a", Acks::One, "lost");
    net.run(MS(8_000));
    assert_eq!(net.state("a"), "leader=2 isr=2,3");
    assert_eq!((net.answered(all), net.answered(one)), (Some(Err(ErrorCode::RequestTimedOut)), Some(Ok(1))));
    let new = net.produce(2, "a", Acks::All, "new");
    net.run(MS(50));
    assert_eq!(ok(&net, new), 0);
    net.cut.clear();
    net.run(MS(3_000));
    assert_eq!((net.read(1, "a"), net.state("a").as_str()), (vec!["new".to_owned()], "leader=2 isr=2,3,1"));
    let refused = net.produce(1, "a", Acks::One, "late");
    net.run(MS(20));
    assert_eq!(net.answered(refused), Some(Err(ErrorCode::NotLeaderOrFollower)));
    net.check_logs_agree();
}

/// A broker that starts again leads nothing before it has registered and caught up: what the log says may be of its last
/// life.
#[test]
fn a_starting_broker_leads_nothing_before_it_has_caught_up() {
    use millrace_broker::{Broker, Call, Input};
    use millrace_model::config::broker::BrokerConfig;
    let mut net = cluster(1, false);
    net.controller.create("b", &[1], 1);
    let mut broker = Broker::new(
        BrokerInfo { id: BrokerId(1), host: "broker-1".into(), port: 9092, rack: None },
        BrokerConfig::defaults(Profile::V4),
        Profile::V4,
    )
    .in_cluster(Default::default());
    let log = MetadataDelta { base_offset: Offset(0), records: net.controller.log.clone().into() };
    let answer = |answer| Some(Box::new(Response::Controller(Box::new(answer))));
    let from = millrace_broker::CONTROLLER;
    let epoch = ControllerResponse::BrokerRegistration(Ok(BrokerEpoch(50)));
    let heard = ControllerResponse::BrokerHeartbeat(Ok(BrokerHeartbeatResponse {
        is_caught_up: true,
        is_fenced: true,
        should_shut_down: false,
    }));
    let inputs = [
        Input::Start { incarnation: 1, previous_broker_epoch: BrokerEpoch::NONE },
        Input::Metadata(log),
        Input::Reply { from, call: Call::Registration, response: answer(epoch) },
        Input::Reply { from, call: Call::Heartbeat, response: answer(heard) },
    ];
    let mut leads = Vec::new();
    for input in inputs {
        let outcome = broker.decide(net.now, &input, &crate::net::NoDice);
        for event in &outcome.events {
            broker.apply(event);
        }
        leads.push(broker.replicas().unwrap().leaders().len());
    }
    assert_eq!(leads, [0, 0, 0, 2]);
}
