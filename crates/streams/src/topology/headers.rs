//! A record's headers as they travel through a topology. They are not changed on the way: every result of a record
//! carries the same ones.

use millrace_expr::Headers;
use millrace_model::Header;
use std::hash::{Hash, Hasher};
use std::sync::Arc;

/// A record's headers, shared. None of them is nothing at all: most records have none, and a reference that nobody
/// counts costs nothing each time that a record is handed on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SharedHeaders(Option<Arc<[Header]>>);

impl SharedHeaders {
    /// As a list.
    pub fn list(&self) -> &[Header] {
        self.0.as_deref().unwrap_or(&[])
    }

    /// As a record holds them.
    pub fn shared(&self) -> Arc<[Header]> {
        self.0.clone().unwrap_or_default()
    }
}

impl From<&Arc<[Header]>> for SharedHeaders {
    fn from(headers: &Arc<[Header]>) -> SharedHeaders {
        SharedHeaders((!headers.is_empty()).then(|| headers.clone()))
    }
}

impl Hash for SharedHeaders {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.list().hash(state);
    }
}

impl PartialOrd for SharedHeaders {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SharedHeaders {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        let key = |h: &Header| (h.key.clone(), h.value.clone());
        self.list().iter().map(key).cmp(other.list().iter().map(key))
    }
}

impl Headers for SharedHeaders {
    fn nth(&self, index: usize) -> Option<(&str, Option<&[u8]>)> {
        self.list().get(index).map(|h| (&*h.key, h.value.as_deref()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use millrace_model::StableHasher;

    #[test]
    fn none_are_none_however_they_came() {
        let none: Arc<[Header]> = Arc::default();
        assert_eq!(SharedHeaders::from(&none), SharedHeaders::default());
        assert_eq!(StableHasher::of(&SharedHeaders::default()), StableHasher::of(&none));
        let one: Arc<[Header]> = [Header { key: "trace".into(), value: None }].into();
        assert_ne!(SharedHeaders::from(&one), SharedHeaders::default());
        assert_eq!(StableHasher::of(&SharedHeaders::from(&one)), StableHasher::of(&one));
        assert_eq!(SharedHeaders::from(&one).shared(), one);
    }
}
