//! The module in two halves: what a first visit runs, and the rest, which is
//! fetched when it is first used.
//!
//! The cut goes between functions, along a recorded visit (`web/deferred.txt`):
//! nothing in the Rust code knows of it. See `docs/decisions/0007`.

mod addresses;
mod data;
mod deferred;
mod first;
mod instrument;
mod module;
mod outline;
mod plan;
mod renumber;
mod rest;
mod weigh;

pub use deferred::Deferred;
pub use instrument::{Visit, instrument};
pub use module::text;
pub use outline::{Cold, outline};
pub use weigh::{Weights, weigh};

use module::Module;
use plan::Plan;
use wasm_encoder::Function;

/// The module name under which the rest imports from the first half.
const FIRST: &str = "first";

/// The first half's exported flag: whether the rest is there. `web/src/rest.js`
/// sets it.
const IS_THERE: &str = "rest_is_there";

/// Both halves of a module.
pub struct Halves {
    /// What the page starts with.
    pub first: Vec<u8>,
    /// What is fetched when it is first used.
    pub rest: Vec<u8>,
}

/// Cuts a module that still has its names.
///
/// # Errors
/// If it is no module as Rust and wasm-bindgen make them.
pub fn split(wasm: &[u8], deferred: &Deferred) -> Result<Halves, String> {
    let module = Module::read(wasm)?;
    let plan = Plan::new(&module, deferred)?;
    Ok(Halves { first: first::write(&module, &plan)?, rest: rest::write(&module, &plan)? })
}

/// Passes a function's arguments on to the function in a slot of the table.
fn call_slot(function: &mut Function, arguments: u32, slot: u32, table: u32, ty: u32) {
    let mut code = function.instructions();
    for argument in 0..arguments {
        code.local_get(argument);
    }
    code.i32_const(slot.cast_signed()).call_indirect(table, ty).end();
}

/// The name under which the first half exports something for the rest.
fn export_name(letter: char, index: u32) -> String {
    format!(".{letter}{index}")
}
