//! The world of a case: what its set-up says, and its placeholders.

use super::sentences;
use millrace_model::Profile;
use millrace_model::{Span, Time};
use millrace_script::{Statement, parse_line};
use millrace_sim::node::Activity;
use millrace_sim::{Command, Setup, Timeline};
use millrace_tools::{Files, Invocation, Outcome};
use std::collections::BTreeMap;

/// The address of the only broker.
const ADDRESS: &str = "broker-1:9092";

/// The address of its controller.
const CONTROLLER: &str = "broker-1:9093";

/// The address of the controller of three.
const CONTROLLER_OF_THREE: &str = "controller:9093";

/// The version of the recording.
const PROFILE: Profile = Profile::Snapshot40;

pub struct Scene {
    timeline: Timeline,
    files: Texts,
    /// The group that was told of last.
    pub last_group: String,
}

struct Texts(BTreeMap<String, Vec<u8>>);

impl Files for Texts {
    fn read(&self, path: &str) -> Option<String> {
        String::from_utf8(self.read_bytes(path)?).ok()
    }

    fn read_bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.0.get(path).cloned()
    }
}

impl Scene {
    pub fn new(seed: u64) -> Scene {
        let file = |(name, text): (&str, &str)| (format!("<tmp>/{name}"), text.as_bytes().to_vec());
        // The files of other cases, which a set-up names without saying what is in them.
        let known = [
            ("ok.json", r#"{"partitions":[{"topic":"d1","partition":0,"offset":2}],"version":1}"#),
            ("all.json", r#"{"partitions":[{"topic":"d1","partition":0,"offset":-1}],"version":1}"#),
            ("tm.json", r#"{"topics":[{"topic":"mv"}],"version":1}"#),
            (
                "re.json",
                r#"{"version":1,"partitions":[{"topic":"mv","partition":0,"replicas":[3,2]},{"topic":"mv","partition":1,"replicas":[2,3]}]}"#,
            ),
            (
                "re2.json",
                r#"{"version":1,"partitions":[{"topic":"mv","partition":0,"replicas":[1,2]},{"topic":"mv","partition":1,"replicas":[1,3]}]}"#,
            ),
            ("rf.json", r#"{"version":1,"partitions":[{"topic":"mv","partition":0,"replicas":[1,2,3]}]}"#),
            ("add.properties", "max.message.bytes=12345\nretention.bytes=99999999\n"),
        ];
        let files = Texts(known.into_iter().map(file).collect());
        let setup = Setup { profile: PROFILE, seed };
        Scene { timeline: Timeline::new(setup), files, last_group: String::new() }
    }

    /// Three brokers and a controller, as `cli_cluster` was recorded with.
    pub fn cluster(seed: u64) -> Result<Scene, String> {
        let mut scene = Scene::new(seed);
        scene.line(
            "cluster start --brokers 3 --override broker.session.timeout.ms=6000 --override replica.lag.time.max.ms=1500 \
             --override auto.leader.rebalance.enable=false",
        )?;
        scene.wait(Span::from_secs(5));
        let admin = b"request.timeout.ms=2000\ndefault.api.timeout.ms=3000\n".to_vec();
        scene.write("<tmp>/admin.properties", admin);
        Ok(scene)
    }

    /// Does what a line of the set-up says: a shell line, or a sentence.
    pub fn prepare(&mut self, line: &str) -> Result<(), String> {
        if !line.starts_with("kafka-") {
            return sentences::carry_out(self, line);
        }
        let (line, times) = match line.split_once(" (four times)") {
            Some((line, _)) => (line, 4),
            None => (line, 1),
        };
        let (line, stdin) = match line.split_once(" <<< ") {
            Some((line, text)) => (line, unescaped(text)),
            None => (line, String::new()),
        };
        let mut words = shell_words(line);
        for word in &mut words {
            *word = self.real(word, "");
        }
        if line.contains(" --throttle ") {
            // Which of two leaders hears first of a move is chance: there the one that is asked too early is asked again later.
            self.line("network slow broker-2 controller 20ms")?;
        }
        (0..times).try_for_each(|_| self.run(&words, &stdin).map(drop))?;
        if line.starts_with("kafka-leader-election") || line.starts_with("kafka-reassign-partitions") {
            // Followers have to catch up.
            self.wait(Span::from_secs(5));
        }
        Ok(())
    }

    pub fn run(&mut self, argv: &[String], stdin: &str) -> Result<Outcome, String> {
        let invocation = Invocation { argv, stdin, files: &self.files };
        let outcome = millrace_tools::run(self.timeline.world(), &invocation);
        let outcome = outcome.ok_or_else(|| format!("not modelled: {}", argv.first().map_or("", |n| n)))?;
        for (at, command) in &outcome.commands {
            self.timeline.run_until(*at, usize::MAX);
            self.dispatch(command.clone())?;
        }
        self.timeline.run_until(outcome.until, usize::MAX);
        let written = outcome.files.iter().cloned();
        self.files.0.extend(written.map(|(path, text)| (path, text.into_bytes())));
        Ok(outcome)
    }

    /// A file that a set-up tells of.
    pub fn write(&mut self, path: &str, bytes: Vec<u8>) {
        self.files.0.insert(path.to_owned(), bytes);
    }

    /// Directories that were formatted are there no more.
    pub fn forget_directories(&mut self) {
        self.files.0.retain(|path, _| !path.ends_with("/meta.properties"));
    }

    pub fn dispatch(&mut self, command: Command) -> Result<(), String> {
        self.timeline.dispatch(command).map(drop).map_err(|refusal| refusal.to_string())
    }

    /// Does what a line of ours says.
    pub fn line(&mut self, line: &str) -> Result<(), String> {
        match parse_line(line, PROFILE) {
            Ok(Some(Statement::Do(command))) => self.dispatch(command),
            Ok(_) => Ok(()),
            Err(problem) => Err(format!("{line}: {problem}")),
        }
    }

    pub fn wait(&mut self, span: Span) {
        let until: Time = self.timeline.world().now() + span;
        self.timeline.run_until(until, usize::MAX);
    }

    /// The group of an instance that runs.
    pub fn group_of(&self, name: &str) -> Option<String> {
        let nodes = self.world().nodes().filter(|(_, node)| node.activity() != Activity::Gone);
        let mut of_it = nodes.filter(|(_, node)| *node.name == *name).filter_map(|(_, node)| node.group());
        of_it.next().map(ToString::to_string)
    }

    /// Every instance that runs.
    pub fn running(&self) -> Vec<String> {
        let nodes = self.world().nodes().filter(|(_, node)| node.activity() == Activity::Running);
        nodes.filter(|(_, node)| node.group().is_some()).map(|(_, node)| node.name.to_string()).collect()
    }

    pub fn world(&self) -> &millrace_sim::World {
        self.timeline.world()
    }

    /// The file of this case, if its note says what is in it.
    pub fn name_file(&mut self, name: Option<&str>, note: &str) {
        let content = note.strip_prefix("file content: ").or_else(|| note.strip_prefix("file: "));
        if let (Some(name), Some(content)) = (name, content) {
            self.files.0.entry(format!("<tmp>/{name}")).or_insert_with(|| content.as_bytes().to_vec());
        }
    }

    /// A word without placeholders; a topic's id is that of the topic that the answer names.
    pub fn real(&self, word: &str, stdout: &str) -> String {
        let word = word.replace("<host>:<port>", ADDRESS).replace("<host>:<controller-port>", CONTROLLER);
        let word = (1..=3)
            .fold(word, |word, id| word.replace(&format!("<host>:<port{id}>"), &format!("broker-{id}:9092")));
        if !word.contains("<topic-id>") {
            return word;
        }
        let named = stdout.lines().find_map(|line| line.strip_prefix("Topic: ")?.split('\t').next());
        let ids = self.ids();
        let id = ids.iter().find(|(name, _)| named.is_none_or(|named| named == name));
        word.replace("<topic-id>", id.map_or("", |(_, id)| id))
    }

    /// Our text with placeholders.
    pub fn placeholders(&self, text: &str) -> String {
        let mut text = text.to_owned();
        for (_, id) in self.ids() {
            text = text.replace(&id, "<topic-id>");
        }
        text = self.placeholders_of_groups(text);
        text = text.replace(&format!("{ADDRESS}  (1)  "), "<host>:<port>  (1)");
        text = text.replace(ADDRESS, "<host>:<port>").replace(CONTROLLER, "<host>:<controller-port>");
        text = text.replace(CONTROLLER_OF_THREE, "<host>:<controller-port0>");
        text = text.replace(CLUSTER, "<cluster-id>").replace(LOG_DIR, "<dir>");
        if let Some(at) = text.find(DIRECTORY).map(|at| at + DIRECTORY.len()) {
            text.replace_range(at..at + 22, "<uuid22>");
        }
        text.lines()
            .map(|line| without_numbers(&without_time(line)) + "\n")
            .collect::<String>()
            .strip_suffix(if text.ends_with('\n') { "" } else { "\n" })
            .unwrap_or_default()
            .to_owned()
    }

    /// Members' ids and hosts. Ours run on machines of their own names; there all were on one.
    fn placeholders_of_groups(&self, mut text: String) -> String {
        for group in self.world().brokers().next().into_iter().flat_map(|broker| broker.groups()) {
            let consumer = group.consumer().into_iter().flat_map(|consumer| consumer.members());
            let mut hosts: Vec<String> = Vec::new();
            for member in consumer {
                text = text.replace(member.id.as_str(), "<member-id-of-22-char>");
                hosts.push(member.subscription.client_host.to_string());
            }
            for member in group.members() {
                let id = member.id.as_str();
                let start = id.len().checked_sub(UUID).and_then(|at| id.get(..at)).unwrap_or_default();
                text = text.replace(id, &format!("{start}<member-uuid>"));
                hosts.push(member.client_host.to_string());
            }
            for host in hosts {
                text = text.replace(&format!("{host:<15}"), &format!("{:<15}", "/127.0.0.1"));
            }
        }
        text
    }

    fn ids(&self) -> Vec<(String, String)> {
        let topics = self.world().asked_broker().into_iter().flat_map(|broker| broker.topics());
        topics.map(|topic| (topic.name().to_string(), millrace_tools::shown_id(topic.id()))).collect()
    }
}

/// The playground's cluster, its only broker's directory, and what comes before the id of one.
const CLUSTER: &str = "bWlsbHJhY2UtY2x1c3Rlcg";
const LOG_DIR: &str = "/tmp/kraft-combined-logs";
const DIRECTORY: &str = "directory.id=";

/// How long a uuid is.
const UUID: usize = 36;

/// Numbers that depend on the run: of a call that was given up in vain, of correlations, of groups that are made up, and
/// the wall clock in records.
fn without_numbers(line: &str) -> String {
    let mut line = line.to_owned();
    for (before, most) in [("correlation id ", 20), ("groupId=console-consumer-", 20), ("CreateTime:", 20)] {
        let Some(at) = line.find(before).map(|at| at + before.len()) else { continue };
        let digits: String =
            line.get(at..).unwrap_or_default().chars().take(most).take_while(char::is_ascii_digit).collect();
        // The recording keeps the times that it made itself.
        let is_kept = digits.is_empty() || digits.starts_with("17900") || digits.starts_with("17000");
        if !is_kept {
            let what = if before == "CreateTime:" { "<timestamp>" } else { "<n>" };
            line.replace_range(at..at + digits.len(), what);
        }
    }
    let line = line.as_str();
    let Some((before, call)) = line.split_at_checked(line.find("Call(callName=").unwrap_or(line.len()))
    else {
        return line.to_owned();
    };
    let mut words: Vec<String> = Vec::new();
    for word in call.split(' ') {
        let number = word.trim_start_matches(|c: char| !c.is_ascii_digit());
        let digits: String = number.chars().take_while(char::is_ascii_digit).collect();
        let is_number = !digits.is_empty() && (word == digits || word.contains('='));
        words.push(if is_number { word.replacen(&digits, "<n>", 1) } else { word.to_owned() });
    }
    before.to_owned() + &words.join(" ")
}

/// `[2026-01-01 12:00:00,000] WARN …` of a log.
fn without_time(line: &str) -> String {
    match line.strip_prefix('[').and_then(|rest| rest.split_at_checked(23)) {
        Some((time, rest)) if rest.starts_with("] ") && time.contains(',') => format!("[<timestamp>{rest}"),
        _ => line.to_owned(),
    }
}

/// The words of a shell line: quoted by `'`, otherwise set off by blanks.
fn shell_words(line: &str) -> Vec<String> {
    let mut words = Vec::new();
    let (mut word, mut quoted, mut started) = (String::new(), false, false);
    for c in line.chars() {
        match c {
            '\'' => (quoted, started) = (!quoted, true),
            ' ' if !quoted => {
                if started {
                    words.push(std::mem::take(&mut word));
                }
                started = false;
            }
            c => {
                word.push(c);
                started = true;
            }
        }
    }
    if started {
        words.push(word);
    }
    words
}

/// `"one\ntwo\n"`
fn unescaped(text: &str) -> String {
    serde_json::from_str(text.trim()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn shell_lines_are_split_as_a_shell_does() {
        assert_eq!(shell_words("a 'b c' d'e f'g ''"), ["a", "b c", "de fg", ""]);
        assert_eq!(unescaped("\"k1\\tv1\\n\""), "k1\tv1\n");
    }
}
