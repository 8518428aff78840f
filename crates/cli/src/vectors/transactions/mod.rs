//! Families `broker_transactions` and `broker_txn_offsets`: real producers and consumers against one real broker; here the
//! engine's client against the engine's broker, with the lines that a learner would type.

mod driver;
#[cfg(test)]
mod tests;

use super::field;
use driver::Driver;
use serde_json::{Value, json};

/// What each operation comes to, where the log stands after it, and what consumers read in the end.
pub fn judge_transactions(input: &Value, expected: &Value) -> Result<(), String> {
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let wanted = field(expected, "results").as_array().ok_or("not modelled: no results")?;
    let mut driver = Driver::new()?;
    for (at, (op, wanted)) in ops.iter().zip(wanted).enumerate() {
        let words: Vec<&str> = op.as_array().into_iter().flatten().filter_map(Value::as_str).collect();
        let found = match *words {
            ["init", who] => driver.init(who),
            [verb @ ("begin" | "commit" | "abort"), who] => driver.call(verb, who),
            ["send", who, key, value] => driver.send(who, key, value),
            _ => Err(format!("not modelled: {op}")),
        }?;
        same(&format!("op {at} {op}"), &found, wanted)?;
    }
    for isolation in ["uncommitted", "committed"] {
        let (records, position) = driver.read(isolation)?;
        same(&format!("read_{isolation}"), &records, field(expected, &format!("read_{isolation}")))?;
        let name = format!("position_{isolation}");
        same(&name, &json!(position), field(expected, &name))?;
    }
    if ops.len() == wanted.len() { Ok(()) } else { Err("not modelled: ops without results".to_owned()) }
}

/// What a group has committed while a transaction with its offsets is open, and after its end.
pub fn judge_txn_offsets(input: &Value, expected: &Value) -> Result<(), String> {
    let ops = field(input, "ops").as_array().ok_or("not modelled: no ops")?;
    let mut driver = Driver::new()?;
    driver.init("A")?;
    let mut seen = Vec::new();
    for op in ops {
        let op = op.as_str().ok_or("not modelled: an op that is no text")?;
        match op.split_once(' ') {
            None => drop(driver.call(op, "A")?),
            Some(("offsets", offset)) => {
                let (offset, metadata) = offset.split_once('/').unwrap_or((offset, ""));
                let line = "producer offsets A --group g --offset orders-0";
                driver.line(&format!("{line}={offset} --metadata {metadata}"))?;
                driver.settle()?;
            }
            Some(_) => return Err(format!("not modelled: {op}")),
        }
        if op != "begin" {
            seen.push(driver.committed("g"));
        }
    }
    // `pending`, `after_first`, `pending_second`, `after_abort_second`: while the first or second transaction is open, and
    // after its end.
    let expected = expected
        .as_object()
        .filter(|all| all.len() == seen.len())
        .ok_or("not modelled: other ops than twice begin, offsets, and commit or abort")?;
    expected.iter().try_for_each(|(name, wanted)| {
        let at = usize::from(name.starts_with("after")) + 2 * usize::from(name.ends_with("second"));
        same(name, seen.get(at).unwrap_or(&Value::Null), wanted)
    })
}

fn same(what: &str, found: &Value, wanted: &Value) -> Result<(), String> {
    if found == wanted { Ok(()) } else { Err(format!("{what}: expected {wanted}, found {found}")) }
}
