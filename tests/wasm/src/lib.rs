//! Holds nothing: the package exists for `tests/all.rs`, the one binary of
//! tests that runs in a browser.
