//! The first step of a heartbeat: who asks, what it tells of itself, and whether the group epoch moves for that.

use super::draft::Draft;
use super::member::MemberSubscription;
use super::validate::{self, Refusal};
use super::{ConsumerGroupChange, TopicMetadata};
use crate::Topic;
use millrace_model::protocol::ConsumerGroupHeartbeatRequest;
use millrace_model::{Dice, GroupEpoch, Map, MemberId, Span, TopicName};
use std::sync::Arc;

impl Draft<'_> {
    /// The member of the request: it is in afterwards, with the right to ask for what it asks.
    pub(super) fn admit(
        &mut self,
        request: &ConsumerGroupHeartbeatRequest,
        dice: &dyn Dice,
    ) -> Result<MemberId, Refusal> {
        validate::check_room(&self.group, &request.member)?;
        let joins = request.member_epoch == GroupEpoch::JOIN;
        let id = if request.member == MemberId::unknown() { self.name(dice) } else { request.member.clone() };
        let owned = request.topic_partitions.as_deref();
        match &request.group_instance_id {
            None => match self.group.member(id.as_str()) {
                Some(member) => validate::check_epoch(member, request.member_epoch, owned)?,
                None if joins => {}
                None => drop(validate::find_member(&self.group, &id)?),
            },
            Some(instance) if joins => self.admit_static(instance, &id)?,
            Some(instance) => {
                let member = validate::find_static_member(&self.group, instance, &id)?;
                validate::check_epoch(member, request.member_epoch, owned)?;
            }
        }
        Ok(id)
    }

    fn admit_static(&mut self, instance: &Arc<str>, id: &MemberId) -> Result<(), Refusal> {
        let Some(holder) = self.group.static_member(instance) else { return Ok(()) };
        validate::check_released(holder, instance, id)?;
        let (group_instance_id, old, new) = (Arc::clone(instance), holder.id.clone(), id.clone());
        self.push(ConsumerGroupChange::StaticMemberReplaced { group_instance_id, old, new });
        Ok(())
    }

    /// A random id: a UUID in base64 (`Uuid.randomUuid`).
    fn name(&mut self, dice: &dyn Dice) -> MemberId {
        let stream = format!("broker-{}/member-id", self.broker.id());
        let n = self.broker.member_ids_drawn().saturating_mul(2);
        let high = dice.roll(&stream, n);
        let low = dice.roll(&stream, n.saturating_add(1));
        let member = MemberId::new(base64(u128::from(high) << 64 | u128::from(low)));
        self.push(ConsumerGroupChange::MemberIdAssigned { member: member.clone() });
        member
    }

    /// Takes in what the request tells, and moves the group epoch if subscriptions or topics have changed.
    pub(super) fn subscribe(&mut self, id: &MemberId, request: &ConsumerGroupHeartbeatRequest) {
        let known = self.group.member(id.as_str());
        let old = known.map(|member| Arc::clone(&member.subscription));
        let kept =
            |of: fn(&MemberSubscription) -> &Option<Arc<str>>| old.as_ref().and_then(|old| of(old).clone());
        let old_topics = old.as_ref().map(|old| Arc::clone(&old.subscribed_topic_names)).unwrap_or_default();
        let new = MemberSubscription {
            group_instance_id: request
                .group_instance_id
                .clone()
                .or_else(|| kept(|old| &old.group_instance_id)),
            rack: request.rack.clone().or_else(|| kept(|old| &old.rack)),
            client_id: request.client_id.clone(),
            client_host: Arc::clone(&request.client_host),
            subscribed_topic_names: request.subscribed_topic_names.clone().unwrap_or(Arc::clone(&old_topics)),
            server_assignor: request.server_assignor.clone().or_else(|| kept(|old| &old.server_assignor)),
            rebalance_timeout: request
                .rebalance_timeout
                .or(old.as_ref().map(|old| old.rebalance_timeout))
                .unwrap_or(Span::ZERO),
        };
        let topics_changed = new.subscribed_topic_names != old_topics;
        let is_new = old.is_none();
        if old.as_deref() != Some(&new) {
            let (member, subscription) = (id.clone(), Arc::new(new));
            self.push(ConsumerGroupChange::MemberSubscribed { member, subscription });
        }
        let metadata_changed = self.update_subscription_metadata();
        if is_new {
            self.bump(&format!("member {id} joins"));
        } else if topics_changed {
            self.bump(&format!("member {id} has changed its subscription"));
        } else if metadata_changed {
            self.bump("the topics that the group reads have changed");
        }
    }

    /// The topics that the members read, as they are now. Kafka looks when a member has changed or the controller
    /// told of a changed topic; here each time, which comes to the same.
    pub(super) fn update_subscription_metadata(&mut self) -> bool {
        let topics: Map<TopicName, TopicMetadata> = self
            .group
            .subscribed_topic_names()
            .into_iter()
            .filter_map(|name| Some((name.clone(), metadata(self.broker.topic(name.as_str())?))))
            .collect();
        let changed = topics != self.group.subscription_metadata;
        if changed {
            self.push(ConsumerGroupChange::SubscriptionMetadataUpdated { topics });
        }
        changed
    }

    /// One epoch on: the next target assignment will be another.
    pub(super) fn bump(&mut self, reason: &str) {
        let epoch = self.group.group_epoch.next();
        self.push(ConsumerGroupChange::GroupEpochBumped { epoch, reason: reason.into() });
    }
}

fn metadata(topic: &Topic) -> TopicMetadata {
    TopicMetadata { id: topic.id(), partitions: topic.partition_count() }
}

/// `Uuid.toString`: 22 characters of URL-safe base64, the first of them no dash.
fn base64(bits: u128) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    let dash = bits >> 122 == 62;
    let bits = if dash { bits ^ (1 << 127) } else { bits };
    let letter =
        |sextet: u128| LETTERS.get(usize::try_from(sextet & 63).unwrap_or(0)).copied().unwrap_or(b'A');
    let whole = (0..21_u32).map(|i| letter(bits >> (122 - 6 * i)));
    whole.chain([letter(bits << 4)]).map(char::from).collect()
}

#[cfg(test)]
mod unit_tests {
    use super::*;

    /// `new Uuid(0, 1).toString()` and the largest one, from the JDK's encoder.
    #[test]
    fn ids_are_in_javas_base64() {
        assert_eq!(base64(1), "AAAAAAAAAAAAAAAAAAAAAQ");
        assert_eq!(base64(u128::MAX), "_____________________w");
        assert_eq!(base64(62 << 122).chars().next(), Some('e'), "a leading dash is avoided");
    }
}
