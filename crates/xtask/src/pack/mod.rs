//! A module as it travels: its code in strands, packed with LZMA. The page's
//! `unpack.js` and `weave.js` undo it.

mod order;
mod strands;

pub use order::by_slot;

use std::io::Write;
use std::path::Path;

use lzma_rust2::{LzmaOptions, LzmaWriter};

use crate::process::{root, run};
use crate::{Done, tools};

/// The page's side of it, one script.
pub const UNPACK: &str = concat!(
    include_str!("../../../../web/src/unpack.js"),
    "\n",
    include_str!("../../../../web/src/weave.js")
);

/// A module's bytes, packed.
///
/// # Errors
/// If the module holds an operation that Rust does not make.
pub fn pack(module: &[u8]) -> Result<Vec<u8>, String> {
    let bytes = strands::separate(module)?;
    let mut options = LzmaOptions::with_preset(9);
    // What has been separated has no period: position bits would cost.
    (options.lc, options.lp, options.pb) = (1, 0, 0);
    let packed = |error: std::io::Error| format!("packing the module: {error}");
    let size = Some(bytes.len() as u64);
    let mut writer = LzmaWriter::new_use_header(Vec::new(), &options, size).map_err(packed)?;
    writer.write_all(&bytes).map_err(packed)?;
    writer.finish().map_err(packed)
}

/// Makes sure that the page's own script makes `module` out of `packed` again.
///
/// # Errors
/// If it does not.
pub fn check(unpack: &Path, packed: &Path, module: &Path) -> Done {
    let script = root().join("crates/xtask/src/pack/check.mjs");
    run(tools::node_script()?.args([&*script, unpack, packed, module]))
}
