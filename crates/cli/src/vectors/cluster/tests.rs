use super::*;
use flate2::read::GzDecoder;
use serde_json::json;

macro_rules! families {
    ($($name:literal $count:literal),* $(,)?) => {
        [$((
            $name,
            include_bytes!(concat!("../../../../../tests/vectors/", $name, ".json.gz")).as_slice(),
            $count,
        )),*]
    };
}

/// Every case with its family.
fn cases() -> Vec<(String, Value, Value)> {
    let files = families![
        "cluster_coordinator" 2,
        "cluster_failover" 3,
        "cluster_isr" 1,
        "cluster_min_isr" 2,
        "cluster_unclean" 2,
    ];
    let mut all = Vec::new();
    for (name, file, count) in files {
        let family: Value = serde_json::from_reader(GzDecoder::new(file)).unwrap();
        let cases = family["cases"].as_array().unwrap();
        assert_eq!(cases.len(), count, "{name}");
        all.extend(cases.iter().map(|case| {
            let name = format!("{name}/{}", case["name"].as_str().unwrap());
            (name, case["input"].clone(), crate::vectors::expected_of(case))
        }));
    }
    all
}

#[test]
fn every_case_of_kafka_agrees() {
    let wrong: Vec<String> = cases()
        .iter()
        .filter_map(|(name, input, expected)| {
            judge(input, expected).err().map(|wrong| format!("{name}: {wrong}"))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Chance is another, and brokers beat at other moments.
#[test]
fn every_case_agrees_whatever_the_seed() {
    for (name, input, expected) in cases() {
        for seed in (2..12).filter(|_| !members::is_consumer(&expected)) {
            assert_eq!(judge_in(&input, &expected, seed), Ok(()), "{name} with seed {seed}");
        }
    }
}

/// The last step of a case that two recordings agree about and that fits.
fn step_with(expected: &Value, fits: impl Fn(&Value) -> bool) -> Option<usize> {
    let steps = expected["steps"].as_array().unwrap();
    (0..steps.len()).rev().find(|at| other_run(expected, *at).is_none() && fits(&steps[*at]))
}

#[test]
fn another_state_another_moment_or_one_more_or_less_fails_the_case() {
    for (name, input, expected) in cases() {
        let is_of_topic = |event: &Value| event["topic"].is_string();
        let has_events =
            |step: &Value| step["events"].as_array().is_some_and(|list| list.iter().any(is_of_topic));
        let Some(at) = step_with(&expected, has_events) else { continue };
        let is_restart = input["actions"][at].as_str().unwrap().starts_with("restart");
        for change in ["state", "less", "more", "later", "earlier"] {
            let mut wrong = expected.clone();
            let events = wrong["steps"][at]["events"].as_array_mut().unwrap();
            let dt = events[0]["dt"].as_u64().unwrap();
            match change {
                "state" => events[0]["state"] = json!(["p0 leader=3 isr=3"]),
                "less" => drop(events.pop()),
                "more" => events.push(json!({"dt": 900, "state": ["p0 leader=3 isr=3"]})),
                // A process of Java needs its time to start; ours may come earlier.
                "later" if is_restart => continue,
                "later" => events[0]["dt"] = json!(dt + 2_000),
                // Nothing is earlier than at once.
                _ if dt < 2_000 || is_restart => continue,
                _ => events[0]["dt"] = json!(dt - 2_000),
            }
            let said = judge(&input, &wrong).unwrap_err();
            assert!(said.starts_with(&format!("step {at} ")), "{name}: {change}: {said}");
        }
    }
}

#[test]
fn another_result_fails_the_case() {
    for (name, input, expected) in cases() {
        let steps = expected["steps"].as_array().unwrap();
        for at in (0..steps.len()).filter(|at| other_run(&expected, *at).is_none()) {
            let mut changes = Vec::new();
            let result = &steps[at]["result"];
            if result["results"].is_array() {
                changes.extend([("/results/0", json!(7)), ("/results", json!([]))]);
            }
            if result["results"][0].is_object() {
                changes.push(("/ms", json!(result["ms"].as_u64().unwrap() + 1_000)));
            }
            if result["records"].is_array() {
                changes.extend([("/end", json!(99)), ("/records/0/0", json!(99)), ("/records", json!([]))]);
            }
            if result["0"].is_object() {
                changes.extend([("/0/isr", json!([1])), ("/0/leader", json!(3)), ("/0/replicas", json!([]))]);
            }
            if result["result"].is_object() {
                changes.push(("/result/a-0", json!("no")));
            }
            for (place, other) in changes {
                let mut wrong = expected.clone();
                let value = wrong["steps"][at]["result"].pointer_mut(place).unwrap();
                if *value == other {
                    continue;
                }
                *value = other;
                let said = judge(&input, &wrong).unwrap_err();
                assert!(said.starts_with(&format!("step {at} ")), "{name} {place}: {said}");
            }
        }
    }
}

/// A rebalance that did not follow, or one that did, a commit that was lost: each is seen.
#[test]
fn another_callback_or_another_coordinator_fails_the_case() {
    let is_of_group = |(name, ..): &&(String, Value, Value)| name.starts_with("cluster_coordinator");
    for (name, input, expected) in cases().iter().filter(is_of_group) {
        let rebalance = json!({"dt": 900, "ev": "revoked", "id": "A", "parts": ["a-0"], "gen": 1});
        let changes = [
            ("/steps/4/events/0", rebalance.clone(), 4),
            ("/steps/7/events/0", json!({"ev": "nothing"}), 7),
            ("/steps/9/events/1", json!({"ev": "nothing"}), 9),
            ("/steps/6/result/offsets/a-0", json!(2), 6),
            ("/steps/5/result", json!("broker <c> (any of 1,2,3)"), 5),
            ("/steps/5/state", json!("Empty"), 5),
        ];
        for (place, other, step) in changes {
            let mut wrong = expected.clone();
            // The other recording may have been so.
            wrong["repeat"] = json!({});
            // Which broker was killed is read from there.
            let killed = wrong["steps"][4]["events"][0].clone();
            *wrong.pointer_mut(place).unwrap() = other;
            if step == 4 {
                wrong["steps"][4]["events"] = json!([killed, rebalance]);
            }
            let mut said = judge_in(input, &wrong, 1).unwrap_err();
            // With the first ids the members may get other partitions.
            for seed in SEEDS {
                if said.starts_with("step 1 ") {
                    said = judge_in(input, &wrong, seed).unwrap_err();
                }
            }
            assert!(said.starts_with(&format!("step {step} ")), "{name} {place}: {said}");
        }
    }
}

/// Where a record was lost and another one has its place, the reader has to find the other.
#[test]
fn a_record_that_is_another_one_fails_the_case() {
    let all = cases();
    let (_, input, expected) =
        all.iter().find(|(name, ..)| name == "cluster_failover/acks1_loss_clean_failover").unwrap();
    let mut wrong = expected.clone();
    wrong["steps"][8]["result"]["records"][2][1] = json!("all1");
    assert!(judge(input, &wrong).unwrap_err().starts_with("step 8 "));
}

#[test]
fn what_is_not_modelled_is_not_passed_over() {
    let (_, mut input, expected) = cases().swap_remove(0);
    input["actions"][1] = json!("broker 1 stands on its head");
    let said = judge(&input, &expected).unwrap_err();
    assert!(said.ends_with("not modelled"), "{said}");
}

/// Steps as a recording would have them: the first creates the topic with three replicas, two of which must be in sync.
fn judged(actions: &[&str], steps: &[Value]) -> Result<(), String> {
    let create = json!({"replica_assignment": [[1, 2, 3]], "configs": {"min.insync.replicas": "2"}});
    let all: Vec<Value> = std::iter::once(&create).chain(steps).cloned().collect();
    let actions: Vec<&str> = std::iter::once("create topic a").chain(actions.iter().copied()).collect();
    judge(&json!({ "actions": actions }), &json!({ "steps": all }))
}

fn changed(dt: u64, state: &str) -> Value {
    json!([{"dt": dt, "topic": "a", "state": [format!("p0 {state}")]}])
}

fn sent(results: Value, ms: u64) -> Value {
    json!({"result": {"results": results, "ms": ms}})
}

/// None of the published cases hangs a leader. Its session ends, a follower leads under the next epoch and with the rest of
/// the ISR; when it goes on it has lost nothing but its place.
#[test]
fn a_leader_that_hangs_is_followed_by_another_and_comes_back() {
    let actions = [
        "send 2 acks=all",
        "SIGSTOP broker 1 (the leader hangs)",
        "send 2 acks=all",
        "SIGCONT broker 1",
        "read",
        "preferred leader election",
    ];
    let read = json!([[0, "a"], [1, "b"], [2, "c"], [3, "d"]]);
    let elected = json!({"events": changed(100, "leader=1 isr=2,3,1"), "result": {"result": {"a-0": "ok"}}});
    let steps = [
        sent(json!([0, 1]), 50),
        json!({"events": changed(5_700, "leader=2 isr=2,3")}),
        // Whether it asks the hanging broker first is chance.
        sent(json!([2, 3]), 50),
        json!({"events": changed(500, "leader=2 isr=2,3,1")}),
        json!({"result": {"end": 4, "records": read}}),
        elected,
    ];
    assert_eq!(judged(&actions, &steps), Ok(()));
}

/// A follower that dies amid traffic is out of the ISR after `replica.lag.time.max.ms` and half of it at most, long before
/// its session ends (`ReplicaManager.maybeShrinkIsr`); `min.insync.replicas` holds from the moment at which it is altered.
#[test]
fn the_leader_need_not_wait_for_the_end_of_a_session() {
    let actions = [
        "send 1 acks=all",
        "kill -9 broker 3 (follower), then at once send 1 acks=all",
        "alter min.insync.replicas=3",
        "send 1 acks=all retries=0",
        "alter min.insync.replicas=1",
        "SIGTERM broker 2",
        "send 1 acks=all",
    ];
    let class = "org.apache.kafka.common.errors.NotEnoughReplicasException";
    let refused = json!({"class": class, "msg": "Messages are rejected since there are fewer in-sync replicas than required."});
    let mut late = sent(json!([1]), 1_800);
    late["events"] = changed(1_800, "leader=1 isr=1,2");
    let steps = [
        sent(json!([0]), 50),
        late,
        json!({}),
        sent(json!([refused]), 50),
        json!({}),
        json!({"events": changed(100, "leader=1 isr=1")}),
        sent(json!([2]), 50),
    ];
    assert_eq!(judged(&actions, &steps), Ok(()));
}
