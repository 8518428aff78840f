//! Pictures as text, over worlds that scripts tell.

mod common;

use common::{SHOP, tell, told};
use millrace_view::text;

#[test]
fn look() {
    let mut t = told(SHOP);
    tell(
        &mut t,
        "wait 5s\nproducer rate checkout 12 --keys alice,bob,carol,dave --value '{\"amount\": ${-1..20}}' --late 10% --late-by 30s\nwait 18s",
    );
    println!("{}", text::world(t.world()));
    for step in t.branch().steps().iter().rev().take(60).collect::<Vec<_>>().into_iter().rev() {
        for e in step.entries.iter() {
            if let Some(l) = text::line(e, t.world()) {
                println!("{l}");
            }
        }
    }
}
