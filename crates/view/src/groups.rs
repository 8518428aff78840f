//! Groups: one block for each application and each streams application, its members inside.

use crate::cast::{Cast, GroupCast, GroupKind, MemberCast};
use crate::layout::{Columns, UNIT, rect};
use crate::members::{self, CardSize};
use crate::scene::{GroupBlock, Target};
use crate::words;
use millrace_broker::{ConsumerGroup, ConsumerGroupState, Group, GroupState};
use millrace_words::stage as say;

/// Most groups; further ones are left out and counted.
pub const GROUPS: usize = 6;
/// Most members of one group; further ones are counted.
pub const MEMBERS: usize = 12;
/// Height of the line that counts what is not shown.
const MORE: f32 = 24.0;
/// Between two groups: their titles are high, and what stands below the columns shall be seen, too.
const BLOCK_GAP: f32 = 16.0;
/// Name and state, one below the other; the first card stands beside the first lane.
const GROUP_TITLE: f32 = 40.0;

/// The blocks, from `top` on, where they end, and how many groups were left out.
pub fn blocks(cast: &Cast<'_>, columns: &Columns, top: f32) -> (Vec<GroupBlock>, f32, usize) {
    let shown = cast.groups.get(..GROUPS.min(cast.groups.len())).unwrap_or(&[]);
    let members = shown.iter().map(|group| group.members.len().min(MEMBERS)).sum();
    let size = CardSize::of(members);
    let mut y = top;
    let mut blocks = Vec::new();
    for group in shown {
        let block = block(cast, group, columns, size, y);
        y = block.rect.bottom() + BLOCK_GAP;
        blocks.push(block);
    }
    (blocks, if y > top { y - BLOCK_GAP } else { top }, cast.groups.len() - shown.len())
}

fn block(cast: &Cast<'_>, group: &GroupCast<'_>, columns: &Columns, size: CardSize, top: f32) -> GroupBlock {
    let mut y = top + GROUP_TITLE;
    let mut members = Vec::new();
    for member in group.members.iter().take(MEMBERS) {
        let card = members::card(cast, group, member, rect(columns.groups_x, y, columns.groups_w, 0.0), size);
        y = card.rect.bottom() + UNIT;
        members.push(card);
    }
    let hidden = group.members.len().saturating_sub(MEMBERS);
    let more = (hidden > 0).then(|| say::and_more_instances(hidden as u64));
    if more.is_some() {
        y += MORE;
    }
    let end = if y > top + GROUP_TITLE { y - UNIT } else { y };
    GroupBlock {
        target: target(group),
        rect: rect(columns.groups_x, top, columns.groups_w, end - top),
        name: group.id.clone(),
        hue: group.hue,
        state: state(group),
        members,
        more,
    }
}

/// What a click on the group selects.
pub fn target(group: &GroupCast<'_>) -> Target {
    match &group.kind {
        GroupKind::App(_) => Target::Group(group.id.clone()),
        GroupKind::Streams(name) => Target::Streams(name.clone()),
    }
}

/// `Stable · generation 4`, `PreparingRebalance · waits for c2`.
pub fn state(group: &GroupCast<'_>) -> String {
    let Some(known) = group.group else { return say::has_not_joined_yet().to_owned() };
    if let Some(consumer) = known.consumer() {
        return epochs(consumer);
    }
    let state = known.state();
    match state {
        GroupState::Empty | GroupState::Dead => state.to_string(),
        GroupState::Stable => say::generation(&state, &known.generation()),
        GroupState::CompletingRebalance => format!("{state} · {}", waits_for_assignment(group, known)),
        GroupState::PreparingRebalance => match known.initial_delay() {
            Some(delay) => say::company_until(&state, &words::time(delay.until)),
            None => say::waits_for(&state, &waited_for(group, known)),
        },
    }
}

/// `Stable · epoch 3`, `Reconciling · epoch 4, target 4`, `Assigning · epoch 5, target 4`.
fn epochs(consumer: &ConsumerGroup) -> String {
    let (state, epoch) = (consumer.state(), consumer.group_epoch());
    match state {
        ConsumerGroupState::Empty | ConsumerGroupState::Dead => state.to_string(),
        ConsumerGroupState::Stable => say::epoch(&state, &epoch),
        ConsumerGroupState::Assigning | ConsumerGroupState::Reconciling => {
            say::epoch_target(&state, &epoch, &consumer.assignment_epoch())
        }
    }
}

fn waits_for_assignment(group: &GroupCast<'_>, known: &Group) -> String {
    match known.leader() {
        Some(leader) => say::assigns(&group.member_name(leader)),
        None => say::generation_alone(&known.generation()),
    }
}

/// The members that have not joined again.
pub fn waited_for(group: &GroupCast<'_>, known: &Group) -> String {
    let missing = known.members().filter(|member| member.awaiting_join.is_none());
    let names = missing.map(|member| group.member_name(&member.id));
    let pending = known.pending_members().map(|(id, _)| group.member_name(id));
    words::list(names.chain(pending), 3)
}

/// The members that are there, as the layout of links and tokens sees them.
pub fn shown<'b, 'a>(group: &'b GroupCast<'a>) -> impl Iterator<Item = &'b MemberCast<'a>> {
    group.members.iter().take(MEMBERS)
}
