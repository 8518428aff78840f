//! `cargo xtask size --functions page|widget`: what a module's first half is made of, as the lists of its first visit cut the
//! program that was built last. Nothing is built: lists can be tried out in a minute.

use std::collections::BTreeMap;

use crate::Done;
use crate::halves::{self, read, read_text, shrink, write};
use crate::split::{Cold, Deferred, Weights, outline, split, weigh};
use crate::{args, pack, widget};

/// How many of the largest functions and data are shown.
const LARGEST: usize = 60;

/// Prints the parts by crate and module, the largest functions and data, and what all of it comes to when packed.
///
/// # Errors
/// If the program has not been built, or cannot be cut.
pub fn run(of: &str) -> Done {
    let (bin, lists) = match of {
        "page" => ("millrace", halves::lists()),
        "widget" => (widget::BIN, widget::lists()),
        _ => return Err(format!("{}: --functions wants `page` or `widget`, got `{of}`", args::USAGE)),
    };
    let whole = halves::module(&widget::shrunk(bin)?)?;
    let (deferred, cold) =
        (Deferred::read(&read_text(&lists.deferred)?), Cold::read(&read_text(&lists.cold)?)?);
    let outlined = outline(&read(&whole)?, &cold)?;
    print!("{}", table(&weigh(&outlined, &deferred)?));
    let first = whole.with_file_name("first.wasm");
    write(&first, &split(&outlined, &deferred)?.first)?;
    shrink(&first, &[])?;
    let bytes = pack::by_slot(&read(&first)?)?;
    println!("first half: {} bytes, packed {}", bytes.len(), pack::pack(&bytes)?.len());
    Ok(())
}

fn table(weights: &Weights) -> String {
    let mut rooms: BTreeMap<String, (usize, usize)> = BTreeMap::new();
    for (name, bytes) in &weights.functions {
        let room = room(name);
        let crates = room.split("::").next().unwrap_or_default().to_owned();
        for place in [crates, room] {
            let (count, sum) = rooms.entry(place).or_default();
            (*count, *sum) = (*count + 1, *sum + bytes);
        }
    }
    let mut text = String::new();
    let mut rows: Vec<_> = rooms.into_iter().collect();
    rows.sort_by(|(a, (_, left)), (b, (_, right))| right.cmp(left).then_with(|| a.cmp(b)));
    for (room, (count, bytes)) in rows {
        text.push_str(&format!("{bytes:>8} bytes  {count:>5} functions  {room}\n"));
    }
    let mut functions: Vec<_> = weights.functions.iter().collect();
    functions.sort_by_key(|(_, bytes)| std::cmp::Reverse(*bytes));
    for (name, bytes) in functions.iter().take(LARGEST) {
        text.push_str(&format!("{bytes:>8}  {name}\n"));
    }
    let mut data: Vec<_> = weights.data.iter().collect();
    data.sort_by_key(|datum| std::cmp::Reverse(datum.len()));
    for datum in data.iter().take(LARGEST) {
        let shown: String = datum
            .iter()
            .take(90)
            .map(|byte| if byte.is_ascii_graphic() || *byte == b' ' { char::from(*byte) } else { '.' })
            .collect();
        text.push_str(&format!("{:>8}  data {shown}\n", datum.len()));
    }
    let code: usize = weights.functions.iter().map(|(_, bytes)| bytes).sum();
    let held: usize = data.iter().map(|datum| datum.len()).sum();
    text.push_str(&format!(
        "{code} bytes in {} functions, {} stubs, {held} bytes in {} data\n",
        functions.len(),
        weights.stubs,
        data.len()
    ));
    text
}

/// The crate and the module that a function's path begins with; of a method, those of its type.
fn room(path: &str) -> String {
    let path = path.strip_prefix("cold part of ").unwrap_or(path).trim_start_matches(['<', '&', '(', '[']);
    let path = path.strip_prefix("mut ").unwrap_or(path);
    let end = path.find(['<', '>', ' ', '{', '(', '[']).unwrap_or(path.len());
    let parts: Vec<&str> =
        path.get(..end).unwrap_or(path).split("::").filter(|part| !part.is_empty()).collect();
    parts.iter().take(if parts.len() > 2 { 2 } else { 1 }).copied().collect::<Vec<_>>().join("::")
}

#[cfg(test)]
mod tests {
    use super::room;

    #[test]
    fn a_function_belongs_to_its_module() {
        for (path, want) in [
            ("millrace_sim::world::step::advance", "millrace_sim::world"),
            ("<millrace_view::scene::Lane as core::clone::Clone>::clone", "millrace_view::scene"),
            ("<alloc::vec::Vec<millrace_sim::World>>::push", "alloc::vec"),
            ("cold part of app::draw", "app"),
            ("__wbindgen_malloc", "__wbindgen_malloc"),
        ] {
            assert_eq!(room(path), want);
        }
    }
}
