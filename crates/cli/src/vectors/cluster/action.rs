//! What the recording did, read from its sentences: `SIGSTOP 2,3; send 2 acks=1 (…); kill -9 leader 1 at once; SIGCONT 2,3`.

use millrace_model::{BrokerId, Span};

/// One thing done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// The topic of the case comes to be, with the replicas and settings that its step names.
    Create,
    /// `kill -9`.
    Kill(BrokerId),
    /// SIGTERM.
    Stop(BrokerId),
    /// SIGSTOP.
    Pause(BrokerId),
    /// SIGCONT.
    Resume(BrokerId),
    /// The process starts again.
    Restart(BrokerId),
    /// A new producer sends so many records, with settings besides the usual ones, and waits for what becomes of them.
    Send {
        /// How many.
        count: usize,
        /// `acks`, `retries`, `enable.idempotence` …
        with: Vec<(String, String)>,
    },
    /// ElectLeaders for the only partition: `preferred` or `unclean`.
    Elect(&'static str),
    /// IncrementalAlterConfigs of the topic: settings with their values.
    Alter(Vec<(String, String)>),
    /// The topic as Admin.describeTopics shows it.
    Describe,
    /// All records of the only partition, and its end.
    Read,
    /// Time passes.
    Wait(Span),
    /// Consumers A and B start.
    Join,
    /// Both call commitSync.
    Commit,
    /// FindCoordinator and DescribeGroups.
    Coordinator,
    /// `kill -9` of the broker that coordinates the group.
    KillCoordinator,
    /// SIGTERM of the broker that coordinates the group.
    StopCoordinator,
    /// OffsetFetch, of all.
    Committed,
    /// The killed broker starts again.
    RestartKilled,
    /// A consumer closes.
    Close(String),
}

/// What is done, one thing after the other, and for how long the recording looked on at least.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    pub deeds: Vec<Deed>,
    pub stays: Span,
}

/// Beyond a broker's session, with all that follows from its end.
const SESSION: Span = Span::from_secs(7);
/// As long as a broker needs to come back into the ISR, or a group to settle.
const RETURN: Span = Span::from_secs(5);
/// How long the recording needed for the first request of its producer, which had gone to a broker that stood still: by then
/// no fetch of a follower waits at the leader any more.
const FIRST_REQUEST: Span = Span::from_secs(4);

/// Reads a sentence; `None` if it says something else.
pub fn parse(sentence: &str) -> Option<Action> {
    let plain = sentence.replace(", then at once ", "; at once ").replace(", at once ", "; at once ");
    let mut deeds = Vec::new();
    let is_one = plain.starts_with("read");
    for clause in plain.split("; ").take(if is_one { 1 } else { usize::MAX }) {
        clause_of(clause, &mut deeds)?;
    }
    let has = |is: fn(&Deed) -> bool| deeds.iter().any(is);
    let stays = if has(|deed| matches!(deed, Deed::Kill(_) | Deed::KillCoordinator | Deed::StopCoordinator)) {
        SESSION
    } else if has(|deed| {
        matches!(
            deed,
            Deed::Send { .. }
                | Deed::Describe
                | Deed::Read
                | Deed::Wait(_)
                | Deed::Coordinator
                | Deed::Committed
        )
    }) {
        Span::ZERO
    } else if has(|deed| matches!(deed, Deed::Pause(_))) {
        SESSION
    } else {
        RETURN
    };
    Some(Action { deeds, stays })
}

/// What is done to a broker.
type Verb = fn(BrokerId) -> Deed;

fn clause_of(clause: &str, deeds: &mut Vec<Deed>) -> Option<()> {
    let (is_at_once, clause) = match clause.strip_prefix("at once ") {
        Some(rest) => (true, rest),
        None => (false, clause),
    };
    let verbs: [(&str, Verb); 6] = [
        ("kill -9 ", Deed::Kill),
        ("SIGKILL ", Deed::Kill),
        ("SIGTERM ", Deed::Stop),
        ("SIGSTOP ", Deed::Pause),
        ("SIGCONT ", Deed::Resume),
        ("restart ", Deed::Restart),
    ];
    for (verb, deed) in verbs {
        let whom = clause.strip_prefix(verb).map(brokers).filter(|whom| !whom.is_empty());
        if let Some(whom) = whom {
            deeds.extend(whom.into_iter().map(deed));
            return Some(());
        }
    }
    if let Some(rest) = clause.strip_prefix("send ") {
        if !is_at_once && deeds.iter().any(|deed| matches!(deed, Deed::Pause(_))) {
            deeds.push(Deed::Wait(FIRST_REQUEST));
        }
        let count = rest.split(' ').next()?.parse().ok()?;
        let with = settings(rest);
        // Its broker gave up after ten seconds.
        let is_held = deeds.iter().filter(|deed| matches!(deed, Deed::Pause(_))).count() > 1 && is_at_once;
        let slow = [("request.timeout.ms", "10000"), ("delivery.timeout.ms", "12000")];
        let slow = slow.into_iter().filter(|_| is_held).map(|(key, value)| (key.into(), value.into()));
        deeds.push(Deed::Send { count, with: with.into_iter().chain(slow).collect() });
        return Some(());
    }
    let begins = |with: &str| clause.starts_with(with);
    let deed = match clause {
        "A and B join" => Deed::Join,
        "A and B commitSync" => Deed::Commit,
        "coordinator" => Deed::Coordinator,
        "kill -9 the coordinator broker" => Deed::KillCoordinator,
        "SIGTERM the coordinator broker" => Deed::StopCoordinator,
        "restart broker" | "restart the broker" => Deed::RestartKilled,
        "committed offsets" => Deed::Committed,
        _ if clause.ends_with(" closes") => Deed::Close(clause.split(' ').next()?.to_owned()),
        _ if begins("create topic a") => Deed::Create,
        _ if begins("describe") => Deed::Describe,
        _ if begins("read") => Deed::Read,
        _ if begins("preferred ") => Deed::Elect("preferred"),
        _ if begins("unclean leader election") || begins("unclean election") => Deed::Elect("unclean"),
        _ if begins("wait ") => Deed::Wait(waited(clause).unwrap_or(SESSION)),
        _ if begins("set ") || begins("alter ") || begins("change ") => {
            Deed::Alter(Some(settings(clause)).filter(|settings| !settings.is_empty())?)
        }
        _ if begins("dt of events") => return Some(()),
        _ => return None,
    };
    deeds.push(deed);
    Some(())
}

/// `broker 1 (the leader)`, `2,3`, `brokers 2 and 3`.
fn brokers(text: &str) -> Vec<BrokerId> {
    let named = text.split('(').next().unwrap_or(text);
    named.split([' ', ',', ':']).filter_map(|word| word.parse().ok().map(BrokerId)).collect()
}

/// `wait 10 s`, `wait 500 ms`.
fn waited(clause: &str) -> Option<Span> {
    let mut words = clause.split([' ', ',', '(', ':']).skip(1);
    let number = words.next()?.parse().ok()?;
    match words.next()? {
        "ms" => Some(Span::from_millis(number)),
        "s" | "seconds" => Some(Span::from_secs(number)),
        _ => None,
    }
}

/// Every `key=value` of a sentence, and idempotence, which it says in a word.
fn settings(text: &str) -> Vec<(String, String)> {
    let words = text.split([' ', ',', '(', ')']);
    let mut all: Vec<(String, String)> = words
        .filter_map(|word| word.split_once('=').filter(|(key, _)| !key.is_empty()))
        .map(|(key, value)| (key.to_owned(), value.trim_end_matches(':').to_owned()))
        .collect();
    if text.contains("idempotent") {
        all.push(("enable.idempotence".to_owned(), "true".to_owned()));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sentence_of_several_things_is_several_things() {
        let text =
            "SIGSTOP 2,3; send 2 acks=1 (acknowledged by leader 1); kill -9 leader 1 at once; SIGCONT 2,3";
        let action = parse(text).unwrap();
        let (two, three) = (BrokerId(2), BrokerId(3));
        let with = vec![("acks".to_owned(), "1".to_owned())];
        assert_eq!(
            action.deeds,
            [
                Deed::Pause(two),
                Deed::Pause(three),
                Deed::Wait(FIRST_REQUEST),
                Deed::Send { count: 2, with },
                Deed::Kill(BrokerId(1)),
                Deed::Resume(two),
                Deed::Resume(three),
            ]
        );
        assert_eq!(action.stays, SESSION);
        let at_once =
            parse("SIGSTOP broker 3, then at once send 1 acks=all: it waits until the ISR shrank").unwrap();
        let with = vec![("acks".to_owned(), "all".to_owned())];
        assert_eq!(at_once.deeds, [Deed::Pause(three), Deed::Send { count: 1, with }]);
        assert_eq!(parse("broker 1 stands on its head"), None);
        let others = [
            ("wait 10 s", Deed::Wait(Span::from_secs(10))),
            ("wait until broker 3 is fenced", Deed::Wait(SESSION)),
            ("describe (nobody leads)", Deed::Describe),
            ("SIGTERM the coordinator broker", Deed::StopCoordinator),
            ("alter min.insync.replicas=3", Deed::Alter(vec![("min.insync.replicas".into(), "3".into())])),
        ];
        for (sentence, deed) in others {
            assert_eq!(parse(sentence).unwrap().deeds, [deed], "{sentence}");
        }
        assert_eq!((parse("alter the world"), parse("kill -9 nobody")), (None, None));
    }
}
