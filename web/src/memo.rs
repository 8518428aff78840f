//! A value that is computed again when what it reads changes, and told on only when it has become another.
//!
//! The framework compiles its memo once for every type of value, some 2 KB each time; here it knows one type, a pointer.

use leptos::prelude::*;
use std::any::Any;
use std::marker::PhantomData;
use std::sync::Arc;

/// See the module. It is copied freely, as the framework's own.
pub struct Memo<T> {
    kept: leptos::prelude::Memo<Kept>,
    of: PhantomData<fn() -> T>,
}

type Compute = Arc<dyn Fn(Option<&Kept>) -> Kept + Send + Sync>;

impl<T: PartialEq + Send + Sync + 'static> Memo<T> {
    /// What `compute` says; it is given what it said last.
    pub fn new(compute: impl Fn(Option<&T>) -> T + Send + Sync + 'static) -> Memo<T> {
        let compute: Compute = Arc::new(move |was| Kept(Arc::new(compute(was.and_then(Kept::get::<T>)))));
        Memo { kept: erased(compute), of: PhantomData }
    }

    /// Reads it, and has the reader run again when it changes.
    pub fn with<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.kept.get().read(read)
    }

    /// Has the reader run again when it changes. A memo that nobody has read yet knows of nothing that could change it, so it
    /// is read.
    pub fn track(&self) {
        self.kept.with(|_| ());
    }

    /// Reads it once.
    pub fn with_untracked<R>(&self, read: impl FnOnce(&T) -> R) -> R {
        self.kept.get_untracked().read(read)
    }
}

impl<T: PartialEq + Clone + Send + Sync + 'static> Memo<T> {
    /// Its value; the reader runs again when it changes.
    pub fn get(&self) -> T {
        self.with(T::clone)
    }

    /// Its value now.
    pub fn get_untracked(&self) -> T {
        self.with_untracked(T::clone)
    }
}

impl<T> Clone for Memo<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Memo<T> {}

impl<T: PartialEq + Clone + Send + Sync + 'static> From<Memo<T>> for Signal<T> {
    fn from(memo: Memo<T>) -> Self {
        Signal::derive(move || memo.get())
    }
}

/// The one instance of the framework's memo.
fn erased(compute: Compute) -> leptos::prelude::Memo<Kept> {
    leptos::prelude::Memo::new(move |was| compute(was))
}

/// A value of a type that only its [`Memo`] knows.
#[derive(Clone)]
struct Kept(Arc<dyn Value>);

impl Kept {
    fn get<T: 'static>(&self) -> Option<&T> {
        (*self.0).as_any().downcast_ref()
    }

    fn read<T: 'static, R>(&self, read: impl FnOnce(&T) -> R) -> R {
        match self.get() {
            Some(value) => read(value),
            None => unreachable!("a memo keeps what it computes, which is of its own type"),
        }
    }
}

impl PartialEq for Kept {
    fn eq(&self, other: &Self) -> bool {
        (*self.0).is_same(&*other.0)
    }
}

trait Value: Any + Send + Sync {
    fn as_any(&self) -> &dyn Any;
    fn is_same(&self, other: &dyn Value) -> bool;
}

impl<T: PartialEq + Send + Sync + 'static> Value for T {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_same(&self, other: &dyn Value) -> bool {
        other.as_any().downcast_ref::<T>().is_some_and(|other| self == other)
    }
}
