//! Who may depend on whom. The crate graph teaches: in Kafka the broker knows
//! no retries and no windows, so here it cannot even name them.

use std::collections::{BTreeMap, BTreeSet};

use super::graph::{Graph, Kind, Package};
use super::verdict;
use crate::Done;

/// The crates that know no browser, no wall clock and no source of randomness.
pub const CORE: &[&str] = &[
    "millrace-model",
    "millrace-expr",
    "millrace-records",
    "millrace-encode",
    "millrace-broker",
    "millrace-client",
    "millrace-streams",
    "millrace-sim",
    "millrace-script",
    "millrace-lessons",
    "millrace-disk",
    "millrace-tools",
    "millrace-console",
    "millrace-export",
    "millrace-view",
    "millrace-picture",
    "millrace-words",
];

/// For each of our packages the ones of ours that it may depend on, for any
/// purpose. `broker`, `client` and `streams` are siblings. `view` prints commands
/// (the inspector offers them as lines), so it knows `script`; never the reverse.
const ALLOWED: &[(&str, &[&str])] = &[
    ("millrace-records", &[]),
    // The names of its codecs.
    ("millrace-model", &["records"]),
    ("millrace-expr", &["model"]),
    ("millrace-encode", &["model", "records"]),
    ("millrace-broker", &["model", "expr", "encode"]),
    ("millrace-client", &["model", "expr", "encode"]),
    ("millrace-streams", &["model", "expr"]),
    ("millrace-sim", &["model", "expr", "broker", "client", "streams"]),
    ("millrace-script", &["model", "expr", "broker", "client", "streams", "sim"]),
    ("millrace-lessons", &["model", "expr", "sim", "script"]),
    ("millrace-disk", &["model", "records", "encode", "broker"]),
    ("millrace-tools", &["model", "expr", "records", "broker", "disk", "client", "streams", "sim", "script"]),
    ("millrace-console", &["model", "expr", "sim", "script", "tools"]),
    // Its tests run the lines that it writes by the console.
    (
        "millrace-export",
        &["model", "expr", "broker", "client", "streams", "sim", "script", "tools", "console"],
    ),
    ("millrace-words", &[]),
    (
        "millrace-view",
        &[
            "model", "expr", "records", "encode", "broker", "disk", "client", "streams", "sim", "script",
            "words",
        ],
    ),
    // Its tests draw what scripts end in.
    ("millrace-picture", &["model", "script", "sim", "view", "words"]),
    ("millrace-sweep", &["model", "broker", "sim", "script"]),
    ("millrace-bench", &["model", "records", "broker", "client", "streams", "sim"]),
    (
        "millrace-cli",
        &[
            "model", "expr", "records", "broker", "client", "streams", "sim", "script", "lessons", "tools",
            "console", "view", "picture", "export", "words",
        ],
    ),
    (
        "millrace-web",
        &[
            "model", "expr", "broker", "client", "streams", "sim", "script", "lessons", "tools", "console",
            "view", "picture", "export", "words",
        ],
    ),
    (
        "millrace-wasm-tests",
        &["model", "expr", "broker", "client", "streams", "sim", "script", "lessons", "view", "web", "words"],
    ),
    ("mdbook-millrace", &["model", "script", "lessons"]),
    ("xtask", &[]),
];

/// What no core crate may have anywhere below it.
const NOT_IN_CORE: &[&str] = &[
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "leptos",
    "rand",
    "rand_core",
    "getrandom",
    "fastrand",
    "chrono",
    "time",
    "tokio",
];

/// The packages that may name the browser: the page, its tests, and the bench, which is called from it.
const AT_THE_BROWSER: &[&str] = &["millrace-web", "millrace-wasm-tests", "millrace-bench"];

/// What only those may depend on directly.
const BROWSER: &[&str] = &[
    "web-sys",
    "js-sys",
    "wasm-bindgen",
    "wasm-bindgen-futures",
    "leptos",
    "gloo-timers",
    "console_error_panic_hook",
];

/// Checks all three rules.
///
/// # Errors
/// With every edge that is not allowed.
pub fn run() -> Done {
    let graph = Graph::load()?;
    let mut found = wrong_edges(&graph);
    found.extend(forbidden_in_core(&graph));
    found.extend(browser_outside_web(&graph));
    verdict(&found)
}

fn wrong_edges(graph: &Graph) -> Vec<String> {
    let mut found = Vec::new();
    for package in graph.members() {
        let Some((_, allowed)) = ALLOWED.iter().find(|(name, _)| *name == package.name) else {
            found.push(format!(
                "{} is not in the table of crates/xtask/src/lint/edges.rs: say what it may depend on",
                package.name
            ));
            continue;
        };
        for (kind, dep) in graph.deps(package).filter(|(_, dep)| dep.member) {
            let short = dep.name.strip_prefix("millrace-").unwrap_or(&dep.name);
            if !allowed.contains(&short) {
                found.push(format!("{} may not depend on {} ({kind:?})", package.name, dep.name));
            }
        }
    }
    found
}

fn forbidden_in_core(graph: &Graph) -> Vec<String> {
    let core = graph.members().filter(|package| CORE.contains(&package.name.as_str()));
    core.flat_map(|package| {
        let below = normal_tree(graph, package);
        NOT_IN_CORE
            .iter()
            .filter_map(move |name| Some(format!("core crates may not have {name}: {}", below.get(*name)?)))
    })
    .collect()
}

/// Every package that a package is built from, with one way to it. A build
/// script of ours or theirs runs on the host and is not part of it.
fn normal_tree(graph: &Graph, from: &Package) -> BTreeMap<String, String> {
    let mut ways = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut open = vec![(from, from.name.clone())];
    while let Some((package, way)) = open.pop() {
        for (kind, dep) in graph.deps(package) {
            if kind == Kind::Normal && seen.insert((dep.name.clone(), dep.version.clone())) {
                let way = format!("{way} → {}", dep.name);
                ways.insert(dep.name.clone(), way.clone());
                open.push((dep, way));
            }
        }
    }
    ways
}

fn browser_outside_web(graph: &Graph) -> Vec<String> {
    let others = graph.members().filter(|package| !AT_THE_BROWSER.contains(&package.name.as_str()));
    others
        .flat_map(|package| graph.deps(package).map(move |(_, dep)| (package, dep)))
        .filter(|(_, dep)| BROWSER.contains(&dep.name.as_str()) || dep.name.starts_with("gloo"))
        .map(|(package, dep)| format!("{} depends on {}, which only web may", package.name, dep.name))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::super::graph::graph;
    use super::*;

    #[test]
    fn the_house_as_it_is_drawn_is_clean() {
        let lines: Vec<String> = ALLOWED
            .iter()
            .map(|(name, deps)| {
                let deps: Vec<String> = deps.iter().map(|dep| format!("millrace-{dep}")).collect();
                format!("*{name}: {}", deps.join(" "))
            })
            .collect();
        let graph = graph(&lines.iter().map(String::as_str).collect::<Vec<_>>());
        assert_eq!(wrong_edges(&graph), Vec::<String>::new());
    }

    #[test]
    fn siblings_that_know_each_other_are_found_even_in_tests() {
        let graph = graph(&[
            "*millrace-broker: dev=millrace-client",
            "*millrace-client: build=millrace-streams",
            "*millrace-streams",
        ]);
        assert_eq!(
            wrong_edges(&graph),
            [
                "millrace-broker may not depend on millrace-client (Dev)",
                "millrace-client may not depend on millrace-streams (Build)"
            ]
        );
    }

    #[test]
    fn an_edge_upwards_is_found() {
        let graph = graph(&["*millrace-sim: millrace-view", "*millrace-view", "*xtask: millrace-sim"]);
        assert_eq!(
            wrong_edges(&graph),
            [
                "millrace-sim may not depend on millrace-view (Normal)",
                "xtask may not depend on millrace-sim (Normal)"
            ]
        );
    }

    #[test]
    fn a_crate_that_the_table_does_not_know_is_found() {
        let found = wrong_edges(&graph(&["*millrace-misc"]));
        assert!(
            matches!(found.as_slice(), [one] if one.starts_with("millrace-misc is not in the table")),
            "{found:?}"
        );
    }

    #[test]
    fn a_forbidden_crate_is_found_however_deep_with_the_way_to_it() {
        let graph = graph(&[
            "*millrace-model: uuid",
            "uuid: rand dev=tokio",
            "rand: getrandom",
            "getrandom",
            "tokio",
        ]);
        assert_eq!(
            forbidden_in_core(&graph),
            [
                "core crates may not have rand: millrace-model → uuid → rand",
                "core crates may not have getrandom: millrace-model → uuid → rand → getrandom",
            ]
        );
    }

    #[test]
    fn every_forbidden_crate_is_found_in_every_core_crate_but_not_in_their_tests() {
        for core in CORE {
            for bad in NOT_IN_CORE {
                assert_eq!(
                    forbidden_in_core(&graph(&[&format!("*{core}: {bad}"), bad])).len(),
                    1,
                    "{core} {bad}"
                );
                assert_eq!(
                    forbidden_in_core(&graph(&[&format!("*{core}: dev={bad}"), bad])).len(),
                    0,
                    "{core} {bad}"
                );
            }
        }
    }

    #[test]
    fn the_browser_belongs_to_web_alone() {
        let graph =
            graph(&["*millrace-web: web-sys", "*millrace-cli: web-sys dev=gloo-net", "web-sys", "gloo-net"]);
        let found = browser_outside_web(&graph);
        assert_eq!(
            found,
            [
                "millrace-cli depends on web-sys, which only web may",
                "millrace-cli depends on gloo-net, which only web may"
            ]
        );
    }
}
