//! Ids: which of them count as seen, for how long, and what a filter takes for seen.

use super::dedupe::{Bloom, Dedupe, MarkOrder, StoreKind};
use super::{Guard, Seen};
use crate::listener::event::{Handled, InstanceEvent, Port};
use crate::listener::exception::Exception;
use millrace_expr::Expr;
use millrace_model::{Span, Time};

fn dedupe(store: StoreKind, bloom: Option<Bloom>, window: Option<u64>) -> Dedupe {
    let window = window.map(Span::from_secs);
    Dedupe { id: Expr::parse("key").unwrap(), store, order: MarkOrder::Together, window, bloom }
}

fn mark(seen: &mut Seen, dedupe: &Dedupe, id: &str, at: u64) {
    let at = Time::ZERO + Span::from_secs(at);
    let handled = Handled { mark: Some(id.into()), ..Handled::nothing(Port::MAIN, at) };
    seen.apply(dedupe, &InstanceEvent::Handled(handled));
}

#[test]
fn a_table_forgets_what_is_older_than_its_window() {
    let dedupe = dedupe(StoreKind::Table, None, Some(10));
    let mut seen = Seen::default();
    mark(&mut seen, &dedupe, "o1", 0);
    let is_seen = |seen: &Seen, at| seen.is_seen(&dedupe, "o1", Time::ZERO + Span::from_secs(at));
    assert_eq!([0, 9, 10].map(|at| is_seen(&seen, at)), [true, true, false]);
    mark(&mut seen, &dedupe, "o2", 11);
    assert_eq!(seen.len(), 1);
}

/// m = 8192, k = 4: about 0.2 % at 500 ids, 2.2 % at 1000, 15 % at 2000. Three standard deviations to either side.
#[test]
fn a_filter_alone_takes_as_many_new_ids_for_old_as_its_size_says() {
    let dedupe = dedupe(StoreKind::FilterOnly, Some(Bloom { bits: 8192, hashes: 4 }), None);
    let mut seen = Seen::default();
    let mut marked = 0;
    for (count, low, high) in [(500, 5, 50), (1000, 170, 270), (2000, 1390, 1660)] {
        while marked < count {
            mark(&mut seen, &dedupe, &format!("old-{marked}"), 0);
            marked += 1;
        }
        assert!(
            (0..count).all(|n| seen.is_seen(&dedupe, &format!("old-{n}"), Time::ZERO)),
            "no false negative"
        );
        let wrong = (0..10_000).filter(|n| seen.is_seen(&dedupe, &format!("new-{n}"), Time::ZERO)).count();
        assert!((low..high).contains(&wrong), "{count}: {wrong}");
    }
}

#[test]
fn classes_are_classified_with_or_without_their_package() {
    let thrown = |class: &str| Exception::thrown(class, &"".into(), false);
    let guard = Guard { exclude: vec!["PaymentDeclined".into()], ..Guard::default() };
    assert!(!guard.is_retryable(&thrown("com.example.PaymentDeclined")));
    assert!(guard.is_retryable(&thrown("TimeoutException")));
    assert!(!guard.is_retryable(&thrown("ClassCastException")), "the fatal list stays fatal");
    let only = Guard { include: vec!["com.example.TimeoutException".into()], ..Guard::default() };
    assert!(only.is_retryable(&thrown("TimeoutException")));
    assert!(!only.is_retryable(&thrown("IllegalStateException")));
}
