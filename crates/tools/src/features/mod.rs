//! `kafka-features` (`FeatureCommand`), and what Kafka says of its features' levels.

pub(crate) mod levels;
mod update;

use crate::admin::{connect, load, parse};
use crate::options::argparse::{Arg, Namespace, Parser, Takes};
use crate::quorum::metadata_end;
use crate::shell::{Exit, Shell};
use levels::{FEATURES, Feature, METADATA, MetadataVersion};
use millrace_broker::Broker;

const METADATA_ARG: Arg =
    Arg::value(&["--metadata"], "", "DEPRECATED: the level of the metadata, such as 3.3-IV3");
const RELEASE: Arg =
    Arg::value(&["--release-version"], "", "the release whose levels all features get, such as 3.9-IV0");
const FEATURE: Arg =
    Arg::value(&["--feature"], "", "a feature and its level: metadata.version=5").takes(Takes::Each);
const UNSAFE: Arg = Arg::flag(&["--unsafe"], "even if metadata may be lost");
const DRY_RUN: Arg = Arg::flag(&["--dry-run"], "says whether it would work");

const PARSER: Parser = Parser {
    groups: &[true],
    shows_defaults: true,
    commands: &[
        Parser::new("describe", "Describes the current active feature flags.", &[]),
        Parser::new(
            "upgrade",
            "Upgrade one or more feature flags.",
            &[METADATA_ARG, RELEASE, FEATURE, DRY_RUN],
        ),
        Parser::new("downgrade", "Downgrades features.", &[METADATA_ARG, RELEASE, FEATURE, UNSAFE, DRY_RUN]),
        Parser::new("disable", "Downgrades features to zero.", &[FEATURE, UNSAFE, DRY_RUN]),
        Parser::new(
            "version-mapping",
            "Shows the features' levels of a release.",
            &[Arg::value(&["--release-version"], "", "the release; the newest stable one if left out")],
        ),
        Parser::new("feature-dependencies", "Shows what a feature's level needs.", &[FEATURE.required()]),
    ],
    ..Parser::new(
        "kafka-features",
        "This tool manages feature flags in Kafka.",
        &[
            Arg::value(&["--bootstrap-server"], "", "the cluster").group(1),
            Arg::value(&["--bootstrap-controller"], "", "the controller").group(1),
            Arg::value(&["--command-config"], "", "settings of the admin client"),
        ],
    )
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = parse(shell, &PARSER, arguments, 1)?;
    execute(shell, &given).map_err(|words| shell.die(&words))
}

fn execute(shell: &mut Shell<'_>, given: &Namespace) -> Result<(), String> {
    load(shell, given.value("--command-config"))?;
    match given.command {
        Some("describe") => {
            connect(shell, given, "describeFeatures")?;
            describe(shell);
            Ok(())
        }
        Some("version-mapping") => {
            let text = mapping(given.value("--release-version")).map_err(|release| {
                let (first, last) = (METADATA.least_bootstrap(), METADATA.newest());
                format!(
                    "Unknown release version '{release}'. Supported versions are: {} to {}",
                    first.name, last.name
                )
            })?;
            shell.print(&text);
            Ok(())
        }
        Some("feature-dependencies") => {
            for feature in given.values("--feature") {
                let (name, level) = name_and_level(feature)?;
                let text = dependencies(&name, level)
                    .map_err(|_| format!("No feature:{name} with feature level {level}"))??;
                shell.print(&text);
            }
            Ok(())
        }
        _ => update::run(shell, given),
    }
}

fn describe(shell: &mut Shell<'_>) {
    let epoch = metadata_end(shell.world());
    let mut rows: Vec<(&str, String, String, String)> = FEATURES
        .iter()
        .filter(|feature| feature.newest() > 0)
        .map(|feature| {
            let levels = [0, feature.newest(), feature.finalized].map(|level| level.to_string());
            let [least, most, finalized] = levels;
            (feature.name, least, most, finalized)
        })
        .collect();
    let version = |broker: &Broker| broker.transaction_version().level().to_string();
    let stable = shell.world().profile().transaction_version();
    if let Some(finalized) = shell.world().brokers().next().map(version).filter(|_| stable.level() > 0) {
        rows.push(("transaction.version", "0".to_owned(), stable.to_string(), finalized));
    }
    let newest = METADATA.newest().name.to_owned();
    rows.push((METADATA.name, METADATA.least().name.to_owned(), newest.clone(), newest));
    rows.sort_unstable();
    for (name, least, most, finalized) in rows {
        shell.say(format!(
            "Feature: {name}\tSupportedMinVersion: {least}\tSupportedMaxVersion: {most}\tFinalizedVersionLevel: \
             {finalized}\tEpoch: {epoch}"
        ));
    }
}

/// The features' levels of a release.
///
/// # Errors
/// The release, if there is none of that name.
pub(crate) fn mapping(release: Option<&str>) -> Result<String, String> {
    let release = release.unwrap_or(METADATA.newest().name);
    let version = MetadataVersion::of_release(release).ok_or_else(|| release.to_owned())?;
    let mut text = format!("metadata.version={} ({release})\n", version.level);
    for feature in FEATURES {
        text.push_str(&format!("{}={}\n", feature.name, feature.of(version)));
    }
    Ok(text)
}

/// What a feature's level needs.
///
/// # Errors
/// The outer one: there is no such level. The inner one: there is no such feature, in Kafka's words.
pub(crate) fn dependencies(name: &str, level: i16) -> Result<Result<String, String>, ()> {
    if name == METADATA.name {
        let Some(version) = MetadataVersion::of_level(level) else {
            return Ok(Err(format!("Unknown metadata.version {level}")));
        };
        return Ok(Ok(format!("{name}={level} ({}) has no dependencies.\n", version.name)));
    }
    let Some(feature) = Feature::named(name) else { return Ok(Err(format!("Unknown feature: {name}"))) };
    let needs = feature.needs(level).ok_or(())?;
    Ok(Ok(match needs {
        None => format!("{name}={level} has no dependencies.\n"),
        Some(version) => {
            format!("{name}={level} requires:\n    {}={} ({})\n", METADATA.name, version.level, version.name)
        }
    }))
}

/// `name=level`
fn name_and_level(text: &str) -> Result<(String, i16), String> {
    let wrong = |why: &str| format!("Can't parse feature=level string {text}: {why}");
    let (name, level) = text.split_once('=').ok_or_else(|| wrong("equals sign not found."))?;
    let (name, level) = (name.trim(), level.trim());
    let level = level.parse().map_err(|_| wrong(&format!("unable to parse {level} as a short.")))?;
    Ok((name.to_owned(), level))
}
