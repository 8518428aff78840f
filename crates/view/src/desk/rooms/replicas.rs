//! One replica in a broker's room: what its broker holds it for, its records in sight, how far behind the leader it is.

use super::shared::PITCH;
use super::{Fallen, LOG_H, Plan, Shared};
use crate::hue;
use crate::layout::rect;
use crate::scene::Rect;
use millrace_broker::Broker;
use millrace_model::{BrokerId, Offset, TopicPartition};
use millrace_words::cluster as say;

const TILE: f32 = 18.0;

/// What a broker holds itself for, beside what the controller says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Role {
    /// It leads.
    Leader,
    /// The controller has chosen it; word of it is on its way.
    Elected,
    /// It takes itself for the leader; the controller has chosen another, or nobody.
    Zombie,
    /// It follows.
    Follower,
    /// There is no process: only the log is there.
    OnDisk,
}

impl Role {
    /// In a word.
    pub fn word(self) -> &'static str {
        match self {
            Role::Leader => say::leader(),
            Role::Elected => say::elected(),
            Role::Zombie => say::zombie(),
            Role::Follower => say::follower(),
            Role::OnDisk => say::on_disk(),
        }
    }
}

/// A record in a replica's log.
#[derive(Clone, Debug, PartialEq)]
pub struct Copy {
    /// Its offset.
    pub offset: Offset,
    /// Its tile.
    pub rect: Rect,
    /// Its key's letter.
    pub letter: String,
    /// Its key's hue.
    pub hue: u8,
    /// Whether the high watermark has passed it: only then a consumer sees it.
    pub is_committed: bool,
}

/// A replica.
#[derive(Clone, Debug, PartialEq)]
pub struct Replica {
    /// Of which partition.
    pub tp: TopicPartition,
    /// Where.
    pub broker: BrokerId,
    /// Its log.
    pub rect: Rect,
    /// What its broker holds it for.
    pub role: Role,
    /// In sync, as the controller has it: a ring around the log.
    pub is_in_sync: bool,
    /// Out of sync, and may lead all the same (KIP-966).
    pub is_eligible: bool,
    /// Its leader has asked the controller to take it in.
    pub is_joining: bool,
    /// How many records the leader has more; none if nobody leads, or it leads itself.
    pub behind: Option<u64>,
    /// From the end of its log to the end of the leader's, where it is behind.
    pub lag: Option<Rect>,
    /// Role and lag in words.
    pub word: String,
    /// Where its log begins and ends.
    pub range: (Offset, Offset),
    /// Where it believes the high watermark to be: a follower learns it with its next fetch.
    pub known_watermark: Offset,
    /// Where that lies.
    pub known_watermark_x: f32,
    /// Its records in sight.
    pub records: Vec<Copy>,
    /// What it has taken back a short while ago.
    pub fallen: Vec<Fallen>,
    /// All of it in words.
    pub says: String,
}

/// A broker's replica of that partition; none if it holds none.
pub(super) fn replica(plan: &Plan<'_>, broker: &Broker, room: Rect, of: &Shared) -> Option<Replica> {
    let (id, tp) = (broker.id(), &of.tp);
    if !of.state.replicas.contains(&id) {
        return None;
    }
    let world = plan.timeline.world();
    let is_down = world.is_broker_down(id);
    let leads = broker.replicas().and_then(|replicas| replicas.leader(tp)).is_some();
    let role = match (is_down, leads, of.state.leader == Some(id)) {
        (true, ..) => Role::OnDisk,
        (false, true, true) => Role::Leader,
        (false, false, true) => Role::Elected,
        (false, true, false) => Role::Zombie,
        (false, false, false) => Role::Follower,
    };
    let log = broker.log(tp);
    let (start, end) =
        log.map_or((Offset(0), Offset(0)), |log| (log.log_start_offset(), log.log_end_offset()));
    let known_watermark = log.map_or(Offset(0), |log| log.high_watermark());
    let frame = rect(of.rect.x, room.y + plan.log_y, of.rect.w, LOG_H);
    let tile = |offset| rect(of.x(offset) + 2.0, frame.y + (LOG_H - TILE) / 2.0, TILE, TILE);
    let in_sight = log.into_iter().flat_map(|log| log.batches_from(of.first));
    let records = in_sight.flat_map(|batch| batch.records_from(of.first)).map(|(offset, record)| {
        let (letter, hue) = hue::of_key(record.key.as_deref());
        Copy { offset, rect: tile(offset), letter, hue, is_committed: offset < of.high_watermark }
    });
    let records = records.collect();
    let behind = match role {
        Role::Leader | Role::Elected => None,
        Role::Zombie | Role::Follower | Role::OnDisk => of.leader_end.map(|leader| leader.since(end)),
    };
    let lag = behind.filter(|behind| *behind > 0).zip(of.leader_end).map(|(_, leader)| {
        let (from, to) = (of.x(end.max(of.first)), of.x(leader));
        rect(from, frame.y + LOG_H / 2.0, (to - from).max(PITCH / 2.0), 0.0)
    });
    let is_in_sync = of.state.isr.contains(&id);
    let is_eligible = !is_in_sync && of.state.elr.contains(&id);
    let leader = of.state.leader.and_then(|leader| world.broker(leader)?.replicas()?.leader(tp));
    let is_joining = leader.and_then(|leader| leader.pending.as_ref()).is_some_and(|p| p.joins == Some(id));
    let mut word = role.word().to_owned();
    let mut add = |more: &str| word = [&*word, " · ", more].concat();
    if let Some(behind) = behind.filter(|behind| *behind > 0) {
        add(&say::behind(&behind));
    }
    // A replica that led, or takes itself for the leader: this will be taken back.
    let ahead = of.leader_end.filter(|leader| behind.is_some() && *leader < end);
    if let Some(leader) = ahead {
        add(&say::ahead(&end.since(leader)));
    }
    match (is_in_sync, is_joining, is_eligible) {
        (true, ..) => {}
        (false, true, _) => add(say::joining()),
        (false, false, true) => add(say::eligible()),
        (false, false, false) => add(say::not_in_sync()),
    }
    let more = if is_in_sync { [", ", say::legend_in_sync()].concat() } else { String::new() };
    Some(Replica {
        tp: tp.clone(),
        broker: id,
        rect: frame,
        role,
        is_in_sync,
        is_eligible,
        is_joining,
        behind,
        lag,
        says: say::replica_says(tp, &format!("broker-{id}"), &word, &start, &end, &more),
        word,
        range: (start, end),
        known_watermark,
        known_watermark_x: of.x(known_watermark),
        records,
        fallen: Vec::new(),
    })
}
