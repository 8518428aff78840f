//! What `cargo metadata` says, as far as the rules need it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::process::{capture, cargo};

/// What a dependency is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// For the package itself.
    Normal,
    /// For its build script.
    Build,
    /// For its tests.
    Dev,
}

/// A package of the workspace or from outside.
#[derive(Clone, Debug, Default)]
pub struct Package {
    /// Its name in Cargo.toml.
    pub name: String,
    /// Its version, for messages.
    pub version: String,
    /// Its licence expression, if it gives one.
    pub license: Option<String>,
    /// Whether it is ours.
    pub member: bool,
    /// What it depends on, by key, for every target.
    pub deps: BTreeSet<(Kind, String)>,
}

/// All packages by cargo's key.
#[derive(Debug, Default)]
pub struct Graph {
    /// The packages.
    pub packages: BTreeMap<String, Package>,
}

impl Graph {
    /// Asks cargo.
    ///
    /// # Errors
    /// If cargo fails or answers in an unknown shape.
    pub fn load() -> Result<Self, String> {
        let text = capture(cargo().args(["metadata", "--format-version", "1", "--all-features"]))?;
        let value = serde_json::from_str(&text).map_err(|error| format!("cargo metadata: {error}"))?;
        Self::read(&value).ok_or_else(|| "cargo metadata has an unknown shape".to_owned())
    }

    fn read(value: &Value) -> Option<Self> {
        let members: BTreeSet<&str> =
            value["workspace_members"].as_array()?.iter().filter_map(Value::as_str).collect();
        let mut graph = Self::default();
        for package in value["packages"].as_array()? {
            let id = package["id"].as_str()?;
            let read = Package {
                name: package["name"].as_str()?.to_owned(),
                version: package["version"].as_str()?.to_owned(),
                license: package["license"].as_str().map(str::to_owned),
                member: members.contains(id),
                deps: BTreeSet::new(),
            };
            graph.packages.insert(id.to_owned(), read);
        }
        for node in value.pointer("/resolve/nodes")?.as_array()? {
            let package = graph.packages.get_mut(node["id"].as_str()?)?;
            for dep in node["deps"].as_array()? {
                for kind in dep["dep_kinds"].as_array()? {
                    let kind = match kind["kind"].as_str() {
                        None => Kind::Normal,
                        Some("build") => Kind::Build,
                        Some(_) => Kind::Dev,
                    };
                    package.deps.insert((kind, dep["pkg"].as_str()?.to_owned()));
                }
            }
        }
        Some(graph)
    }

    /// Our package of that name.
    pub fn member(&self, name: &str) -> Option<&Package> {
        self.members().find(|package| package.name == name)
    }

    /// Our packages.
    pub fn members(&self) -> impl Iterator<Item = &Package> {
        self.packages.values().filter(|package| package.member)
    }

    /// What a package depends on directly.
    pub fn deps<'a>(&'a self, package: &'a Package) -> impl Iterator<Item = (Kind, &'a Package)> {
        package.deps.iter().filter_map(|(kind, key)| Some((*kind, self.packages.get(key)?)))
    }
}

/// A graph for tests: our packages as `name: dep dep`, others named alone.
#[cfg(test)]
pub fn graph(lines: &[&str]) -> Graph {
    let mut graph = Graph::default();
    for line in lines {
        let (name, deps) = line.split_once(':').unwrap_or((line, ""));
        let (name, member) = name.strip_prefix('*').map_or((name, false), |name| (name, true));
        let deps = deps.split_whitespace().map(|dep| match dep.split_once('=') {
            Some(("dev", dep)) => (Kind::Dev, dep.to_owned()),
            Some(("build", dep)) => (Kind::Build, dep.to_owned()),
            _ => (Kind::Normal, dep.to_owned()),
        });
        let package = Package { name: name.to_owned(), member, deps: deps.collect(), ..Package::default() };
        graph.packages.insert(name.to_owned(), package);
    }
    graph
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn reads_what_cargo_says() {
        let value = serde_json::json!({
            "workspace_members": ["a-id"],
            "packages": [
                {"id": "a-id", "name": "a", "version": "0.1.0", "license": "MIT"},
                {"id": "b-id", "name": "b", "version": "2.0.0", "license": null},
            ],
            "resolve": {"nodes": [
                {"id": "a-id", "deps": [{"pkg": "b-id", "dep_kinds": [{"kind": null}, {"kind": "dev"}]}]},
                {"id": "b-id", "deps": []},
            ]},
        });
        let graph = Graph::read(&value).unwrap();
        let a = graph.member("a").unwrap();
        let deps: Vec<_> = graph.deps(a).map(|(kind, dep)| (kind, dep.name.as_str())).collect();
        assert_eq!(deps, [(Kind::Normal, "b"), (Kind::Dev, "b")]);
        assert!(graph.member("b").is_none());
    }
}
