//! Does what the recording did, with the lines that a learner would type, in a world of three brokers.

use super::action::Deed;
use super::members::Members;
use super::watch::{self, Watch};
use crate::vectors::field;
use millrace_broker::{Input, RequestId};
use millrace_client::producer::ProducerEvent;
use millrace_model::config::producer::{Acks, ProducerConfig};
use millrace_model::protocol::{
    FetchPartition, FetchRequest, IsolationLevel, ListOffsetsRequest, OffsetSpec,
};
use millrace_model::{BrokerId, ErrorCode, Offset, Profile, Request, Response, Span, Time, TopicPartition};
use millrace_script::language::quote::option;
use millrace_script::{Statement, parse_line};
use millrace_sim::{
    Actor, Command, Entry, EntryId, Fact, Name, NewRecord, SeededDice, Setup, Timeline, World,
};
use serde_json::{Value, json};

/// The version of the recording.
const PROFILE: Profile = Profile::Snapshot40;

/// The brokers' settings in the recording.
const BROKERS: [&str; 4] = [
    "broker.session.timeout.ms=6000",
    "broker.heartbeat.interval.ms=500",
    "replica.lag.time.max.ms=1500",
    "auto.leader.rebalance.enable=false",
];

/// What the recording's steps show of its groups' settings.
const GROUPS: [&str; 2] =
    ["group.initial.rebalance.delay.ms=500", "group.consumer.heartbeat.interval.ms=1000"];

/// `request.timeout.ms` of the recording's producers.
pub const REQUEST_TIMEOUT: Span = Span::from_secs(4);

/// The producers' settings in the recording, and what an action says otherwise.
fn producer(with: &[(String, String)]) -> Result<ProducerConfig, String> {
    let mut config = ProducerConfig {
        linger: Span::ZERO,
        enable_idempotence: Some(false),
        delivery_timeout: Span::from_secs(8),
        request_timeout: REQUEST_TIMEOUT,
        retry_backoff: Span::from_millis(200),
        ..ProducerConfig::defaults(PROFILE)
    };
    for (key, value) in with {
        let strange = || format!("not modelled: {key}={value}");
        let number = || value.parse().map_err(|_| strange());
        match (&**key, &**value) {
            ("acks", "all") => config.acks = Acks::All,
            ("acks", "1") => config.acks = Acks::One,
            ("acks", "0") => config.acks = Acks::Zero,
            ("retries", _) => config.retries = value.parse().map_err(|_| strange())?,
            ("linger.ms", _) => config.linger = Span::from_millis(number()?),
            ("enable.idempotence", value) => config.enable_idempotence = Some(value == "true"),
            ("delivery.timeout.ms", _) => config.delivery_timeout = Span::from_millis(number()?),
            ("request.timeout.ms", _) => config.request_timeout = Span::from_millis(number()?),
            ("max.block.ms", _) => config.max_block = Span::from_millis(number()?),
            _ => return Err(strange()),
        }
    }
    Ok(config)
}

/// All of the recording's processes were on one machine.
const LATENCY: &str = "100us";

/// As long as anything may take.
const PATIENCE: Span = Span::from_secs(60);

/// What a deed came to, as the recording writes it.
#[derive(Clone, Debug, PartialEq)]
pub enum Came {
    /// It has none.
    Nothing,
    /// A `send`: offsets or exceptions, and how long it took.
    Sent(Vec<Value>, Span),
    /// Something else.
    Told(Value),
}

/// A world in which a case is replayed.
pub struct Driver {
    timeline: Timeline,
    pub watch: Watch,
    pub members: Members,
    sends: u32,
}

impl Driver {
    pub fn new(seed: u64) -> Result<Driver, String> {
        let timeline = Timeline::new(Setup { seed, profile: PROFILE });
        let mut driver = Driver { timeline, watch: Watch::default(), members: Members::default(), sends: 0 };
        let mut server = "kafka-server-start".to_owned();
        for setting in GROUPS {
            option(&mut server, "override", setting);
        }
        driver.line(&server)?;
        let mut start = "cluster start --brokers 3".to_owned();
        for setting in BROKERS {
            option(&mut start, "override", setting);
        }
        driver.line(&start)?;
        driver.line(&format!("network latency {LATENCY}"))?;
        driver.wait(Span::from_secs(5));
        Ok(driver)
    }

    pub fn world(&self) -> &World {
        self.timeline.world()
    }

    pub fn timeline(&self) -> &Timeline {
        &self.timeline
    }

    pub fn now(&self) -> Time {
        self.world().now()
    }

    /// Whether a broker stands still.
    pub fn is_anybody_paused(&self) -> bool {
        self.world().brokers().any(|broker| self.world().is_broker_paused(broker.id()))
    }

    /// Does one thing.
    pub fn act(&mut self, deed: &Deed, step: &Value) -> Result<Came, String> {
        match deed {
            Deed::Create => self.create(step)?,
            Deed::Kill(id) => drop(self.line(&format!("broker crash broker-{id}"))?),
            Deed::Stop(id) => drop(self.line(&format!("broker stop broker-{id}"))?),
            Deed::Pause(id) => drop(self.line(&format!("broker pause broker-{id}"))?),
            Deed::Resume(id) => drop(self.line(&format!("broker resume broker-{id}"))?),
            Deed::Restart(id) => drop(self.line(&format!("broker restart broker-{id}"))?),
            Deed::Send { count, with } => return self.send(*count, with),
            Deed::Elect(kind) => return self.elect(kind),
            Deed::Alter(settings) => self.alter(settings)?,
            Deed::Describe => return Ok(Came::Told(self.describe()?)),
            Deed::Read => return self.patiently(Driver::read).map(Came::Told),
            Deed::Wait(span) => self.wait(*span),
            Deed::Join => self.join()?,
            Deed::Commit => self.commit()?,
            Deed::Coordinator => return self.coordinator(),
            Deed::KillCoordinator => self.end_coordinator("crash")?,
            Deed::StopCoordinator => self.end_coordinator("stop")?,
            Deed::Committed => return self.committed(),
            Deed::RestartKilled => self.restart_killed()?,
            Deed::Close(member) => self.close(member)?,
        }
        Ok(Came::Nothing)
    }

    /// Lets virtual time pass, looking on.
    pub fn wait(&mut self, span: Span) {
        let until = self.now() + span;
        while self.world().next_time().is_some_and(|next| next <= until) && self.step() {}
        self.timeline.run_until(until, usize::MAX);
        self.watch.look(self.timeline.world());
    }

    fn step(&mut self) -> bool {
        let is_done = self.timeline.step();
        self.watch.look(self.timeline.world());
        is_done
    }

    pub fn line(&mut self, line: &str) -> Result<EntryId, String> {
        match parse_line(line, PROFILE) {
            Ok(Some(Statement::Do(command))) => self.dispatch(command),
            Ok(_) => Err(format!("not modelled: {line}")),
            Err(problem) => Err(format!("not modelled: {line}: {problem}")),
        }
    }

    fn dispatch(&mut self, command: Command) -> Result<EntryId, String> {
        self.timeline.dispatch(command).map_err(|refusal| refusal.to_string())
    }

    /// What has happened since, the newest first.
    fn since(&self, entry: EntryId) -> impl Iterator<Item = &Entry> {
        let all = self.timeline.branch().entries_before(self.world().steps());
        all.take_while(move |of| of.id > entry)
    }

    /// Waits until an administrator's request is answered: what was refused.
    fn answered(&mut self, since: EntryId) -> Result<Option<String>, String> {
        let deadline = self.now() + PATIENCE;
        while self.world().is_administering() {
            if self.now() > deadline || !self.step() {
                return Err("the cluster does not answer".to_owned());
            }
        }
        Ok(self.since(since).find_map(|entry| match &entry.fact {
            Fact::Administered { refused, .. } => refused.as_ref().map(ToString::to_string),
            _ => None,
        }))
    }

    fn create(&mut self, step: &Value) -> Result<(), String> {
        let replicas = |partition: &Value| {
            let ids = partition.as_array().into_iter().flatten().map(Value::to_string);
            ids.collect::<Vec<_>>().join(":")
        };
        let assigned = field(step, "replica_assignment").as_array().ok_or("not modelled: no replicas")?;
        let assigned: Vec<String> = assigned.iter().map(replicas).collect();
        let mut line = "kafka-topics --create --topic a".to_owned();
        option(&mut line, "replica-assignment", &assigned.join(","));
        for (key, value) in field(step, "configs").as_object().into_iter().flatten() {
            option(&mut line, "config", &format!("{key}={}", value.as_str().unwrap_or_default()));
        }
        let entry = self.line(&line)?;
        if let Some(refused) = self.answered(entry)? {
            return Err(refused);
        }
        self.wait(Span::from_secs(1));
        self.watch = Watch::default();
        self.watch.look(self.timeline.world());
        Ok(())
    }

    fn alter(&mut self, settings: &[(String, String)]) -> Result<(), String> {
        for (key, value) in settings {
            let mut line = "kafka-configs --alter --entity-type topics --entity-name a".to_owned();
            option(&mut line, "add-config", &format!("{key}={value}"));
            let entry = self.line(&line)?;
            if let Some(refused) = self.answered(entry)? {
                return Err(refused);
            }
        }
        Ok(())
    }

    fn send(&mut self, count: usize, with: &[(String, String)]) -> Result<Came, String> {
        self.sends += 1;
        let name = format!("p{}", self.sends);
        let (client, config) = (Name::from(&*name), Box::new(producer(with)?));
        self.dispatch(Command::StartProducer { name: client.clone(), topic: "a".into(), config })?;
        let began = self.now();
        let record = |n: usize| NewRecord {
            topic: None,
            key: None,
            value: Some(format!("{name}-{n}").as_bytes().into()),
            timestamp: None,
            partition: None,
            headers: [].into(),
        };
        let records = (0..count).map(record).collect();
        let sent = self.dispatch(Command::Produce { producer: Some(client), records })?;
        loop {
            if let Some(results) = self.results(&name, sent, count) {
                return Ok(Came::Sent(results, self.now().since(began)));
            }
            if self.now() > began + PATIENCE || !self.step() {
                return Err("nothing becomes of the records".to_owned());
            }
        }
    }

    /// What became of the records that a command has sent, once it is known of all.
    fn results(&self, name: &str, sent: EntryId, count: usize) -> Option<Vec<Value>> {
        let mut results = Vec::new();
        let is_its = |actor: Actor| match actor {
            Actor::Node(id) => self.world().node(id).is_some_and(|node| *node.name == *name),
            _ => false,
        };
        let entries: Vec<&Entry> = self.since(sent).filter(|entry| is_its(entry.actor)).collect();
        for entry in entries.into_iter().rev() {
            match &entry.fact {
                Fact::Producer(ProducerEvent::BatchAcknowledged { base_offset, batch, .. }) => {
                    let is_known = *base_offset != Offset(-1);
                    let offset = |n| if is_known { base_offset.plus(n).0 } else { -1 };
                    results.extend((0..batch.len()).map(|n| json!(offset(n))));
                }
                Fact::Producer(ProducerEvent::RecordsFailed { origins, failure, .. }) => {
                    let exception = json!({"class": failure.class, "msg": &*failure.message});
                    results.extend(origins.iter().map(|_| exception.clone()));
                }
                _ => {}
            }
        }
        (results.len() == count).then_some(results)
    }

    fn elect(&mut self, kind: &str) -> Result<Came, String> {
        let line = format!("kafka-leader-election --election-type {kind} --topic a --partition 0");
        let entry = self.line(&line)?;
        let answer = match self.answered(entry)? {
            None => json!("ok"),
            Some(refused) => {
                let (_, words) = refused.split_once(": ").unwrap_or(("", &refused));
                let error = ErrorCode::ALL.iter().find(|error| error.message() == words);
                json!({"class": error.map(|error| class(*error)), "msg": words})
            }
        };
        Ok(Came::Told(json!({ "result": { "a-0": answer } })))
    }

    fn describe(&self) -> Result<Value, String> {
        let partitions = watch::describe(self.world()).ok_or("nobody answers")?;
        let numbers = |ids: &[BrokerId]| ids.iter().map(|id| id.0).collect::<Vec<_>>();
        let mut all = serde_json::Map::new();
        for (number, info) in partitions.iter().enumerate() {
            let leader = info.leader.map_or(-1, |leader| leader.0);
            let (replicas, isr) = (numbers(&info.replicas), numbers(&info.isr));
            all.insert(number.to_string(), json!({"leader": leader, "replicas": replicas, "isr": isr}));
        }
        Ok(Value::Object(all))
    }

    /// Asks until there is an answer.
    pub fn patiently<T>(&mut self, ask: impl Fn(&Driver) -> Option<T>) -> Result<T, String> {
        let deadline = self.now() + PATIENCE;
        while self.now() <= deadline {
            if let Some(answer) = ask(self) {
                return Ok(answer);
            }
            self.wait(Span::from_millis(100));
        }
        Err("nobody answers".to_owned())
    }

    /// What a broker answers to a question that changes nothing: it is only thought through.
    pub fn ask(&self, id: BrokerId, request: Request) -> Option<Response> {
        let world = self.world();
        let broker = world.broker(id).filter(|_| !world.is_broker_down(id) && !world.is_broker_paused(id))?;
        let input = Input::Request { from: RequestId(u64::MAX), request };
        let outcome = broker.decide(world.now(), &input, &SeededDice { seed: 0 });
        outcome.replies.into_iter().next().map(|(_, response)| response)
    }

    /// All that a consumer finds from the beginning on, and the end that it is told.
    fn read(&self) -> Option<Value> {
        let leader = watch::describe(self.world())?.first()?.leader?;
        let tp = TopicPartition::new("a", 0);
        let ask = |request: Request| self.ask(leader, request);
        let isolation_level = IsolationLevel::ReadUncommitted;
        let partitions = vec![(tp.clone(), OffsetSpec::Latest)];
        let ends = ask(Request::ListOffsets(ListOffsetsRequest { isolation_level, partitions }))?;
        let Response::ListOffsets(ends) = ends else { return None };
        let end = ends.partitions.first().filter(|listed| listed.error == ErrorCode::None)?.offset;
        let all = usize::MAX;
        let partition = FetchPartition {
            tp,
            fetch_offset: Offset(0),
            current_leader_epoch: None,
            partition_max_bytes: all,
        };
        let (max_wait, partitions) = (Span::ZERO, vec![partition]);
        let (min_bytes, max_bytes, rack_id) = (1, all, None);
        let fetch = FetchRequest { max_wait, min_bytes, max_bytes, isolation_level, rack_id, partitions };
        let Response::Fetch(fetched) = ask(Request::Fetch(fetch))? else { return None };
        let fetched = fetched.partitions.into_iter().next().filter(|of| of.error == ErrorCode::None)?;
        let mut records = Vec::new();
        for stored in &fetched.batches {
            for (n, record) in stored.batch.records.iter().enumerate() {
                let value = String::from_utf8_lossy(record.value.as_deref().unwrap_or_default()).into_owned();
                records.push(json!([stored.base_offset.plus(n).0, value]));
            }
        }
        Some(json!({"end": end.0, "records": records}))
    }
}

/// Java's exception for an error: `ELECTION_NOT_NEEDED` → `ElectionNotNeededException`.
fn class(error: ErrorCode) -> String {
    let word = |word: &str| {
        let (first, rest) = word.split_at_checked(1).unwrap_or((word, ""));
        format!("{first}{}", rest.to_lowercase())
    };
    let name: String = error.name().split('_').map(word).collect();
    format!("org.apache.kafka.common.errors.{name}Exception")
}
