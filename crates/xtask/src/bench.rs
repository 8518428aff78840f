//! `cargo xtask bench`: the engine's speed natively and in the browser, from
//! one run, and the ratio of both.

use crate::Done;
use crate::args::{USAGE, nearest};
use crate::process::say;

/// Runs both halves, or the one that is named.
///
/// # Errors
/// If the argument names no half.
pub fn run(args: &[String]) -> Done {
    match args {
        [] => native().and_then(|()| browser()),
        [half] if half == "native" => native(),
        [half] if half == "browser" => browser(),
        [half, ..] => {
            let known = nearest(half, &["native", "browser"]);
            Err(format!("{USAGE}: cargo xtask bench [native|browser], `{half}` is nearest to `{known}`"))
        }
    }
}

fn native() -> Done {
    say("bench native: lands with the engine");
    Ok(())
}

fn browser() -> Done {
    say("bench browser: lands with the engine");
    Ok(())
}
