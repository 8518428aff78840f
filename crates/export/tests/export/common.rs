//! Worlds to export, and a reader of the lines that came out.

use millrace_model::config::consumer::ConsumerConfig;
use millrace_model::config::topic::TopicConfig;
use millrace_model::{GroupId, Header, Time};
use millrace_script::language::lexer::words;
use millrace_script::{Runner, Statement, parse_script};
use millrace_sim::{AppConfig, Command, NewRecord, Setup, Timeline, World};
use millrace_tools::{Invocation, NoFiles};
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

/// Runs the lines of an exported script below its head by the playground's own tools, in an empty world or behind what
/// has been run already.
pub fn replayed(timeline: &mut Timeline, script: &str) {
    let (_, body) = script.split_once("console, too. ----\n").expect("the line between head and body");
    let mut lines = body.lines();
    while let Some(line) = lines.next() {
        if line.is_empty() || line.starts_with('#') {
            continue;
        }
        let (line, stdin) = match line.split_once(" <<'") {
            None => (line.to_owned(), String::new()),
            Some((line, end)) => {
                let end = end.trim_end_matches('\'');
                let text: String =
                    lines.by_ref().take_while(|line| *line != end).map(|line| format!("{line}\n")).collect();
                (line.to_owned(), text)
            }
        };
        let mut argv: Vec<String> =
            words(&line, 0).unwrap().tokens.into_iter().map(|token| token.text.to_string()).collect();
        argv.splice(1..1, ["--bootstrap-server", "broker-1:9092"].map(str::to_owned));
        let invocation = Invocation { argv: &argv, stdin: &stdin, files: &NoFiles };
        let outcome = millrace_tools::run(timeline.world(), &invocation).expect("a tool");
        assert_eq!((outcome.exit, &*outcome.stderr), (0, ""), "{line}\n{}", outcome.stdout);
        for (at, command) in outcome.commands {
            run_until(timeline, at);
            timeline.dispatch(command).unwrap();
        }
        run_until(timeline, outcome.until);
    }
}

fn run_until(timeline: &mut Timeline, at: Time) {
    while timeline.run_until(at, 100_000) == 100_000 {}
}
