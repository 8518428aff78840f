//! Worlds to export, and a reader of the lines that came out.

use millrace_console::{lines, run};
use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{GroupId, Header};
use millrace_script::{Runner, Statement, parse_script};
use millrace_sim::{AppConfig, Command, NewRecord, Setup, Timeline, World};
use millrace_tools::NoFiles;
use std::sync::Arc;

/// The sample scenes.
pub const SCENES: [(&str, &str); 7] = [
    ("orders", include_str!("../../../../static/scenes/orders.mill")),
    ("keys", include_str!("../../../../static/scenes/keys.mill")),
    ("crash", include_str!("../../../../static/scenes/crash.mill")),
    ("retries", include_str!("../../../../static/scenes/retries.mill")),
    ("break-and-mend", include_str!("../../../../static/scenes/break-and-mend.mill")),
    ("late", include_str!("../../../../static/scenes/late.mill")),
    ("blank", include_str!("../../../../static/scenes/blank.mill")),
];

/// The world that a script ends in.
pub fn ran(script: &str) -> World {
    let (statements, problems) = parse_script(script, Setup::default().profile);
    assert_eq!(problems, []);
    let mut runner = Runner::new(Setup::default());
    for (line, statement) in statements {
        let answer = runner.run(&statement).unwrap_or_else(|failure| panic!("{line:?}: {failure}"));
        assert_eq!(answer.refused, None, "{line:?}");
    }
    runner.timeline().world().clone()
}

/// What nobody should call anything.
pub const NASTY: &str = "a'b\"c\\u000a`$(touch /tmp/x)`*/${HOME}@@ABOUT@@\n#é😀\u{2028}";

/// Names, keys, values and headers with every sign that some language reads as more than itself.
pub fn nasty() -> World {
    let mut runner = Runner::new(Setup::default());
    let mut run = |command: Command| {
        let done = runner.run(&Statement::Do(command)).unwrap();
        assert_eq!(done.refused, None);
    };
    let mut config = TopicConfig::default();
    config.set("retention.ms", Some("604800001"));
    let create = |topic: &str, partitions, config| Command::CreateTopic {
        topic: topic.into(),
        partitions: Some(partitions),
        replication_factor: None,
        config,
    };
    run(create("a.b_c-d", 3, config));
    run(create("plain", 1, TopicConfig::default()));
    let profile = Setup::default().profile;
    let mut app = AppConfig::new(GroupId::new(NASTY), vec!["a.b_c-d".into()], profile);
    app.consumer = ConsumerConfig {
        group_instance_id: Some(NASTY.into()),
        max_poll_records: 3,
        ..ConsumerConfig::defaults(profile)
    };
    run(Command::StartApp { app: Box::new(app), instances: 2 });
    let texts = [
        NASTY,
        "",
        "NULL",
        "k:v|w=x",
        "a,b;c&d",
        "RECORDS",
        "%",
        "<key0>",
        "{\"a\": [1, null]}",
        "\t",
        " x ",
    ];
    let mut records = Vec::new();
    for (at, key) in texts.into_iter().enumerate() {
        for value in texts {
            let header = |key: &str, value: Option<&str>| Header {
                key: key.into(),
                value: value.map(|value| value.as_bytes().into()),
            };
            let headers: Arc<[Header]> = match at % 3 {
                0 => Arc::default(),
                1 => [header("h", Some(value)), header(key, None)].into(),
                _ => [header("", Some("")), header("trace=1", Some("x,y"))].into(),
            };
            records.push(NewRecord {
                topic: Some("a.b_c-d".into()),
                key: (at != 4).then(|| key.as_bytes().into()),
                value: (value != "%").then(|| value.as_bytes().into()),
                timestamp: None,
                partition: None,
                headers,
            });
        }
    }
    let bytes = |key: &[u8], value: &[u8]| NewRecord {
        topic: Some("plain".into()),
        key: Some(key.into()),
        value: Some(value.into()),
        timestamp: None,
        partition: None,
        headers: Arc::default(),
    };
    records.push(bytes(b"\xff\x00", b"x"));
    records.push(bytes(b"two", b"lines\nhere"));
    records.push(bytes(b"one", b"line"));
    run(Command::Produce { producer: None, records });
    let now = runner.timeline().world().now();
    runner.run_until(now + millrace_model::Span::from_secs(10)).unwrap();
    runner.timeline().world().clone()
}

/// Runs the lines of an exported script below its head by the playground's own console, behind what has been run already.
pub fn replayed(timeline: &mut Timeline, script: &str) {
    let (_, body) = script.split_once("console, too. ----\n").expect("the line between head and body");
    for line in lines(body, timeline.setup().profile) {
        let printed = run(timeline, &line, &NoFiles);
        assert_eq!((printed.exit, &*printed.stderr), (0, ""), "{}\n{}", line.text, printed.stdout);
    }
}
