//! What a set-up tells of groups, in sentences: `group ga (classic, range): member client c1 subscribed to g,h, …`.

use super::scene::Scene;
use millrace_model::Span;

/// As long as a rebalance with its commits takes.
const SETTLED: Span = Span::from_secs(12);
/// Beyond `session.timeout.ms`: who is gone is forgotten.
const EXPIRED: Span = Span::from_secs(60);

/// Does what a sentence says; `None` if it is of no group.
pub fn carry_out(scene: &mut Scene, sentence: &str) -> Option<Result<(), String>> {
    let is_of_members = sentence.starts_with("group ")
        || ["joined", "left", "closed"].iter().any(|word| sentence.contains(word));
    let sentence = sentence.replace("; member ", ", member ");
    is_of_members.then(|| sentence.split("; ").try_for_each(|clause| clause_of(scene, clause)))
}

fn clause_of(scene: &mut Scene, clause: &str) -> Result<(), String> {
    let strange = || Err(format!("not modelled: set-up {clause:?}"));
    if let Some((name, rest)) = clause.strip_prefix("group ").and_then(|rest| rest.split_once(": ")) {
        let name = name.split(' ').next().unwrap_or(name);
        return group(scene, name, &clause.replace(':', ""), rest);
    }
    let (who, rest) = clause.split_once(' ').unwrap_or((clause, ""));
    if clause.starts_with("group stable") || clause.starts_with("nothing committed") {
        return Ok(());
    }
    if rest.starts_with("joined") {
        let like = scene.last_group.clone();
        for name in who.trim_end_matches(',').split(',') {
            scene.line(&format!("consumer add {like} --name {name}"))?;
            scene.wait(if like == "gr" { Span::from_secs(2) } else { SETTLED });
        }
        return Ok(());
    }
    if clause.ends_with("closed") || clause.contains("closed (") || rest == "left" {
        let named: Vec<String> = match who.split_once("..") {
            Some((first, last)) => {
                let number =
                    |name: &str| name.trim_start_matches(char::is_alphabetic).parse::<u32>().unwrap_or(0);
                let letters = first.trim_end_matches(|c: char| c.is_ascii_digit());
                (number(first)..=number(last)).map(|n| format!("{letters}{n}")).collect()
            }
            None if who == "all" => scene.running(),
            None => who.split(',').map(str::to_owned).collect(),
        };
        for name in named {
            let Some(group) = scene.group_of(&name) else { return strange() };
            scene.line(&format!("consumer stop {group}/{name}"))?;
        }
        scene.wait(Span::from_secs(2));
        return Ok(());
    }
    strange()
}

/// A group with its members, which read everything and commit it.
fn group(scene: &mut Scene, name: &str, whole: &str, rest: &str) -> Result<(), String> {
    let words: Vec<&str> = whole.split([' ', ',', '(', ')', ';']).filter(|word| !word.is_empty()).collect();
    let after =
        |word: &str| words.iter().position(|known| *known == word).and_then(|at| words.get(at + 1)).copied();
    let list = |word: &str| -> Vec<String> {
        let text = rest.split_once(word).map_or("", |(_, text)| text.trim_start());
        let end = text.find([' ', ';']).unwrap_or(text.len());
        text.get(..end).unwrap_or("").trim_end_matches(',').split(',').map(str::to_owned).collect()
    };
    let topics = match rest {
        _ if rest.contains("subscribed to ") => list("subscribed to "),
        _ if rest.contains("topic ") => list("topic "),
        _ => vec!["g".to_owned()],
    };
    let mut settings = String::new();
    let assignor =
        ["range", "roundrobin", "sticky", "cooperative-sticky"].into_iter().find(|name| words.contains(name));
    if let Some(assignor) = assignor {
        settings.push_str(&format!(" --partition-assignment-strategy {assignor}"));
    }
    if whole.contains("group.protocol=consumer") {
        settings.push_str(" --group-protocol consumer");
    }
    let mut start = format!("app start {name} --instances 0 --client java --commit batch{settings}");
    topics.iter().for_each(|topic| start.push_str(&format!(" --topic {topic}")));
    scene.line(&start)?;
    scene.last_group = name.to_owned();
    let members: Vec<String> = match (after("client"), after("members"), after("member")) {
        (Some(client), ..) => vec![client.to_owned()],
        (_, Some(_), _) => list("members "),
        (.., Some(member)) => vec![member.to_owned()],
        _ => return Err(format!("not modelled: set-up {whole:?}")),
    };
    let instance = words.iter().find_map(|word| word.strip_prefix("group.instance.id="));
    for member in &members {
        let own = instance.map(|id| format!(" --group-instance-id {id}")).unwrap_or_default();
        let own = if own.is_empty() { own } else { own + &settings };
        scene.line(&format!("consumer add {name} --name {member}{own}"))?;
        if members.len() > 1 {
            scene.wait(SETTLED);
        }
    }
    scene.wait(if whole.contains("KIP-848") { EXPIRED } else { SETTLED });
    if rest.contains("does not call poll") {
        scene.line(&format!("consumer freeze {name}/{}", members.join(",")))?;
    }
    Ok(())
}
