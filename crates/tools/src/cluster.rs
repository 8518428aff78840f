//! Looking at the cluster: what a broker would answer, ids as Kafka prints them, addresses.

use millrace_broker::assignor::TopicId;
use millrace_broker::controller::ControllerInput;
use millrace_broker::{Broker, CONTROLLER, Call, Event, Input, Outcome, ReplicaEvent, RequestId, Sent};
use millrace_model::config::bootstrap::Address;
use millrace_model::protocol::{
    IsolationLevel, ListOffsetsRequest, ListedOffset, OffsetSpec, OngoingReassignment,
};
use millrace_model::{Request, Response, TopicPartition};
use millrace_sim::{SeededDice, World};

/// The broker that tools talk to.
pub(crate) fn broker(world: &World) -> Option<&Broker> {
    world.asked_broker()
}

/// What the right broker would answer. A decision changes nothing, so that asking is free.
pub(crate) fn ask(world: &World, request: Request) -> Option<Response> {
    let right = world.right_broker(&request).and_then(|id| world.broker(id));
    ask_broker(world, right.or_else(|| broker(world))?, request)
}

/// What one broker would answer, and the controller where that broker passes the question on to it.
pub(crate) fn ask_broker(world: &World, broker: &Broker, request: Request) -> Option<Response> {
    let (from, dice) = (RequestId(u64::MAX), SeededDice { seed: 0 });
    // What waits until other replicas have it counts as given.
    let held = |event: &Event| match event {
        Event::Replica(event) => match &**event {
            ReplicaEvent::AnswersHeld { held } => held.replies.clone(),
            _ => Vec::new(),
        },
        _ => Vec::new(),
    };
    let answer = |outcome: Outcome| {
        let held = outcome.events.iter().flat_map(held);
        let mut all = outcome.replies.iter().cloned().chain(held);
        all.find(|(to, _)| *to == from).map(|(_, response)| response)
    };
    let outcome = broker.decide(world.now(), &Input::Request { from, request }, &dice);
    let Some(Sent { to: CONTROLLER, call: call @ Call::Forwarded(_), request }) = outcome.sends.first()
    else {
        return answer(outcome);
    };
    let Request::Controller(request) = request else { return None };
    if !world.can_decide() {
        return None;
    }
    let asked = ControllerInput::Request { from, request };
    let decided = world.controller()?.decide(world.now(), &asked, &dice);
    let (_, response) = decided.replies.into_iter().next()?;
    let response = Some(Box::new(Response::Controller(Box::new(response))));
    answer(broker.decide(world.now(), &Input::Reply { from: CONTROLLER, call: *call, response }, &dice))
}

/// The broker that leads a partition, as far as one that can be asked knows; `None` if nobody does.
pub(crate) fn leader<'a>(world: &'a World, tp: &TopicPartition) -> Option<&'a Broker> {
    world.leader(tp)
}

/// Replicas that are on their way, as the controller knows; where there is none to ask, nothing moves.
pub(crate) fn ongoing_reassignments(world: &World) -> Vec<OngoingReassignment> {
    world.controller().map(|controller| controller.reassignments(None)).unwrap_or_default()
}

/// The offset of each partition for `spec`, each as its leader says; what nobody leads has a retriable error.
pub(crate) fn list_offsets(
    world: &World,
    partitions: &[TopicPartition],
    spec: OffsetSpec,
) -> Vec<ListedOffset> {
    let of = |tp: &TopicPartition| {
        let isolation_level = IsolationLevel::ReadUncommitted;
        let request = ListOffsetsRequest { isolation_level, partitions: vec![(tp.clone(), spec)] };
        match ask(world, Request::ListOffsets(request)) {
            Some(Response::ListOffsets(answer)) => answer.partitions,
            _ => Vec::new(),
        }
    };
    partitions.iter().flat_map(of).collect()
}

/// `Uuid.toString`: 22 characters of URL-safe base64.
pub fn shown_id(id: TopicId) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let bits = (u128::from(id.most.cast_unsigned()) << 64) | u128::from(id.least.cast_unsigned());
    let letter = |at: u32| {
        // 128 bits are 21 letters of six and one of two, which is filled up with zeros.
        let six = if at < 21 { (bits >> (122 - 6 * at)) & 63 } else { (bits & 3) << 4 };
        LETTERS.get(six as usize).map_or('A', |letter| char::from(*letter))
    };
    (0..22).map(letter).collect()
}

/// `Uuid.fromString`.
///
/// # Errors
/// Java's sentence.
pub(crate) fn read_id(text: &str) -> Result<TopicId, String> {
    if text.chars().count() > 24 {
        let prefix: String = text.chars().take(24).collect();
        return Err(format!(
            "Input string with prefix `{prefix}` is too long to be decoded as a base64 UUID"
        ));
    }
    let (mut bits, mut letters) = (0_u128, 0_usize);
    for c in text.trim_end_matches('=').chars() {
        let six = match c {
            'A'..='Z' => u32::from(c) - u32::from('A'),
            'a'..='z' => u32::from(c) - u32::from('a') + 26,
            '0'..='9' => u32::from(c) - u32::from('0') + 52,
            '-' => 62,
            '_' => 63,
            _ => return Err(format!("Illegal base64 character {:x}", u32::from(c))),
        };
        letters += 1;
        bits = if letters < 22 { (bits << 6) | u128::from(six) } else { (bits << 2) | u128::from(six >> 4) };
    }
    if letters != 22 {
        let bytes = letters * 6 / 8;
        return Err(format!(
            "Input string `{text}` decoded as {bytes} bytes, which is not equal to the expected 16 bytes of a \
             base64-encoded UUID"
        ));
    }
    Ok(TopicId::from_bytes(bits.to_be_bytes()))
}

/// Whether `bootstrap.servers` can be read: what is wrong with it in Kafka's words (`ClientUtils.parseAndValidateAddresses`).
pub(crate) fn check_bootstrap(servers: &str) -> Result<(), String> {
    let mut found = false;
    for server in servers.split(',').map(str::trim).filter(|server| !server.is_empty()) {
        if !has_port(server) {
            return Err(format!("Invalid url in bootstrap.servers: {server}"));
        }
        if server.rsplit_once(':').is_some_and(|(_, port)| port.parse::<u16>().is_err()) {
            return Err(format!("Invalid port in bootstrap.servers: {server}"));
        }
        found = true;
    }
    if found { Ok(()) } else { Err("No resolvable bootstrap urls given in bootstrap.servers".to_owned()) }
}

/// Whether anybody listens at one of these addresses: a broker's port does. Where addresses mean something, what is told there must
/// lead to somebody as well; tools run on the host.
pub(crate) fn is_reachable(world: &World, servers: &str) -> bool {
    if world.has_networks() {
        return servers.split(',').filter_map(Address::parse).any(|address| world.serves(None, &address));
    }
    has_listener(world, servers)
}

/// The same for what reaches every broker where addresses mean something.
pub(crate) fn has_listener(world: &World, servers: &str) -> bool {
    if world.has_networks() {
        return true;
    }
    let ports = || world.brokers().flat_map(|broker| broker.brokers()).map(|info| info.port.to_string());
    servers
        .split(',')
        .any(|server| server.rsplit_once(':').is_some_and(|(_, port)| ports().any(|known| known == port)))
}

/// `Utils.getPort` finds one.
pub(crate) fn has_port(server: &str) -> bool {
    let Some((host, port)) = server.rsplit_once(':') else { return false };
    let host = host.rsplit_once("://").map_or(host, |(_, host)| host);
    let host = host.strip_prefix('[').unwrap_or(host);
    let host = host.strip_suffix(']').unwrap_or(host);
    let is_name = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '%' | '.' | '_' | ':');
    !port.is_empty() && port.chars().all(|c| c.is_ascii_digit()) && host.chars().all(is_name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_shown_as_java_does() {
        assert_eq!(shown_id(TopicId { most: 0, least: 1 }), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(shown_id(TopicId { most: -1, least: -1 }), "_____________________w");
        let id = TopicId { most: -81_985_529_216_486_896, least: 0x0123_4567_89ab_cdef };
        assert_eq!(read_id(&shown_id(id)), Ok(id));
        assert_eq!(
            read_id("AAAA").unwrap_err(),
            "Input string `AAAA` decoded as 3 bytes, which is not equal to the expected 16 bytes of a base64-encoded UUID"
        );
    }

    #[test]
    fn an_address_needs_a_port() {
        assert_eq!(check_bootstrap("nohost"), Err("Invalid url in bootstrap.servers: nohost".to_owned()));
        assert_eq!(check_bootstrap("broker-1:9092,[::1]:9092,PLAINTEXT://h:1"), Ok(()));
        assert_eq!(check_bootstrap("h:99999"), Err("Invalid port in bootstrap.servers: h:99999".to_owned()));
        assert!(check_bootstrap("").is_err() && check_bootstrap(" , ").is_err());
    }
}
