//! What a line only looks at: `streams describe`, `streams show`. It changes nothing and is no part of a history.

mod queries;

use crate::help::Help;
use crate::language::arguments::{Argument, Arguments, Options};
use crate::language::problem::Problem;
use crate::language::quote::add;
use millrace_expr::suggest;
use millrace_sim::node::streams::StoreQuery;
use millrace_sim::world::StreamsApp;
use millrace_sim::{Name, World};
use millrace_streams::language::Pipeline;

pub(crate) const HELP: &[Help] = &[
    Help {
        name: "streams describe",
        synopsis: "streams describe NAME",
        meaning: "prints the topology of a streams application as Kafka's Topology.describe() does",
        example: "streams describe analytics",
    },
    Help {
        name: "streams show",
        synopsis: "streams show NAME [--as-java]",
        meaning: "prints a streams application's pipeline, or a Java class for Kafka Streams that does the same",
        example: "streams show analytics --as-java",
    },
    Help {
        name: "streams query",
        synopsis: "streams query NAME STORE [--key KEY | --from KEY --to KEY | --key KEY --after TIME --before TIME] [--stale]",
        meaning: "prints what a store holds on all instances, as an interactive query sees it: everything, a key, a range of keys, or a key's windows by their start; with --stale also from standby tasks",
        example: "streams query counts KSTREAM-AGGREGATE-STATE-STORE-0000000001 --key alice",
    },
    Help {
        name: "streams where",
        synopsis: "streams where NAME STORE KEY",
        meaning: "prints which instance has a key, as queryMetadataForKey does",
        example: "streams where counts KSTREAM-AGGREGATE-STATE-STORE-0000000001 alice",
    },
];

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shown {
    /// A streams application's topology.
    Description(Name),
    /// A streams application's pipeline.
    Pipeline(Name),
    /// The same as Java.
    Java(Name),
    /// What a store holds; true for standby tasks, too.
    Query(Name, String, StoreQuery, bool),
    /// Which instance has a key.
    Where(Name, String, String),
}

impl Shown {
    /// Reads what follows `streams`, if it looks at something.
    pub(crate) fn parse(arguments: &mut Arguments<'_>) -> Result<Option<Shown>, Problem> {
        if arguments.skip("query") {
            return queries::parse_query(arguments).map(Some);
        }
        if arguments.skip("where") {
            return queries::parse_where(arguments).map(Some);
        }
        let describes = arguments.skip("describe");
        if !describes && !arguments.skip("show") {
            return Ok(None);
        }
        let expected = "a streams application's name";
        let name: Name = arguments.word(expected)?.name(expected)?.into();
        if describes {
            arguments.done()?;
            return Ok(Some(Shown::Description(name)));
        }
        let options = Options { once: vec!["as-java"], many: &[] };
        let mut shown = Shown::Pipeline(name.clone());
        while let Some(argument) = arguments.argument(&options)? {
            match argument {
                Argument::Word(token) => return Err(arguments.extra(&token)),
                Argument::Option(_) => shown = Shown::Java(name.clone()),
            }
        }
        Ok(Some(shown))
    }

    /// The line that says the same.
    pub(crate) fn print(&self) -> String {
        let (verb, name, end) = match self {
            Shown::Description(name) => ("streams describe", name, ""),
            Shown::Pipeline(name) => ("streams show", name, ""),
            Shown::Java(name) => ("streams show", name, " --as-java"),
            Shown::Query(name, store, query, stale) => {
                return queries::print_query(name, store, query, *stale);
            }
            Shown::Where(name, store, key) => return queries::print_where(name, store, key),
        };
        let mut line = verb.to_owned();
        add(&mut line, name);
        line + end
    }

    /// Its text now.
    ///
    /// # Errors
    /// A sentence: no such application, or no Java for its pipeline.
    pub fn text(&self, world: &World) -> Result<String, String> {
        let (Shown::Description(name)
        | Shown::Pipeline(name)
        | Shown::Java(name)
        | Shown::Query(name, ..)
        | Shown::Where(name, ..)) = self;
        let Some(app) = world.streams_apps().get(name) else {
            let nearest = suggest::nearest(name, world.streams_apps().keys().map(|name| &**name));
            let meant = nearest.map(|name| format!("; did you mean {name:?}?")).unwrap_or_default();
            return Err(format!("there is no streams application {name:?}{meant}"));
        };
        let pipeline = Pipeline::parse(&app.pipeline).map_err(|error| error.to_string())?;
        let id = StreamsApp::application_id(name, app.version);
        match self {
            Shown::Description(_) => {
                pipeline.topology(&id).map(|topology| topology.describe()).map_err(|error| error.to_string())
            }
            Shown::Pipeline(_) => Ok(pipeline.to_string()),
            Shown::Query(_, store, query, stale) => queries::answer(world, name, store, query, *stale),
            Shown::Where(_, store, key) => queries::hosts(world, name, store, key),
            Shown::Java(_) => pipeline.to_java(&id).map_err(|error| error.to_string()),
        }
    }
}
