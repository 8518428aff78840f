//! What short signs on stage mean, in plain words: for a pointer that rests on them and for who has the stage read aloud.
//!
//! Nothing of it is needed for a picture: it is added to one by who shows it for long enough.

use crate::draw::{g, tip};
use crate::node::Node;
use millrace_words::plain as say;

/// A picture of the stage in which signs explain themselves.
#[inline(never)]
pub fn explained(mut picture: Node) -> Node {
    for part in &mut picture.children {
        match part.get("class").and_then(|class| class.split(' ').next()) {
            Some("topic") => topic(part),
            Some("producer") => settings(part),
            Some("group") => members(part),
            _ => {}
        }
    }
    picture
}

/// `3 partitions · key → murmur2 mod 3`, and `+12` beside a lane.
fn topic(topic: &mut Node) {
    for part in &mut topic.children {
        match part.get("class") {
            Some("title") => settings(part),
            Some("lane") => lane(part),
            _ => {}
        }
    }
}

/// The words for what stands in the name of a place to press: as its tip, and in its name.
fn settings(part: &mut Node) {
    let Some(stop) = part.children.iter_mut().find(|child| child.get("role").is_some()) else { return };
    let Some(name) = stop.get("aria-label").map(str::to_owned) else { return };
    let signs: Vec<(&str, String)> = signs(&name).collect();
    if signs.is_empty() {
        return;
    }
    let told: Vec<String> = signs.iter().map(|(sign, plain)| say::in_plain(sign, plain)).collect();
    let read = signs.iter().fold(name.clone(), |name, (sign, plain)| name.replacen(sign, plain, 1));
    rename(stop, read);
    // Behind the others: they keep their places, and who has the focus keeps it.
    part.children.push(tip(told.join("\n")));
}

fn rename(node: &mut Node, name: String) {
    if let Some((_, value)) = node.attributes.iter_mut().find(|(of, _)| *of == "aria-label") {
        *value = name.into();
    }
}

/// What is short in a name, and what it means. Parts stand between dots and commas.
fn signs(name: &str) -> impl Iterator<Item = (&str, String)> {
    name.split(" · ")
        .flat_map(|part| part.split(", "))
        .filter_map(|part| plain(part).map(|plain| (part, plain)))
}

/// What a sign means; none of what is plain already.
pub fn plain(sign: &str) -> Option<String> {
    let count = |before: &str| sign.strip_prefix(before);
    if let Some(count) = count("key → murmur2 mod ") {
        return Some(say::by_murmur2(&count));
    }
    if let Some(count) = count("key → crc32 mod ") {
        return Some(say::by_crc32(&count));
    }
    if let Some(count) = count("partitioner.class → murmur2 mod ") {
        return Some(say::by_rule(&count));
    }
    match sign {
        "acks=all" => return Some(say::acks_all().to_owned()),
        "acks=1" => return Some(say::acks_one().to_owned()),
        "acks=0" => return Some(say::acks_none().to_owned()),
        "linger 0 ms" => return Some(say::lingers_not().to_owned()),
        _ => {}
    }
    if let Some(time) = count("linger ") {
        return Some(say::lingers(&time));
    }
    let (subtopology, partition) = sign.split_once('_')?;
    let is_number = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    (is_number(subtopology) && is_number(partition)).then(|| say::task(&subtopology, &partition))
}

/// `+12`: older records lie out of sight.
fn lane(lane: &mut Node) {
    let place = lane.children.iter().position(|child| child.get("class") == Some("earlier"));
    let Some(earlier) = place.and_then(|at| lane.children.get_mut(at)) else { return };
    let Some(n) = earlier.text.as_deref().and_then(|text| text.strip_prefix('+')?.parse::<u64>().ok()) else {
        return;
    };
    let says = say::earlier(n);
    let text = std::mem::replace(earlier, g("earlier-sign"));
    earlier.children.extend([tip(says.clone()), text]);
    let name = lane.children.iter_mut().find(|child| child.get("class") == Some("lane-name"));
    let stop = name.and_then(|name| name.children.iter_mut().find(|child| child.get("role").is_some()));
    if let Some(stop) = stop
        && let Some(name) = stop.get("aria-label").map(str::to_owned)
    {
        rename(stop, [&name, ", ", &says].concat());
    }
}

/// `0_0`: a task of a streams application.
fn members(group: &mut Node) {
    let is_member = |part: &&mut Node| part.get("data-member").is_some();
    for member in group.children.iter_mut().filter(is_member) {
        for part in &mut member.children {
            if part.get("role").is_some()
                && let Some(name) = part.get("aria-label").map(str::to_owned)
            {
                let words = name.split(' ').map(|word| {
                    let (sign, rest) = word.split_at(word.trim_end_matches(',').len());
                    plain(sign).map_or_else(|| word.to_owned(), |plain| [&plain, rest].concat())
                });
                let read = words.collect::<Vec<_>>().join(" ");
                rename(part, read);
            } else if part.get("class") == Some("chip") {
                let text = part.children.iter().find_map(|child| child.text.as_deref());
                if let Some(says) = text.and_then(plain) {
                    part.children.push(tip(says));
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sign_has_its_words() {
        let says = |sign: &str| plain(sign).unwrap_or_default();
        assert_eq!(
            says("key → murmur2 mod 3"),
            "the key's hash (murmur2) modulo 3 partitions is where a record goes"
        );
        assert_eq!(says("acks=all"), "the producer waits until all in-sync replicas have its records");
        assert_eq!(says("1_12"), "the task of sub-topology 1, partition 12");
        for own in ["orders", "P0", "3 partitions", "orders_1", "_1", "by hand", "order_by_hand"] {
            assert_eq!(plain(own), None, "{own}");
        }
    }
}
