//! The half of a task that changes it.

use super::{DropReason, Dropped, Task, TaskEvent};
use crate::data::Key;
use crate::limits;
use crate::store::{Cache, Cell, JoinRecord, Store};
use crate::topology::{NodeId, StoreId};
use millrace_model::StableHasher;
use std::hash::{Hash, Hasher};

impl Task {
    /// Carries out one event of [`decide`](Self::decide).
    pub fn apply(&mut self, event: &TaskEvent) {
        let mut hasher = StableHasher::default();
        self.digest.hash(&mut hasher);
        event.hash(&mut hasher);
        self.digest = hasher.finish();
        match event {
            TaskEvent::RecordConsumed { topic, offset, timestamp, .. } => {
                self.stream_time = self.stream_time.max(*timestamp);
                match self.positions.get_mut(topic) {
                    Some(position) => *position = offset.plus(1),
                    None => {
                        self.positions.insert(topic.clone(), offset.plus(1));
                    }
                }
            }
            TaskEvent::StreamTimeAdvanced { node, to, .. } => {
                if let Some(state) = self.node_state(*node) {
                    state.stream_time = to.0;
                }
            }
            TaskEvent::WindowUpdated { store, key, window, new, timestamp, .. } => {
                match self.store_mut(*store) {
                    Some(Store::Window(windows)) => {
                        let cell = new.as_ref().map(|v| Cell { value: v.clone(), timestamp: *timestamp });
                        windows.put(key, window.start.0, cell);
                    }
                    Some(Store::Session(sessions)) => sessions.put(key, *window, new.clone()),
                    _ => {}
                }
            }
            TaskEvent::TableUpdated { store, key, new, timestamp, .. } => match self.store_mut(*store) {
                Some(Store::KeyValue(table)) => {
                    table.put(key, new.as_ref().map(|v| Cell { value: v.clone(), timestamp: *timestamp }));
                }
                Some(Store::Versioned(table)) => table.put(key, timestamp.0, new.clone()),
                _ => {}
            },
            TaskEvent::RecordDropped { topic, partition, offset, timestamp, reason, .. } => {
                self.dropped_total = self.dropped_total.saturating_add(1);
                if self.dropped.len() >= limits::REMEMBERED_DROPS {
                    self.dropped.pop_front();
                }
                self.dropped.push_back(Dropped {
                    topic: topic.clone(),
                    partition: *partition,
                    offset: *offset,
                    timestamp: *timestamp,
                    reason: reason.clone(),
                });
                // What cannot be read is passed over, and is no stream time.
                if matches!(reason, DropReason::Exception(_)) {
                    self.positions.insert(topic.clone(), offset.plus(1));
                }
            }
            TaskEvent::WindowClosed { .. } | TaskEvent::RecordPeeked { .. } => {}
            TaskEvent::FinalResultsEmitted { node, close_time } => {
                if let Some(state) = self.node_state(*node) {
                    state.emitted_until = close_time.0;
                }
            }
            TaskEvent::ResultBuffered { store, time, result, .. } => {
                if let Some(Store::Buffer(buffer)) = self.store_mut(*store) {
                    buffer.put(time.0, result.key.to_bytes(), (**result).clone());
                }
            }
            TaskEvent::ResultReleased { store, key, .. } => {
                if let Some(Store::Buffer(buffer)) = self.store_mut(*store) {
                    buffer.remove(&key.to_bytes());
                }
            }
            TaskEvent::StoreExpired { store, before } => match self.store_mut(*store) {
                Some(Store::Window(windows)) => windows.expire(before.0),
                Some(Store::Session(sessions)) => sessions.expire(before.0),
                Some(Store::Join(records)) => records.expire(before.0),
                _ => {}
            },
            TaskEvent::JoinRecordKept { store, record, .. } => {
                if let Some(Store::Join(records)) = self.store_mut(*store) {
                    records.put(record.clone());
                }
            }
            TaskEvent::PartnerAwaited { store, key, value, .. } => {
                if let Some(Store::OuterJoin(waiting)) = self.store_mut(*store) {
                    waiting.push(key.clone(), value.clone());
                }
            }
            TaskEvent::PartnerSettled { store, key, .. } => {
                if let Some(Store::OuterJoin(waiting)) = self.store_mut(*store) {
                    waiting.remove(key);
                }
            }
            TaskEvent::FinalResultsSought { node, next } => {
                if let Some(state) = self.node_state(*node) {
                    state.next = next.0;
                }
            }
            TaskEvent::JoinTimeTracked { node, min_time, next_emit } => {
                if let Some(state) = self.node_state(*node) {
                    (state.min_time, state.next) = (min_time.0, next_emit.0);
                }
            }
            TaskEvent::UpdateCached { store, key, entry, .. } => {
                if let Some(cache) = self.cache_mut(*store) {
                    cache.put(key.clone(), (**entry).clone());
                }
            }
            TaskEvent::CacheFlushed { store, key } => {
                if let Some(cache) = self.cache_mut(*store) {
                    cache.remove(key);
                }
            }
            TaskEvent::RecordHeldBack { store, place, record, .. } => {
                if let Some(Store::StreamBuffer(buffer)) = self.store_mut(*store) {
                    buffer.put(place.clone(), (**record).clone());
                }
            }
            TaskEvent::RecordLetGo { store, place, .. } => {
                if let Some(Store::StreamBuffer(buffer)) = self.store_mut(*store) {
                    buffer.remove(place);
                }
            }
            TaskEvent::WallClockAdvanced { to } => self.wall_clock = Some(*to),
            TaskEvent::PunctuationScheduled { node, at } => {
                if let Some(state) = self.node_state(*node) {
                    state.next = at.0;
                }
            }
            TaskEvent::StoreRestored { store, key, value, timestamp } => {
                let cell = value.as_ref().map(|v| Cell { value: v.clone(), timestamp: *timestamp });
                match (self.store_mut(*store), key) {
                    (Some(Store::KeyValue(table)), key) => table.put(key, cell),
                    (Some(Store::Window(windows)), Key::Windowed { key, window }) => {
                        windows.put(key, window.start.0, cell);
                    }
                    (Some(Store::Session(sessions)), Key::Windowed { key, window }) => {
                        sessions.put(key, *window, value.clone());
                    }
                    (Some(Store::Join(records)), key) => {
                        if let Some(record) = JoinRecord::restored(&key.to_bytes(), value.as_ref()) {
                            records.put(record);
                        }
                    }
                    (Some(Store::Versioned(table)), key) => table.put(key, timestamp.0, value.clone()),
                    (Some(Store::OuterJoin(waiting)), key) => {
                        waiting.restore(&key.to_bytes(), value.as_ref())
                    }
                    (Some(Store::Window(_) | Store::Session(_)), Key::Plain(_))
                    | (Some(Store::Buffer(_) | Store::StreamBuffer(_)) | None, _) => {}
                }
            }
            TaskEvent::TaskFailed { failure, .. } => self.failure = Some(failure.clone()),
        }
    }

    fn node_state(&mut self, id: NodeId) -> Option<&mut super::NodeState> {
        self.nodes.get_mut(usize::try_from(id.0).ok()?)
    }

    fn cache_mut(&mut self, id: StoreId) -> Option<&mut Cache> {
        self.caches.get_mut(usize::try_from(id.0).ok()?)
    }

    fn store_mut(&mut self, id: StoreId) -> Option<&mut Store> {
        self.stores.get_mut(usize::try_from(id.0).ok()?)
    }
}
