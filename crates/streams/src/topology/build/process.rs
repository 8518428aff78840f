//! `process`, and sinks whose topic a function names.

use crate::data::Serde;
use crate::topology::builder::{Stream, TopologyBuilder};
use crate::topology::function::KeyMapper;
use crate::topology::processor::Processor;
use crate::topology::{Operator, Pattern, StoreKind, TopologyError};

impl TopologyBuilder {
    /// `KStream.process`, with the processor's store.
    ///
    /// # Errors
    /// A store's name that is taken.
    pub fn process(
        &mut self,
        of: Stream,
        processor: Processor,
        store: Option<&str>,
    ) -> Result<Stream, TopologyError> {
        let store = match store.filter(|_| processor.has_store()) {
            Some(name) => {
                Some(self.add_store(name.to_owned(), StoreKind::PlainKeyValue, stored_serde(&processor))?)
            }
            None => None,
        };
        let serde = match &processor {
            Processor::CountAndPunctuate { .. } => Serde::Long,
            Processor::Context | Processor::Detect(_) => Serde::Bytes,
            Processor::ShiftTimestamp { .. } | Processor::Tick(_) | Processor::Deduplicate { .. } => of.serde,
        };
        let node = self.add("KSTREAM-PROCESSOR-", Operator::Process { processor, store }, &[of.node])?;
        Ok(Stream { node, serde, key_changed: true })
    }

    /// `KStream.process` with a processor of ours that looks for a pattern, and its store.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn detect(&mut self, of: Stream, pattern: Pattern) -> Result<Stream, TopologyError> {
        let store = ["pattern-", &self.nodes.len().to_string()].concat();
        self.process(of, Processor::Detect(Box::new(pattern)), Some(&store))
    }

    /// `KStream.to` with a `TopicNameExtractor`.
    ///
    /// # Errors
    /// See [`filter`](Self::filter).
    pub fn to_dynamic(&mut self, of: Stream, topic: KeyMapper) -> Result<(), TopologyError> {
        self.add("KSTREAM-SINK-", Operator::DynamicSink(topic), &[of.node]).map(|_| ())
    }
}

/// How a processor's store writes its values.
fn stored_serde(processor: &Processor) -> Serde {
    match processor {
        Processor::Detect(_) => Serde::Bytes,
        _ => Serde::Long,
    }
}
