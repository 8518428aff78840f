//! `compression.type` of producers and topics by lines of the script, and what packing costs where machines are modelled.

#![allow(clippy::unwrap_used)]

mod hands;

use hands::accepted as run;
use millrace_model::{CompressionType, Offset, StoredBatch, TopicPartition};
use millrace_sim::Timeline;

const ORDER: &str = r#"'{"order": ${n}, "item": "item-${1..20}", "amount": ${100..999}, "currency": "EUR", "status": "created", "country": "DE"}'"#;

/// 500 orders in batches of 20.
fn orders(topic: &str, producer: &str) -> String {
    format!(
        "kafka-topics --create --topic orders --partitions 1 {topic}\n\
         producer start shop --topic orders --linger 200ms {producer}\n\
         producer rate shop 100 --keys alice,bob,carol --value {ORDER}\nwait 5s\nproducer rate shop off\nwait 2s\n"
    )
}

fn stored(timeline: &Timeline) -> Vec<StoredBatch> {
    let log = timeline.world().log(&TopicPartition::new("orders", 0)).unwrap();
    log.batches_from(Offset(0)).cloned().collect()
}

fn sizes(timeline: &Timeline) -> (usize, usize) {
    let stored = stored(timeline);
    let unpacked = stored.iter().map(|stored| stored.batch.unpacked_size()).sum();
    (unpacked, stored.iter().map(|stored| stored.batch.size_in_bytes).sum())
}

/// The broker keeps what the producer has packed; the log's size, and so its segments and its retention, are the packed one.
#[test]
fn what_a_producer_packs_is_kept_as_it_is() {
    for codec in CompressionType::ALL {
        let timeline = run(&orders("", &format!("--compression {}", codec.name())));
        let (unpacked, packed) = sizes(&timeline);
        assert!(stored(&timeline).iter().all(|stored| stored.batch.compression == codec));
        assert_eq!(
            packed < unpacked / 2,
            codec != CompressionType::None,
            "{codec:?}: {packed} of {unpacked}"
        );
        let log = timeline.world().log(&TopicPartition::new("orders", 0)).unwrap();
        assert_eq!(log.size_in_bytes(), packed as u64);
    }
}

/// A record alone packs badly: the codec needs others to look back at.
#[test]
fn one_record_a_batch_is_hardly_packed() {
    let script = orders("", "--compression gzip").replace("200ms", "0ms");
    let (unpacked, packed) = sizes(&run(&script));
    assert!(packed > unpacked * 2 / 3, "{packed} of {unpacked}");
}

#[test]
fn a_topic_with_a_codec_of_its_own_packs_anew() {
    let kept = |topic: &str, producer: &str| {
        let timeline = run(&orders(&format!("--config compression.type={topic}"), producer));
        (stored(&timeline).first().unwrap().batch.compression, sizes(&timeline).1)
    };
    let by_producer = |codec: &str| sizes(&run(&orders("", &format!("--compression {codec}")))).1;
    let (gzip, none) = (CompressionType::Gzip, CompressionType::None);
    assert_eq!(kept("gzip", ""), (gzip, by_producer("gzip")));
    assert_eq!(kept("gzip", "--compression lz4"), (gzip, by_producer("gzip")));
    assert_eq!(kept("uncompressed", "--compression lz4"), (none, by_producer("none")));
    assert_eq!(kept("producer", "--compression lz4"), (CompressionType::Lz4, by_producer("lz4")));
}

/// 10 KB a second are wanted, and a quota of 3 KB counts packed bytes.
#[test]
fn a_quota_counts_packed_bytes() {
    let quota = "kafka-configs --alter --entity-type clients --entity-name shop --add-config producer_byte_rate=3000\n";
    let script = |codec: &str| {
        let orders = orders("", &format!("--compression {codec}")).replace("wait 5s", "wait 60s");
        orders.replace("producer start", &format!("{quota}producer start"))
    };
    run(&(script("none") + "expect throttled(shop) > 10s"));
    run(&(script("zstd") + "expect throttled(shop) < 1s"));
}

/// A thin network carries the packed orders and not the others; a slow core packs them too late with gzip, and in time with lz4.
#[test]
fn packing_is_paid_in_time_of_a_core_and_saves_that_of_the_network() {
    let script = |machines: &str, codec: &str, expects: &str| {
        let orders = orders("", &format!("--compression {codec}")).replace("wait 5s", "wait 20s");
        let orders = orders.replace("producer rate shop off\nwait 2s\n", "");
        let reader = "app start billing --topic orders\nwait 5s\nproducer start";
        run(&(format!("machines {machines}\n") + &orders.replace("producer start", reader) + expects));
    };
    let thin = "--network 8KB --codec 100KB";
    script(
        thin,
        "none",
        "expect busy(shop, out) >= 99\nexpect busy(shop, codec) == 0\nexpect p99(billing) > 4s",
    );
    script(
        thin,
        "gzip",
        "expect busy(shop, out) <= 60\nexpect busy(shop, codec) >= 5\nexpect p99(billing) < 2s",
    );
    let slow = "--network 8KB --codec 8KB";
    script(slow, "gzip", "expect busy(shop, codec) >= 99\nexpect p99(billing) > 4s");
    script(slow, "lz4", "expect busy(shop, codec) <= 20\nexpect p99(billing) < 2s");
}

/// Who packs anew at the broker pays with request threads.
#[test]
fn a_topics_own_codec_is_paid_by_request_threads() {
    let busy = |topic: &str, expects: &str| {
        let orders = orders(topic, "--compression lz4")
            .replace("wait 5s\nproducer rate shop off\nwait 2s\n", "wait 20s\n");
        run(&format!("machines --io-threads 1 --per-request 0ms --codec 20KB\n{orders}{expects}"));
    };
    busy("", "expect busy(broker-1, threads) <= 5");
    busy("--config compression.type=gzip", "expect busy(broker-1, threads) >= 40");
}

/// Three replicas: what comes in at the leader goes out twice, and comes in and is written at each follower.
#[test]
fn copies_between_brokers_take_the_network_and_the_followers_disk() {
    let script = |replicas: u32, expects: &str| {
        run(&format!(
            "cluster start --brokers 3\nmachines --network 40KB --disk 40KB --per-request 0ms\nwait 5s\n\
             kafka-topics --create --topic orders --replica-assignment {}\n\
             producer start shop --topic orders --linger 100ms\nwait 1s\n\
             producer rate shop 100 --keys a,b --value {ORDER}\nwait 20s\n{expects}",
            if replicas == 3 { "1:2:3" } else { "1" },
        ))
    };
    script(
        1,
        "expect busy(broker-1, in) >= 25\nexpect busy(broker-2, disk) == 0\nexpect busy(broker-1, out) <= 10",
    );
    script(
        3,
        "expect busy(broker-2, in) >= 25\nexpect busy(broker-3, disk) >= 25\nexpect busy(broker-1, out) >= 50\n\
         expect hw(orders-0) > 1900",
    );
}
