//! What the recording did, read from its sentences: `B joins subscribing ta,tb with {'group.instance.id': 'ib'}`.

use millrace_model::Span;

/// One thing done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Action {
    /// What.
    pub deed: Deed,
    /// How long the recording looked on, at least. What is asserted about a step has happened by then; only what the
    /// next action must come in time for (a restart within the session timeout) is shorter.
    pub stays: Span,
}

/// What a member reads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reads {
    /// These topics.
    Topics(Vec<String>),
    /// What fits this pattern.
    Pattern(String),
    /// Every topic of the case: the sentence does not say.
    Everything,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Deed {
    /// A new consumer, with settings besides those of the case.
    Join { member: String, reads: Reads, with: Vec<(String, String)> },
    /// A new consumer with all the settings of another one.
    JoinLike { member: String, like: String },
    /// `subscribe`.
    Resubscribe { member: String, topics: Vec<String> },
    /// `unsubscribe`.
    Unsubscribe { member: String },
    /// `close`.
    Close { member: String },
    /// `kill -9`.
    Kill { member: String },
    /// The same consumer again, in a new process.
    Return { member: String },
    /// The thread stays out of poll; perhaps it calls commitSync before it polls again, perhaps somebody joins meanwhile.
    Block { member: String, span: Span, commits: bool, joins: Option<(String, Span)> },
    /// A topic gets partitions.
    Grow { topic: String, to: u32 },
    /// A topic comes to be.
    Create { topic: String, partitions: u32 },
    /// A topic goes.
    Delete { topic: String },
}

const USUAL: Span = Span::from_secs(12);
const SHORT: Span = Span::from_secs(1);

/// Reads a sentence; `None` if it says something else.
pub fn parse(sentence: &str) -> Option<Action> {
    let deed = deed(sentence)?;
    let stays = match &deed {
        Deed::Block { span, .. } => *span + USUAL,
        // The next step is a restart inside the session timeout, or says itself that it is not.
        Deed::Close { .. } if sentence.contains("static: no leave") => SHORT,
        Deed::Return { .. } if sentence.contains("within the session timeout") => SHORT,
        _ => USUAL,
    };
    Some(Action { deed, stays })
}

fn deed(sentence: &str) -> Option<Deed> {
    if let Some(rest) = sentence.strip_prefix("topic ") {
        return topic(rest);
    }
    if let Some(rest) = sentence.strip_prefix("process of ") {
        let (member, rest) = rest.split_once(' ')?;
        return rest.starts_with("is killed").then(|| Deed::Kill { member: member.into() });
    }
    let (member, rest) = sentence.split_once(' ')?;
    let member = member.to_owned();
    if let Some(rest) = rest.strip_prefix("joins subscribing ") {
        let (topics, with) = rest.split_once(" with ").unwrap_or((rest, "{}"));
        return Some(Deed::Join { member, reads: Reads::Topics(list(topics)), with: settings(with)? });
    }
    if let Some(rest) = rest.strip_prefix("joins with the group.instance.id of ") {
        let (like, _) = rest.split_once(' ')?;
        return Some(Deed::JoinLike { member, like: like.into() });
    }
    if let Some(rest) = rest.strip_prefix("joins with ") {
        let (key, value) = rest.split(' ').next()?.split_once('=')?;
        let with = vec![(key.to_owned(), value.to_owned())];
        return Some(Deed::Join { member, reads: Reads::Everything, with });
    }
    if let Some(rest) = rest.strip_prefix("subscribes to regex ") {
        return Some(Deed::Join { member, reads: Reads::Pattern(rest.into()), with: Vec::new() });
    }
    if let Some(rest) = rest.strip_prefix("subscribes to ") {
        let (topics, _) = rest.split_once(", which").unwrap_or((rest, ""));
        return Some(Deed::Join { member, reads: Reads::Topics(list(topics)), with: Vec::new() });
    }
    if let Some(topics) = rest.strip_prefix("changes subscription to ") {
        return Some(Deed::Resubscribe { member, topics: list(topics) });
    }
    let blocks =
        rest.strip_prefix("out of poll for ").or_else(|| rest.strip_prefix("stays out of poll for "));
    if let Some(rest) = blocks {
        let (span, rest) = ms(rest)?;
        let joins = rest.split_once(" and ").and_then(|(_, rest)| {
            let (other, rest) = rest.split_once(" joins ")?;
            Some((other.to_owned(), ms(rest)?.0))
        });
        let commits = rest.contains("commitSync follows before its next poll");
        return Some(Deed::Block { member, span, commits, joins });
    }
    match rest {
        "unsubscribes" => Some(Deed::Unsubscribe { member }),
        _ if rest.starts_with("closes") => Some(Deed::Close { member }),
        _ if rest.starts_with("restarts") || rest.starts_with("returns") => Some(Deed::Return { member }),
        _ => None,
    }
}

fn topic(rest: &str) -> Option<Deed> {
    let (topic, rest) = rest.split_once(' ')?;
    let topic = topic.to_owned();
    if rest.starts_with("is deleted") {
        return Some(Deed::Delete { topic });
    }
    if let Some(rest) = rest.strip_prefix("grows to ") {
        return Some(Deed::Grow { topic, to: number(rest)? });
    }
    let partitions = rest.strip_prefix('(').filter(|rest| rest.contains(" is created"))?;
    Some(Deed::Create { topic, partitions: number(partitions)? })
}

fn number(text: &str) -> Option<u32> {
    text.split(' ').next()?.parse().ok()
}

fn ms(text: &str) -> Option<(Span, &str)> {
    let (number, rest) = text.split_once(" ms")?;
    Some((Span::from_millis(number.parse().ok()?), rest))
}

fn list(topics: &str) -> Vec<String> {
    topics.split(',').map(str::to_owned).collect()
}

/// `{'a': 'b', 'c': 'd'}`.
fn settings(text: &str) -> Option<Vec<(String, String)>> {
    let inside = text.strip_prefix('{')?.strip_suffix('}')?;
    let unquoted = |text: &str| Some(text.trim().strip_prefix('\'')?.strip_suffix('\'')?.to_owned());
    inside
        .split(", ")
        .filter(|pair| !pair.is_empty())
        .map(|pair| {
            let (key, value) = pair.split_once(": ")?;
            Some((unquoted(key)?, unquoted(value)?))
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn deed_of(sentence: &str) -> Deed {
        parse(sentence).unwrap().deed
    }

    #[test]
    fn the_sentences_of_the_recording() {
        let a = || "A".to_owned();
        assert_eq!(
            deed_of("A joins subscribing ta,tb with {'group.instance.id': 'ia', 'x': 'y'}"),
            Deed::Join {
                member: a(),
                reads: Reads::Topics(vec!["ta".into(), "tb".into()]),
                with: vec![("group.instance.id".into(), "ia".into()), ("x".into(), "y".into())],
            }
        );
        assert_eq!(
            deed_of("A joins with session.timeout.ms=999 below group.min.session.timeout.ms=1000"),
            Deed::Join {
                member: a(),
                reads: Reads::Everything,
                with: vec![("session.timeout.ms".into(), "999".into())]
            }
        );
        let reads = Reads::Topics(vec!["ta".into()]);
        assert_eq!(
            deed_of("A subscribes to ta, which does not exist"),
            Deed::Join { member: a(), reads, with: Vec::new() }
        );
        assert_eq!(
            deed_of("A out of poll for 3000 ms (well within max.poll.interval) and B joins 300 ms later"),
            Deed::Block {
                member: a(),
                span: Span::from_secs(3),
                commits: false,
                joins: Some(("B".into(), Span::from_millis(300)))
            }
        );
        assert_eq!(
            deed_of("A stays out of poll for 7000 ms again and a commitSync follows before its next poll"),
            Deed::Block { member: a(), span: Span::from_secs(7), commits: true, joins: None }
        );
        assert_eq!(
            deed_of("D joins with the group.instance.id of B while B is alive"),
            Deed::JoinLike { member: "D".into(), like: "B".into() }
        );
        assert_eq!(
            deed_of("topic tb (2 partitions) is created (metadata.max.age.ms=1000)"),
            Deed::Create { topic: "tb".into(), partitions: 2 }
        );
        assert_eq!(deed_of("process of B is killed (kill -9, no leave)"), Deed::Kill { member: "B".into() });
        assert_eq!(parse("B closes (static: no leave)").unwrap().stays, SHORT);
        assert_eq!(parse("B closes and stays away past the session timeout").unwrap().stays, USUAL);
        assert_eq!(parse("B does something else"), None);
    }
}
