//! What a tool runs in: a copy of the world that it may change and watch, its output, and what it was handed.

use crate::admin::API_TIMEOUT_MS;
use crate::cluster;
use crate::errors::Refused;
use millrace_model::config::producer::ProducerConfig;
use millrace_model::protocol::{AdminRequest, AdminResponse, ResourceKind};
use millrace_model::{ErrorCode, Request, Response, Span, Time, TopicName};
use millrace_script::language::iso;
use millrace_sim::node::Kind;
use millrace_sim::{Command, Entry, EntryId, Name, Recorder, World};
use std::fmt::Write;

/// Files that a line may name (`--offset-json-file`, `--add-config-file`).
pub trait Files {
    /// The text of a file; `None` if there is none of that name.
    fn read(&self, path: &str) -> Option<String>;

    /// Its bytes, if it may be no text.
    fn read_bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.read(path).map(String::into_bytes)
    }
}

/// No file at all.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoFiles;

impl Files for NoFiles {
    fn read(&self, _path: &str) -> Option<String> {
        None
    }
}

/// One line as it is started.
pub struct Invocation<'a> {
    /// The words, the tool's name first.
    pub argv: &'a [String],
    /// The standard input.
    pub stdin: &'a str,
    /// The files.
    pub files: &'a dyn Files,
}

/// What came of a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome {
    /// The standard output.
    pub stdout: String,
    /// The standard error.
    pub stderr: String,
    /// The exit code.
    pub exit: u8,
    /// What it did to the world, each at its time.
    pub commands: Vec<(Time, Command)>,
    /// Files that it wrote, by their paths. Who keeps none lets them go.
    pub files: Vec<(String, String)>,
    /// When it was done.
    pub until: Time,
}

/// A tool ends early, with this exit code.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Exit(pub u8);

/// So many producers with different settings a tool may start.
const PRODUCERS: u32 = 20;

/// `retry.backoff.ms`
const RETRY_BACKOFF: Span = Span::from_millis(100);

/// A tool may let so many steps pass while it waits for one thing; then it goes on without.
const PATIENCE: usize = 200_000;

pub(crate) struct Shell<'a> {
    world: World,
    out: String,
    err: String,
    commands: Vec<(Time, Command)>,
    files: Vec<(String, String)>,
    invocation: &'a Invocation<'a>,
}

impl<'a> Shell<'a> {
    pub fn new(world: &World, invocation: &'a Invocation<'a>) -> Shell<'a> {
        Shell {
            world: world.clone(),
            out: String::new(),
            err: String::new(),
            commands: Vec::new(),
            files: Vec::new(),
            invocation,
        }
    }

    pub fn finish(self, exit: u8) -> Outcome {
        let until = self.world.now();
        let (commands, files) = (self.commands, self.files);
        Outcome { stdout: self.out, stderr: self.err, exit, commands, files, until }
    }

    /// The world as it is now.
    pub fn world(&self) -> &World {
        &self.world
    }

    /// Text on the standard output.
    pub fn print(&mut self, text: &str) {
        self.out.push_str(text);
    }

    /// A line of the standard output.
    pub fn say(&mut self, line: impl AsRef<str>) {
        self.out.push_str(line.as_ref());
        self.out.push('\n');
    }

    /// A line of the standard error.
    pub fn complain(&mut self, line: impl AsRef<str>) {
        self.err.push_str(line.as_ref());
        self.err.push('\n');
    }

    /// A line of the tool's log, which goes to the standard error (`config/tools-log4j.properties`).
    pub fn log(&mut self, level: &str, text: &str, logger: &str) {
        let now = iso::print_datetime(self.world.now().timestamp()).replace('T', " ").replace('.', ",");
        let _ = writeln!(self.err, "[{now}] {level} {text} ({logger})");
    }

    /// The end of a tool that prints an exception's sentence (and, in Java, its stack trace).
    pub fn die(&mut self, words: &str) -> Exit {
        self.complain(words);
        Exit(1)
    }

    /// The end of a tool by a text of argparse4j's.
    pub fn mistake(&mut self, text: &str) -> Exit {
        self.err.push_str(text);
        Exit(1)
    }

    /// The end of a program by an exception that nobody catches.
    pub fn uncaught(&mut self, class: &str, words: &str) -> Exit {
        self.complain(format!("Exception in thread \"main\" {class}: {words}"));
        Exit(1)
    }

    /// The standard input.
    pub fn stdin(&self) -> &'a str {
        self.invocation.stdin
    }

    /// A producer of these settings: one that was started before, or a new one.
    pub fn console_producer(
        &mut self,
        name: &Name,
        topic: &TopicName,
        config: &ProducerConfig,
    ) -> Result<Name, String> {
        for n in 1..=PRODUCERS {
            let name: Name = if n == 1 { name.clone() } else { format!("{name}-{n}").into() };
            match self.world.producer(&name).map(|(_, node)| &node.kind) {
                Some(Kind::Producer(node)) if node.client.config() == config => return Ok(name),
                Some(_) => {}
                None => {
                    let command = Command::StartProducer {
                        name: name.clone(),
                        topic: topic.clone(),
                        config: Box::new(config.clone()),
                    };
                    return self.execute(command).map(|()| name);
                }
            }
        }
        Err(format!("there are {PRODUCERS} producers of that name with other settings already"))
    }

    /// The text of a file.
    pub fn read(&self, path: &str) -> Option<String> {
        self.invocation.files.read(path)
    }

    /// The bytes of a file.
    pub fn read_bytes(&self, path: &str) -> Option<Vec<u8>> {
        self.invocation.files.read_bytes(path)
    }

    /// Writes a file.
    pub fn write(&mut self, path: String, text: String) {
        self.files.push((path, text));
    }

    /// The text of a file; what begins with `{` is the text itself, for there may be no files.
    pub fn read_or_inline(&self, path: &str) -> Option<String> {
        if path.starts_with('{') { Some(path.to_owned()) } else { self.read(path) }
    }

    /// Asks the cluster for something and has it done, if nothing is wrong with the whole of it.
    pub fn administer(&mut self, request: AdminRequest) -> Result<AdminResponse, Refused> {
        if let AdminRequest::IncrementalAlterConfigs { resource, .. } = &request {
            let call = match resource.kind {
                ResourceKind::Quota => "alterClientQuotas",
                ResourceKind::Scram => "alterUserScramCredentials",
                _ => "incrementalAlterConfigs",
            };
            let command = Command::Administer { request: Box::new(request.clone()) };
            self.await_controller(call, Some(command))
                .map_err(|words| Refused::new(ErrorCode::RequestTimedOut, Some(words.into())))?;
        }
        let Some(Response::Admin(answer)) = self.ask(Request::Admin(request.clone())) else {
            return Err(Refused::new(ErrorCode::RequestTimedOut, None));
        };
        if answer.error != ErrorCode::None {
            return Err(Refused::new(answer.error, answer.words));
        }
        let is_worth_it = answer.partitions.is_empty()
            || answer.partitions.iter().any(|(_, error, _)| *error == ErrorCode::None);
        if is_worth_it {
            let command = Command::Administer { request: Box::new(request) };
            self.execute(command)
                .map_err(|words| Refused::new(ErrorCode::PolicyViolation, Some(words.into())))?;
        }
        Ok(answer)
    }

    /// Lets the admin client try in vain for so long; what it says then.
    pub fn timed_out(&mut self, call: &str, timeout_ms: u64) -> String {
        self.try_until(call, timeout_ms, |_| false).err().unwrap_or_default()
    }

    /// Lets the admin client try until `done`, but only for so long.
    ///
    /// # Errors
    /// What it says when that was in vain (`KafkaAdminClient.Call.handleTimeoutFailure`).
    pub fn try_until(
        &mut self,
        call: &str,
        timeout_ms: u64,
        done: impl Fn(&World) -> bool,
    ) -> Result<(), String> {
        let deadline = self.world.now() + Span::from_millis(timeout_ms);
        while !done(&self.world) {
            if self.world.now() >= deadline {
                // `retry.backoff.ms` grows from 100 to `retry.backoff.max.ms`, 1000.
                let tries = 5 + timeout_ms.saturating_sub(1_500) / 1_000;
                let ms = deadline.timestamp().0;
                return Err(format!(
                    "Call(callName={call}, deadlineMs={ms}, tries={tries}, nextAllowedTryMs={}) timed out at {ms} after \
                     {tries} attempt(s)",
                    ms + 1_000
                ));
            }
            let again = self.world.now() + RETRY_BACKOFF;
            self.run_until(again.min(deadline));
        }
        Ok(())
    }

    /// Lets an admin client wait until a controller can decide what it asks: a broker holds the request meanwhile. If none can
    /// in time, what `command` asks for has been asked in vain.
    ///
    /// # Errors
    /// What the client says when its time is over.
    pub fn await_controller(&mut self, call: &str, command: Option<Command>) -> Result<(), String> {
        self.await_controllers((call, API_TIMEOUT_MS), command, World::can_decide)
    }

    /// The same for so many milliseconds, and until `done`.
    ///
    /// # Errors
    /// As [`Shell::await_controller`].
    pub fn await_controllers(
        &mut self,
        (call, timeout_ms): (&str, u64),
        command: Option<Command>,
        done: impl Fn(&World) -> bool,
    ) -> Result<(), String> {
        if done(&self.world) {
            return Ok(());
        }
        let (before, deadline) = (self.world.clone(), self.world.now() + Span::from_millis(timeout_ms));
        while !done(&self.world) && self.world.next_time().is_some_and(|next| next <= deadline) && self.step()
        {
        }
        if done(&self.world) {
            return Ok(());
        }
        self.world = before;
        if let Some(command) = command {
            self.act(command)?;
        }
        self.run_until(deadline);
        // `request.timeout.ms` is half of the time: the broker is asked twice.
        let ms = deadline.timestamp().0;
        Err(format!(
            "Call(callName={call}, deadlineMs={ms}, tries=2, nextAllowedTryMs={}) timed out at {ms} after 2 attempt(s)",
            ms + 200
        ))
    }

    /// Lets time pass.
    pub fn run_until(&mut self, until: Time) {
        while self.world.next_time().is_some_and(|next| next <= until) && self.step() {}
        self.world.advance_clock(until);
    }

    /// The end of a tool that cannot make an admin client.
    pub fn no_admin_client(&mut self, _why: &str) -> Exit {
        self.die("Failed to create new KafkaAdminClient")
    }

    /// What the cluster would answer; nothing changes.
    pub fn ask(&self, request: Request) -> Option<Response> {
        cluster::ask(&self.world, request)
    }

    /// Does something to the world and lets time pass until the administrator has been answered.
    ///
    /// # Errors
    /// The sentence of the playground's own refusal (a named limit, say).
    pub fn execute(&mut self, command: Command) -> Result<(), String> {
        self.act(command)?;
        self.wait(|world| !world.is_administering());
        Ok(())
    }

    /// Does something to the world and lets no time pass.
    ///
    /// # Errors
    /// As [`Shell::execute`].
    pub fn act(&mut self, command: Command) -> Result<(), String> {
        self.world.check(&command).map_err(|refusal| refusal.to_string())?;
        self.commands.push((self.world.now(), command.clone()));
        let mut recorder = self.recorder();
        self.world.execute(command.into(), &mut recorder);
        Ok(())
    }

    /// Lets time pass until `done`, and everything that happens at that same moment.
    pub fn wait(&mut self, done: impl Fn(&World) -> bool) {
        for _ in 0..PATIENCE {
            let now = self.world.now();
            let is_due = self.world.next_time().is_some_and(|next| next <= now);
            if !is_due && done(&self.world) || !self.step() {
                break;
            }
        }
    }

    /// Lets time pass until `until`, or until `done`, and shows everything that happens.
    pub fn watch(&mut self, until: Time, see: &mut dyn FnMut(&Entry), done: impl Fn(&World) -> bool) {
        while !done(&self.world) && self.world.next_time().is_some_and(|next| next <= until) {
            let mut recorder = self.recorder();
            if !self.world.step(&mut recorder) {
                return;
            }
            recorder.finish().iter().for_each(&mut *see);
        }
        if !done(&self.world) {
            self.world.advance_clock(until);
        }
    }

    fn step(&mut self) -> bool {
        let mut recorder = self.recorder();
        self.world.step(&mut recorder)
    }

    /// Nobody reads this trace: the copy is thrown away.
    fn recorder(&self) -> Recorder {
        Recorder::new(EntryId(0), self.world.next_time().unwrap_or(self.world.now()))
    }
}
