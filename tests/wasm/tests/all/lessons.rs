//! Every lesson on two machines: each of its runs passes or fails as it must, and ends in the same state, natively and here.

use gloo_timers::future::TimeoutFuture;
use millrace_lessons::{parse, runs};
use wasm_bindgen_test::wasm_bindgen_test;

/// A run's name, the state at its end, and what is not so there.
type Native = (&'static str, Option<u64>, &'static [&'static str]);

/// Folder, text, and what the build script has found natively.
const NATIVE: &[(&str, &str, &[Native])] = include!(concat!(env!("OUT_DIR"), "/lessons.rs"));

#[wasm_bindgen_test]
async fn every_lesson_runs_as_natively() {
    assert!(NATIVE.len() >= 20, "{} lessons", NATIVE.len());
    for (folder, text, native) in NATIVE {
        let here = runs(&parse(text).unwrap());
        assert_eq!(here.len(), native.len(), "{folder}");
        for (run, (name, hash, unmet)) in here.iter().zip(*native) {
            assert!(run.is_right, "{folder}: {run:?}");
            assert!(run.hash.is_some(), "{folder}: {run:?}");
            assert_eq!((&*run.name, run.hash), (*name, *hash), "{folder}: {run:?}");
            assert_eq!(run.unmet, *unmet, "{folder}: {run:?}");
        }
        // The driver asks the page now and then whether it is still there.
        TimeoutFuture::new(0).await;
    }
}
