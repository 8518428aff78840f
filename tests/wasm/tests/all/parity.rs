//! One engine, two machines: every script gives the same state after every step, natively and here.

#[path = "../../replay.rs"]
mod replay;

use wasm_bindgen_test::wasm_bindgen_test;

/// Name, script, and the hashes that the build script got natively.
const NATIVE: &[(&str, &str, &[u64])] = include!(concat!(env!("OUT_DIR"), "/native.rs"));

#[wasm_bindgen_test]
fn every_script_gives_the_same_state_after_every_step_as_natively() {
    assert!(NATIVE.len() >= 8, "{} scripts", NATIVE.len());
    for (name, script, native) in NATIVE {
        let here = replay::hashes(script);
        let differs = here.iter().zip(*native).position(|(here, native)| here != native);
        assert_eq!(differs, None, "{name}: the first step that differs");
        assert_eq!(here.len(), native.len(), "{name}: steps");
        assert!(
            here.len() > 100 || name.starts_with("blank") || name.starts_with("keys"),
            "{name}: {}",
            here.len()
        );
    }
}
