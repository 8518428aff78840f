//! Joins of tables by foreign key (`KTableImpl.doJoinOnForeignKey`).

use crate::data::Serde;
use crate::topology::builder::{Materialized, Table, TopologyBuilder};
use crate::topology::function::{Joiner, KeyMapper};
use crate::topology::join::{ResponseJoin, SubscriptionSend};
use crate::topology::{NodeId, Operator, RepartitionTopic, StoreKind, TopologyError};

impl TopologyBuilder {
    /// `KTable.join` or `leftJoin` with a foreign-key extractor.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn join_foreign_key(
        &mut self,
        left: Table,
        right: Table,
        is_left_join: bool,
        foreign_key: KeyMapper,
        joiner: Joiner,
        materialized: Materialized,
    ) -> Result<Table, TopologyError> {
        self.send_old_values(right.node, true)?;
        self.send_old_values(left.node, true)?;
        let topic = format!("{}-topic", self.numbered("KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-"));
        let send = SubscriptionSend { foreign_key, left: is_left_join };
        let send = self.add(
            "KTABLE-FK-JOIN-SUBSCRIPTION-REGISTRATION-",
            Operator::SubscriptionSend(Box::new(send)),
            &[left.node],
        )?;
        let source = self.add_internal_topic(&topic, &[send])?;
        let store = self.numbered("KTABLE-FK-JOIN-SUBSCRIPTION-STATE-STORE-");
        let store = self.add_store(store, StoreKind::Subscriptions, Serde::Bytes)?;
        let processor = "KTABLE-FK-JOIN-SUBSCRIPTION-PROCESSOR-";
        let receive = self.add(processor, Operator::SubscriptionReceive { store }, &[source])?;
        let right_stores = self.getter_stores(right.node)?;
        let join = self.add(processor, Operator::SubscriptionJoin { table: right.node }, &[receive])?;
        self.connect(join, &right_stores);
        let foreign = self.add(processor, Operator::ForeignTableJoin { store }, &[right.node])?;
        self.connect(foreign, &[store]);
        self.draft.copartitioned.push((right.node, source));

        let topic = format!("{}-topic", self.numbered("KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-"));
        let response = self.add_internal_topic(&topic, &[join, foreign])?;
        self.draft.copartitioned.push((left.node, response));
        let left_stores = self.getter_stores(left.node)?;
        let resolve = ResponseJoin { table: left.node, serde: right.serde, joiner, left: is_left_join };
        let resolve = self.add(
            "KTABLE-FK-JOIN-SUBSCRIPTION-RESPONSE-RESOLVER-PROCESSOR-",
            Operator::ResponseJoin(Box::new(resolve)),
            &[response],
        )?;
        self.connect(resolve, &left_stores);
        let name = self.numbered("KTABLE-FK-JOIN-OUTPUT-");
        let given = materialized.store.is_some();
        let store = materialized.store.unwrap_or_else(|| self.numbered("KTABLE-FK-JOIN-OUTPUT-STATE-STORE-"));
        let node = self.add_table_source(name, resolve, store, given, Serde::Bytes)?;
        Ok(Table { node, serde: Serde::Bytes })
    }

    /// A topic inside the join; answers its source.
    fn add_internal_topic(&mut self, name: &str, parents: &[NodeId]) -> Result<NodeId, TopologyError> {
        let topic = self.internal_topic(name)?;
        let sink = self.add("KTABLE-SINK-", Operator::Sink { topic: topic.clone() }, parents)?;
        let read = Operator::Source { topics: vec![topic.clone()], serde: Serde::Bytes };
        let source = self.add("KTABLE-SOURCE-", read, &[])?;
        self.repartition_topics.push(RepartitionTopic { topic, sink, source, partitions: None });
        Ok(source)
    }
}
