//! `README.md`: what is in the folder, how it is started, and which of it anybody has tried.

use crate::plan::{Plan, Role};
use crate::{Check, File, Options, comment};
use crate::{clients, pipelines};

/// The whole file.
pub(crate) fn text(plan: &Plan, options: &Options, files: &[File]) -> String {
    let title = if options.title.is_empty() { "A scenario of Millrace" } else { &options.title };
    let mut out = format!("# {}\n\n", plain(title));
    out.push_str(&format!(
        "This folder sets up the scenario on real Apache Kafka {} in containers, with the topics, settings and records that\n\
         the playground had when it was exported. Nothing in it needs the playground.\n\n",
        plan.version()
    ));
    start(&mut out, plan, files);
    parts(&mut out, files);
    checked(&mut out);
    differences(&mut out, plan);
    out
}

/// Text that Markdown shows as it is.
fn plain(text: &str) -> String {
    let mut out = String::new();
    for c in comment::line(text).chars() {
        if c.is_ascii_punctuation() {
            out.push('\\');
        }
        out.push(c);
    }
    out
}

fn start(out: &mut String, plan: &Plan, files: &[File]) {
    out.push_str("## Start\n\n```sh\ndocker compose up --detach --wait\n./setup.sh      # topics and settings\n./produce.sh    # the records\n```\n\n");
    let hosts: Vec<String> = plan.places.iter().map(|place| format!("`{}`", place.outside)).collect();
    out.push_str(&format!("Clients on this machine find the cluster at {}.\n\n", hosts.join(", ")));
    out.push_str("```sh\npip install -r python/requirements.txt\npython3 python/replay.py    # instead of produce.sh: partition, timestamp and bytes exactly as they were\n```\n\n");
    for app in &plan.apps {
        let course = clients::Course::of(app);
        if course.stages.len() > 1 {
            out.push_str(&format!(
                "- {}: start its consumer once for each stage, 0 to {} (the stage is the argument).\n",
                plain(app.config.group.as_str()),
                course.stages.len() - 1
            ));
        }
        if app.instances > 1 {
            let group = plain(app.config.group.as_str());
            out.push_str(&format!("- {group}: the scenario runs {}.\n", clients::instances(app.instances)));
        }
    }
    for pipeline in plan.pipelines.iter().filter(|pipeline| pipeline.instances > 1) {
        let id = plain(&pipeline.application_id);
        out.push_str(&format!(
            "- {id}: the scenario runs {} instances of the pipeline.\n",
            pipeline.instances
        ));
    }
    let has = |part: &str| files.iter().any(|file| file.path.starts_with(part));
    if has("java/pom") {
        out.push_str(
            "- Java: in `java/`, `mvn compile exec:java -Dexec.mainClass=scenario.` and the class's name.\n",
        );
    }
    if has("spring/pom") {
        out.push_str("- Spring Kafka: in `spring/`, `mvn spring-boot:run`.\n");
    }
    if has("rust/Cargo") {
        out.push_str("- Rust: in `rust/`, `cargo run --bin ` and the file's name.\n");
    }
    if has("streams/pom") {
        out.push_str("- Pipelines: in `streams/`, `mvn test`, then `mvn compile exec:java -Dexec.mainClass=` and the class's name.\n");
    }
    out.push_str("\n`docker compose down --volumes` takes everything away again.\n\n");
}

fn parts(out: &mut String, files: &[File]) {
    out.push_str("## What is in it\n\n| file | |\n|---|---|\n");
    for file in files {
        out.push_str(&format!("| `{}` | {} |\n", file.path, says(file)));
    }
    out.push('\n');
}

/// What a file is.
fn says(file: &File) -> &'static str {
    match (file.path.as_str(), file.checked) {
        ("docker-compose.yml", _) => "the brokers, in KRaft mode",
        ("setup.sh", _) => "topics and settings, in the lines of Kafka's tools",
        ("produce.sh", _) => "the records, by Kafka's console producer",
        ("records.jsonl", _) => "the records as they were, one a line",
        ("python/replay.py", _) => "sends `records.jsonl`",
        (path, _) if path.ends_with("pom.xml") => "Maven's build file",
        (path, _) if path.ends_with("Test.java") => {
            "the pipeline under Kafka's TopologyTestDriver: `mvn test`"
        }
        (path, _) if path.starts_with("streams/") && path.ends_with(".java") => {
            "the pipeline, for Kafka Streams"
        }
        (path, Check::Data) if path.ends_with("inputs.tsv") => "what the test sends",
        (path, Check::Data) if path.ends_with("expected.tsv") => "what the playground's engine gave for it",
        (path, _) if path.ends_with("Cargo.toml") => "Cargo's build file",
        (path, _) if path.ends_with("requirements.txt") => "what pip installs",
        (path, Check::Python | Check::Java | Check::Rust)
            if path.to_ascii_lowercase().contains("producer") =>
        {
            "the producer"
        }
        (path, _) if path.ends_with("Partitioner.java") => "the scenario's own partitioner.class",
        (path, _) if path.ends_with("Listener.java") => {
            "the application in Spring Kafka's listener container"
        }
        (path, _) if path.ends_with("Application.java") => "starts Spring's listeners",
        (path, _) if path.ends_with("application.properties") => "where Spring finds the cluster",
        (_, Check::Python | Check::Java | Check::Rust) => "the application",
        _ => "a pipeline that has no Java, and why",
    }
}

fn checked(out: &mut String) {
    out.push_str(
        "## What was checked, and what never ran\n\n\
         Exports of the playground's sample scenes, and of a world with unpleasant names, are checked by its command\n\
         `cargo xtask export-check`. This export was made by the same code; nobody has looked at it yet.\n\n\
         | part | checked | never |\n|---|---|---|\n\
         | `docker-compose.yml` | parsed, and held to the schema of the Compose specification | started: no container ran |\n\
         | `setup.sh`, `produce.sh` | read by `bash -n` and `shellcheck`; their lines run by the playground's own tools give the same topics and records | run against a broker of Apache Kafka |\n\
         | `python/` | compiled to bytecode | run |\n\
         | `rust/` | checked by the compiler against the crate `rdkafka` | run |\n\
         | `java/` | read by the Java compiler's parser, and held to a text that people have read | compiled against Kafka's classes, run |\n\
         | `spring/` | read by the Java compiler's parser | compiled against Spring's classes, run |\n\
         | `streams/` | as `java/`; the DSL calls come from a generator whose classes `javac` has accepted | this test was never run |\n\n",
    );
}

fn differences(out: &mut String, plan: &Plan) {
    out.push_str("## What differs from the playground\n\n");
    out.push_str("- The console producer gives every record the time at which it is sent. Windows count by timestamps: for pipelines send the records with `python/replay.py`.\n");
    out.push_str(
        "- A key leads to the same partition (murmur2); a record without a key may land in another one.\n",
    );
    let results: Vec<String> = plan
        .topics
        .iter()
        .filter(|topic| topic.role == Role::Results)
        .map(|topic| plain(topic.name.as_str()))
        .collect();
    if !results.is_empty() {
        out.push_str(&format!(
            "- The records of {} are not sent: applications write them.\n",
            results.join(", ")
        ));
    }
    out.push_str("- What a listener does is yours: in the clients it waits as long as in the scenario, and fails only where you make it fail; the scenario's rules stand beside as comments.\n");
    out.push_str("- Running time, faults and what was on its way are not part of it.\n");
    if !plan.committed.is_empty() {
        out.push_str("- Committed offsets are not part of it; groups begin where `auto.offset.reset` says. They stood here:\n");
        for (group, stood) in &plan.committed {
            out.push_str(&format!("  - {}: {}\n", plain(group), plain(stood)));
        }
    }
    for app in &plan.apps {
        let group = plain(app.config.group.as_str());
        for line in clients::failures(app) {
            out.push_str(&format!("- Not here, a rule of {group}: {}.\n", plain(&line)));
        }
    }
    if !plan.pipelines.is_empty() {
        out.push_str(&format!(
            "- A pipeline's test has one partition and at most the first {} records.\n",
            pipelines::RECORDS
        ));
    }
    for left_out in &plan.left_out {
        out.push_str(&format!("- Not here: {}.\n", plain(left_out)));
    }
}
