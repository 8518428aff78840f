//! Joins of streams: with streams, tables and global tables.

use super::source::GlobalTable;
use crate::data::Serde;
use crate::topology::builder::{Stream, Table, TopologyBuilder};
use crate::topology::function::{Joiner, KeyMapper};
use crate::topology::join::{JoinGrace, SelfJoin, StreamJoin, StreamTableJoin};
use crate::topology::{
    JoinType, JoinWindows, NodeId, Operator, Optimization, Side, StoreKind, TopologyError,
};

/// `StreamJoined`: how a stream-stream join and its stores are called.
#[derive(Clone, Debug, Default)]
pub struct StreamJoined {
    /// `as`: the processors' name.
    pub name: Option<String>,
    /// `withStoreName`: the stores' name.
    pub store: Option<String>,
}

impl TopologyBuilder {
    /// `KStream.join`, `leftJoin` or `outerJoin` with a stream.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn join(
        &mut self,
        left: Stream,
        right: Stream,
        join_type: JoinType,
        windows: JoinWindows,
        joiner: Joiner,
        joined: &StreamJoined,
    ) -> Result<Stream, TopologyError> {
        let name = joined.name.as_deref();
        let suffixed = |suffix: &str| name.map(|name| format!("{name}{suffix}"));
        let left = self.repartition_for_join(left, suffixed("-left").as_deref())?;
        let right = self.repartition_for_join(right, suffixed("-right").as_deref())?;
        let (left_outer, right_outer) = (join_type != JoinType::Inner, join_type == JoinType::Outer);
        let this_suffix = if right_outer { "-outer-this-join" } else { "-this-join" };
        let other_suffix = if left_outer { "-outer-other-join" } else { "-other-join" };
        let window = "KSTREAM-WINDOWED-";
        let left_window = self.named_or_numbered(suffixed("-this-windowed"), window);
        let right_window = self.named_or_numbered(suffixed("-other-windowed"), window);
        let this = self.numbered(if right_outer { "KSTREAM-OUTERTHIS-" } else { "KSTREAM-JOINTHIS-" });
        let other = self.numbered(if left_outer { "KSTREAM-OUTEROTHER-" } else { "KSTREAM-JOINOTHER-" });
        let merge = self.named_or_numbered(suffixed("-merge"), "KSTREAM-MERGE-");
        let base = joined.store.as_deref();
        let store_name = |generated: &str, suffix: &str| match base {
            Some(base) => format!("{base}{suffix}-store"),
            None => format!("{generated}-store"),
        };
        let kind = StoreKind::Join { size_ms: windows.size_ms(), retention_ms: windows.retention_ms() };
        let left_store = self.add_store(store_name(&this, this_suffix), kind, left.serde)?;
        if left.node == right.node && self.config.optimization == Optimization::All {
            // `single.store.self.join`: the names stay drawn, one store is enough.
            let window = Operator::JoinWindow { store: left_store };
            let window = self.add_named(left_window, window, &[left.node])?;
            let join = SelfJoin { windows, joiner, store: left_store };
            let node = self.add_named(merge, Operator::SelfJoin(Box::new(join)), &[window])?;
            self.connect(node, &[left_store]);
            return Ok(Stream { node, serde: Serde::Bytes, key_changed: false });
        }
        let right_store = self.add_store(store_name(&other, other_suffix), kind, right.serde)?;
        let waiting = match left_outer {
            false => None,
            true => {
                let shared = if right_outer { "-outer-shared-join" } else { "-left-shared-join" };
                let number = this.rsplit_once('-').map_or("", |(_, number)| number);
                let generated = format!("KSTREAM-OUTERSHARED-{number}");
                let serde = if left.serde == right.serde { left.serde } else { Serde::Bytes };
                Some(self.add_store(store_name(&generated, shared), StoreKind::OuterJoin, serde)?)
            }
        };
        let left_window =
            self.add_named(left_window, Operator::JoinWindow { store: left_store }, &[left.node])?;
        let right_window =
            self.add_named(right_window, Operator::JoinWindow { store: right_store }, &[right.node])?;
        let tracker = NodeId(u32::try_from(self.nodes.len()).unwrap_or(u32::MAX));
        let side = |side, outer, other| {
            Operator::StreamJoin(Box::new(StreamJoin {
                side,
                windows,
                joiner,
                outer,
                other,
                waiting,
                tracker,
            }))
        };
        let this = suffixed(this_suffix).unwrap_or(this);
        let other = suffixed(other_suffix).unwrap_or(other);
        let this = self.add_named(this, side(Side::Left, left_outer, right_store), &[left_window])?;
        let other = self.add_named(other, side(Side::Right, right_outer, left_store), &[right_window])?;
        let merge = self.add_named(merge, Operator::PassThrough, &[this, other])?;
        self.connect(other, &[left_store]);
        self.connect(this, &[right_store]);
        if let Some(waiting) = waiting {
            self.connect(this, &[waiting]);
            self.connect(other, &[waiting]);
            self.draft.null_key_joins.extend([this, other]);
        }
        self.draft.copartitioned.push((left.node, right.node));
        Ok(Stream { node: merge, serde: Serde::Bytes, key_changed: false })
    }

    /// `KStream.join` or `leftJoin` with a table; the name is `Joined.as`, the grace `Joined.withGracePeriod`.
    ///
    /// # Errors
    /// A name that makes no topic's name; a grace without a versioned table, or beyond its history.
    pub fn join_table(
        &mut self,
        stream: Stream,
        table: Table,
        left: bool,
        joiner: Joiner,
        name: Option<&str>,
        grace_ms: Option<i64>,
    ) -> Result<Stream, TopologyError> {
        let stream = self.repartition_for_join(stream, name)?;
        let prefix = if left { "KSTREAM-LEFTJOIN-" } else { "KSTREAM-JOIN-" };
        let name = self.named_or_numbered(name.map(str::to_owned), prefix);
        let stores = self.getter_stores(table.node)?;
        let grace = match grace_ms {
            None => None,
            Some(grace_ms) => {
                match self.history_ms(table.node) {
                    None => return Err(TopologyError::NotVersioned),
                    Some(history_ms) if grace_ms > history_ms => return Err(TopologyError::ShortHistory),
                    Some(_) => {}
                }
                let buffer =
                    self.add_store(format!("{name}-Buffer"), StoreKind::StreamBuffer, stream.serde)?;
                Some(JoinGrace { grace_ms, buffer })
            }
        };
        let join = StreamTableJoin { table: table.node, joiner, left, key: None, grace };
        let node = self.add_named(name, Operator::StreamTableJoin(Box::new(join)), &[stream.node])?;
        self.connect(node, &stores);
        if let Some(grace) = grace {
            self.connect(node, &[grace.buffer]);
        }
        self.draft.copartitioned.push((stream.node, table.node));
        if left {
            self.draft.null_key_joins.push(node);
        }
        Ok(Stream { node, serde: Serde::Bytes, key_changed: false })
    }

    /// `KStream.join` or `leftJoin` with a global table, whose key is made by `key`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn join_global(
        &mut self,
        stream: Stream,
        table: GlobalTable,
        left: bool,
        key: KeyMapper,
        joiner: Joiner,
    ) -> Result<Stream, TopologyError> {
        let join = StreamTableJoin { table: table.node, joiner, left, key: Some(key), grace: None };
        let operator = Operator::StreamTableJoin(Box::new(join));
        // Both kinds are called so.
        let node = self.add("KSTREAM-LEFTJOIN-", operator, &[stream.node])?;
        if left {
            self.draft.null_key_joins.push(node);
        }
        Ok(Stream { node, serde: Serde::Bytes, ..stream })
    }
}
