//! `upgrade`, `downgrade` and `disable`: what the controller says to other levels (`FeatureControlManager`).
//!
//! The playground's features keep their levels: what would change one is refused in words of ours.

use super::levels::{Feature, METADATA, MetadataVersion};
use super::{FEATURES, name_and_level};
use crate::admin::connect;
use crate::java_map;
use crate::options::argparse::Namespace;
use crate::quorum::controller;
use crate::shell::Shell;

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Upgrade,
    SafeDowngrade,
    UnsafeDowngrade,
}

pub(super) fn run(shell: &mut Shell<'_>, given: &Namespace) -> Result<(), String> {
    let op = given.command.unwrap_or_default();
    let kind = match (op, given.has("--unsafe")) {
        ("upgrade", _) => Kind::Upgrade,
        (_, true) => Kind::UnsafeDowngrade,
        (_, false) => Kind::SafeDowngrade,
    };
    let updates = updates(shell, given, kind)?;
    if updates.is_empty() {
        return Err(format!("You must specify at least one feature to {op}"));
    }
    connect(shell, given, "updateFeatures")?;
    let refusal = refusal(shell, &updates, kind);
    let is_dry = given.has("--dry-run");
    let changes = |name: &str, level: i16| current(name) != level;
    let mut failed = 0;
    for (name, level) in &updates {
        let why = match &refusal {
            Some(why) => Some(format!(
                "The update failed for all features since the following feature had an error: {why}"
            )),
            None if !is_dry && changes(name, *level) => {
                Some("The playground's features keep their levels.".to_owned())
            }
            None => None,
        };
        let verb = match (&why, is_dry) {
            (Some(_), true) => "Can not",
            (Some(_), false) => "Could not",
            (None, true) => "can be",
            (None, false) => "was",
        };
        match why {
            Some(why) => {
                failed += 1;
                let what = if op == "disable" { String::new() } else { format!(" to {level}") };
                shell.say(format!("{verb} {op} {name}{what}. {why}"));
            }
            None if op == "disable" => shell.say(format!("{name} {verb} disabled.")),
            None => shell.say(format!("{name} {verb} {op}d to {level}.")),
        }
    }
    if failed > 0 {
        return Err(format!("{failed} out of {} operation(s) failed.", updates.len()));
    }
    Ok(())
}

/// The level that the cluster has.
fn current(name: &str) -> i16 {
    match Feature::named(name) {
        Some(feature) => feature.finalized,
        None if name == METADATA.name => METADATA.newest().level,
        None => 0,
    }
}

/// What a `FeatureUpdate` refuses to be.
fn check(level: i16, kind: Kind) -> Result<(), String> {
    if level == 0 && kind == Kind::Upgrade {
        return Err(
            "The upgradeType flag should be set to SAFE_DOWNGRADE or UNSAFE_DOWNGRADE when the provided \
                    maxVersionLevel:0 is < 1."
                .to_owned(),
        );
    }
    if level < 0 {
        return Err("Cannot specify a negative version level.".to_owned());
    }
    Ok(())
}

/// Features with the levels that they shall have, by their names.
fn updates(shell: &mut Shell<'_>, given: &Namespace, kind: Kind) -> Result<Vec<(String, i16)>, String> {
    let unknown = |release: &str| {
        format!("Unknown metadata.version {release}. Supported metadata.version are {}", METADATA.supported())
    };
    let mut updates: Vec<(String, i16)> = Vec::new();
    let features = given.values("--feature");
    if let Some(release) = given.value("--release-version").filter(|_| given.command != Some("disable")) {
        if given.has("--metadata") || !features.is_empty() {
            return Err("Can not specify `release-version` with other feature flags.".to_owned());
        }
        let version =
            MetadataVersion::of_release(release).filter(|version| check(version.level, kind).is_ok());
        let version = version.ok_or_else(|| unknown(release))?;
        updates.push((METADATA.name.to_owned(), version.level));
        for feature in FEATURES {
            let level = feature.of(version);
            if kind != Kind::Upgrade || level > 0 {
                updates.push((feature.name.to_owned(), level));
            }
        }
        updates.sort();
        return Ok(updates);
    }
    if let Some(release) = given.value("--metadata") {
        shell.say(" `metadata` flag is deprecated and may be removed in a future release.");
        let version = MetadataVersion::of_release(release).ok_or_else(|| unknown(release))?;
        check(version.level, kind)?;
        updates.push((METADATA.name.to_owned(), version.level));
    }
    for feature in features {
        let (name, level) = match given.command {
            Some("disable") => (feature.to_owned(), 0),
            _ => name_and_level(feature)?,
        };
        check(level, kind)?;
        if updates.iter().any(|(known, _)| *known == name) {
            return Err(format!("Feature {name} was specified more than once."));
        }
        updates.push((name, level));
    }
    updates.sort();
    Ok(updates)
}

/// Why the controller refuses all of it.
fn refusal(shell: &Shell<'_>, updates: &[(String, i16)], kind: Kind) -> Option<String> {
    let names = java_map::order_for(updates.iter().map(|(name, _)| name.clone()).collect(), 0);
    names.iter().find_map(|name| {
        let (_, level) = updates.iter().find(|(known, _)| known == name)?;
        refusal_of(shell, updates, (name, *level), kind)
    })
}

fn refusal_of(
    shell: &Shell<'_>,
    updates: &[(String, i16)],
    (name, level): (&str, i16),
    kind: Kind,
) -> Option<String> {
    let invalid = |why: &str| Some(format!("Invalid update version {level} for feature {name}. {why}"));
    let id = controller(shell.world()).map_or(1, |(_, _, id)| id);
    let (least, most) = match Feature::named(name) {
        Some(feature) => (0, feature.newest()),
        None if name == METADATA.name => (METADATA.least().level, METADATA.newest().level),
        None => (0, 0),
    };
    if level < least || level > most {
        return invalid(&match most {
            0 => format!("Local controller {id} does not support this feature."),
            _ => format!("Local controller {id} only supports versions {least}-{most}"),
        });
    }
    let current = current(name);
    if level < current && kind == Kind::Upgrade {
        return invalid(
            "Can't downgrade the version of this feature without setting the upgrade type to either safe or unsafe \
             downgrade.",
        );
    }
    if level > current && kind != Kind::Upgrade {
        return invalid("Can't downgrade to a newer version.");
    }
    if name == METADATA.name {
        let wrong = |why: &str| Some(format!("Invalid metadata.version {level}. {why}"));
        let least = METADATA.least_bootstrap();
        return match (level < least.level, METADATA.would_lose(level), kind) {
            (true, ..) => wrong(&format!("Unable to set a metadata.version less than {}", least.name)),
            (false, true, Kind::UnsafeDowngrade) => {
                wrong("Unsafe metadata downgrade is not supported in this version.")
            }
            (false, true, _) => wrong(
                "Refusing to perform the requested downgrade because it might delete metadata information.",
            ),
            (false, false, _) => None,
        };
    }
    let metadata = updates.iter().find(|(known, _)| known == METADATA.name);
    let metadata = metadata.map_or(METADATA.newest().level, |(_, level)| *level);
    let needed = Feature::named(name).and_then(|feature| feature.needs(level)).flatten()?;
    (metadata < needed.level).then(|| {
        format!(
            "Invalid update version {level} for feature {name}. {name} could not be set to {level} because it depends on \
             metadata.version level {}",
            needed.level
        )
    })
}
