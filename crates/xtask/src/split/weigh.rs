//! What the first half is made of, before it is packed: for who wants to make it smaller.

use super::Deferred;
use super::module::Module;
use super::plan::Plan;

/// The parts of a module's first half.
pub struct Weights {
    /// The path of each function that stays, and the bytes of its code.
    pub functions: Vec<(String, usize)>,
    /// How many functions leave a stub behind.
    pub stubs: usize,
    /// The data that stay.
    pub data: Vec<Vec<u8>>,
}

/// Weighs what stays.
///
/// # Errors
/// If it is no module as Rust and wasm-bindgen make them.
pub fn weigh(wasm: &[u8], deferred: &Deferred) -> Result<Weights, String> {
    let module = Module::read(wasm)?;
    let plan = Plan::new(&module, deferred)?;
    let stay = module.functions.iter().zip(&plan.moved).filter(|(_, moved)| !**moved);
    let functions = stay
        .filter_map(|(function, _)| {
            let body = function.body.as_ref()?;
            Some((function.name.clone(), body.as_bytes().len()))
        })
        .collect();
    let data = plan.kept.stay(&module).map(|datum| datum.bytes.to_vec()).collect();
    Ok(Weights { functions, stubs: plan.stubs.len(), data })
}
