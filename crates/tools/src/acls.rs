//! `kafka-acls` (`AclCommand`). The playground's broker has no authorizer, as Kafka's has none in its quick start: every
//! request is refused, after everything that the tool checks itself.

use crate::admin::{connect_to, load};
use crate::options::{Given, Grammar, Opt, OptionError, exclusive, help_or_version, usage};
use crate::shell::{Exit, Shell};

const ABOUT: &str = "This tool helps to manage acls on kafka.";
const NO_AUTHORIZER: &str =
    "org.apache.kafka.common.errors.SecurityDisabledException: No Authorizer is configured on the broker";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "the cluster"),
        Opt::value("bootstrap-controller", "host:port", "the controller"),
        Opt::optional("command-config", "file", "settings of the admin client"),
        Opt::value("topic", "topic", "a topic; * is all of them"),
        Opt::flag("cluster", "the cluster itself"),
        Opt::value("group", "group", "a consumer group; * is all of them"),
        Opt::value("transactional-id", "id", "a transactional.id; * is all of them"),
        Opt::flag("idempotent", "with --producer: one that is idempotent"),
        Opt::value("delegation-token", "token", "a delegation token; * is all of them"),
        Opt::value(
            "resource-pattern-type",
            "type",
            "literal (the default), prefixed; to list and remove also any, match",
        ),
        Opt::flag("add", "adds acls"),
        Opt::flag("remove", "removes acls"),
        Opt::flag("list", "lists acls"),
        Opt::value(
            "operation",
            "operation",
            "Read, Write, Create, Delete, Alter, Describe … or All (the default)",
        ),
        Opt::value("allow-principal", "type:name", "who may: User:alice"),
        Opt::value("deny-principal", "type:name", "who may not"),
        Opt::optional("principal", "type:name", "with --list: only of these"),
        Opt::value("allow-host", "host", "from where those who may, may; * if left out"),
        Opt::value("deny-host", "host", "from where those who may not, may not; * if left out"),
        Opt::flag("producer", "what a producer needs"),
        Opt::flag("consumer", "what a consumer needs"),
        Opt::flag("force", "asks nothing"),
        Opt::value("user-principal", "type:name", "a user for whom others make tokens"),
    ],
};

/// What ends the tool.
enum Failure {
    /// With the sentence and the usage.
    Usage(String),
    /// An exception.
    Error(String),
}

impl From<OptionError> for Failure {
    fn from(error: OptionError) -> Failure {
        Failure::Error(error.words)
    }
}

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.uncaught(error.class, &error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    check(shell, &given)?;
    execute(shell, &given).map_err(|failure| match failure {
        Failure::Usage(words) => usage(shell, &GRAMMAR, &words),
        Failure::Error(words) => {
            shell.say(format!("Error while executing ACL command: {words}"));
            Exit(1)
        }
    })
}

fn check(shell: &mut Shell<'_>, given: &Given) -> Result<(), Exit> {
    let has = |name: &str| given.has(name);
    let wrong = |shell: &mut Shell<'_>, words: &str| Err(usage(shell, &GRAMMAR, words));
    if has("bootstrap-server") && has("bootstrap-controller") {
        return wrong(shell, "Only one of --bootstrap-server or --bootstrap-controller must be specified");
    }
    if !has("bootstrap-server") && !has("bootstrap-controller") {
        return wrong(shell, "One of --bootstrap-server or --bootstrap-controller must be specified");
    }
    if ["add", "remove", "list"].iter().filter(|action| has(action)).count() != 1 {
        return wrong(shell, "Command must include exactly one action: --list, --add, --remove. ");
    }
    let of_list = ["producer", "consumer", "allow-host", "allow-principal", "deny-host", "deny-principal"];
    exclusive(shell, &GRAMMAR, given, ("list", &of_list))?;
    for role in ["producer", "consumer"] {
        exclusive(shell, &GRAMMAR, given, (role, &["operation", "deny-principal", "deny-host"]))?;
    }
    if has("principal") && !has("list") {
        return wrong(shell, "The --principal option is only available if --list is set");
    }
    if has("producer") && !has("topic") {
        return wrong(shell, "With --producer you must specify a --topic");
    }
    if has("idempotent") && !has("producer") {
        return wrong(shell, "The --idempotent option is only available if --producer is set");
    }
    let lacks = !has("topic") || !has("group");
    let has_too_much = !has("producer") && (has("cluster") || has("transactional-id"));
    if has("consumer") && (lacks || has_too_much) {
        return wrong(
            shell,
            "With --consumer you must specify a --topic and a --group and no --cluster or --transactional-id option should \
             be specified.",
        );
    }
    Ok(())
}

fn execute(shell: &mut Shell<'_>, given: &Given) -> Result<(), Failure> {
    if given.has("add") {
        let resources = to_add(given)?;
        connect(shell, given, "createAcls")?;
        if let Some((resource, acls)) = resources.first() {
            shell.say(format!("Adding ACLs for resource `{}`: \n {} \n", resource.text(), listed(acls)));
        }
    } else if given.has("remove") {
        let filters = resource_acls(given)?;
        let mut answers = shell.stdin().lines();
        let mut is_sure = given.has("force");
        for (filter, acls) in &filters {
            if is_sure {
                break;
            }
            let what = if acls.is_empty() {
                format!(
                    "Are you sure you want to delete all ACLs for resource filter `{}`? (y/n)",
                    filter.text()
                )
            } else {
                let acls = listed(acls);
                format!(
                    "Are you sure you want to remove ACLs: \n {acls} \n from resource filter `{}`? (y/n)",
                    filter.text()
                )
            };
            shell.say(what);
            is_sure = answers.next().is_some_and(|answer| answer.eq_ignore_ascii_case("y"));
        }
        if !is_sure {
            return Ok(());
        }
        connect(shell, given, "deleteAcls")?;
    } else {
        resources(given, false)?;
        principals(given, "principal")?;
        connect(shell, given, "describeAcls")?;
    }
    Err(Failure::Error(NO_AUTHORIZER.to_owned()))
}

fn connect(shell: &mut Shell<'_>, given: &Given, call: &str) -> Result<(), Failure> {
    load(shell, given.value("command-config")?).map_err(Failure::Error)?;
    let (servers, controllers) = (given.value("bootstrap-server")?, given.value("bootstrap-controller")?);
    connect_to(shell, servers, controllers, call).map_err(Failure::Error)
}

/// A resource, or a filter of resources.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Resource {
    kind: &'static str,
    name: String,
    pattern: &'static str,
}

impl Resource {
    fn text(&self) -> String {
        format!(
            "ResourcePattern(resourceType={}, name={}, patternType={})",
            self.kind, self.name, self.pattern
        )
    }
}

/// Who may or may not do what, as it is printed.
type Acls = Vec<String>;

fn listed(acls: &Acls) -> String {
    acls.iter().map(|acl| format!("\t{acl}")).collect::<Vec<_>>().join("\n")
}

fn pattern(given: &Given) -> Result<&'static str, Failure> {
    const PATTERNS: [&str; 4] = ["ANY", "MATCH", "LITERAL", "PREFIXED"];
    let Some(text) = given.value("resource-pattern-type")? else { return Ok("LITERAL") };
    let known = PATTERNS.into_iter().find(|pattern| pattern.eq_ignore_ascii_case(text));
    known.ok_or_else(|| {
        Failure::Error(format!("Cannot parse argument '{text}' of option resource-pattern-type"))
    })
}

fn cluster() -> Resource {
    Resource { kind: "CLUSTER", name: "kafka-cluster".to_owned(), pattern: "LITERAL" }
}

/// `getResourceFilter`
fn resources(given: &Given, must_be_some: bool) -> Result<Vec<Resource>, Failure> {
    let pattern = pattern(given)?;
    let mut found: Vec<Resource> = Vec::new();
    let add = |option: &str, kind: &'static str, found: &mut Vec<Resource>| {
        for name in given.values(option) {
            let resource = Resource { kind, name: name.trim().to_owned(), pattern };
            if !found.contains(&resource) {
                found.push(resource);
            }
        }
    };
    add("topic", "TOPIC", &mut found);
    if pattern == "LITERAL" && (given.has("cluster") || given.has("idempotent")) {
        found.push(cluster());
    }
    add("group", "GROUP", &mut found);
    add("transactional-id", "TRANSACTIONAL_ID", &mut found);
    add("delegation-token", "DELEGATION_TOKEN", &mut found);
    add("user-principal", "USER", &mut found);
    if found.is_empty() && must_be_some {
        let words = "You must provide at least one resource: --topic <topic> or --cluster or --group <group> or \
                     --delegation-token <Delegation Token ID>";
        return Err(Failure::Usage(words.to_owned()));
    }
    Ok(found)
}

fn principals(given: &Given, option: &str) -> Result<Vec<String>, Failure> {
    let read = |text: &&str| {
        let text = text.trim();
        if text.contains(':') {
            return Ok(text.to_owned());
        }
        Err(Failure::Error(format!("expected a string in format principalType:principalName but got {text}")))
    };
    given.values(option).iter().map(read).collect()
}

/// Every operation with the name that options give it.
const OPERATIONS: [(&str, &str); 13] = [
    ("READ", "Read"),
    ("ALL", "All"),
    ("ALTER_CONFIGS", "AlterConfigs"),
    ("DESCRIBE_CONFIGS", "DescribeConfigs"),
    ("DELETE", "Delete"),
    ("WRITE", "Write"),
    ("ALTER", "Alter"),
    ("CREATE", "Create"),
    ("DESCRIBE", "Describe"),
    ("CLUSTER_ACTION", "ClusterAction"),
    ("IDEMPOTENT_WRITE", "IdempotentWrite"),
    ("CREATE_TOKENS", "CreateTokens"),
    ("DESCRIBE_TOKENS", "DescribeTokens"),
];

/// What can be done to a resource, besides everything (`AclEntry.supportedOperations`).
fn supported(kind: &str) -> &'static [&'static str] {
    match kind {
        "TOPIC" => {
            &["READ", "WRITE", "CREATE", "DESCRIBE", "DELETE", "ALTER", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"]
        }
        "GROUP" => &["READ", "DESCRIBE", "DELETE", "DESCRIBE_CONFIGS", "ALTER_CONFIGS"],
        "CLUSTER" => &[
            "CREATE",
            "CLUSTER_ACTION",
            "DESCRIBE_CONFIGS",
            "ALTER_CONFIGS",
            "IDEMPOTENT_WRITE",
            "ALTER",
            "DESCRIBE",
        ],
        "TRANSACTIONAL_ID" => &["DESCRIBE", "WRITE"],
        "USER" => &["CREATE_TOKENS", "DESCRIBE_TOKENS"],
        _ => &["DESCRIBE"],
    }
}

/// `getAcl`: the entries for some operations.
fn entries(given: &Given, operations: &[&str]) -> Result<Acls, Failure> {
    let mut acls = Acls::new();
    let sides = [("allow-principal", "allow-host", "ALLOW"), ("deny-principal", "deny-host", "DENY")];
    let mut named = Vec::new();
    for (option, ..) in sides {
        named.push(principals(given, option)?);
    }
    for ((_, hosts, permission), names) in sides.into_iter().zip(named) {
        let hosts: Vec<&str> = match given.values(hosts) {
            hosts if hosts.is_empty() => vec!["*"],
            hosts => hosts.into_iter().map(str::trim).collect(),
        };
        for name in &names {
            for operation in operations {
                for host in &hosts {
                    acls.push(format!(
                        "(principal={name}, host={host}, operation={operation}, permissionType={permission})"
                    ));
                }
            }
        }
    }
    Ok(acls)
}

/// `getResourceFilterToAcls`
fn resource_acls(given: &Given) -> Result<Vec<(Resource, Acls)>, Failure> {
    let mut found: Vec<(Resource, Acls, Vec<&str>)> = Vec::new();
    if !given.has("producer") && !given.has("consumer") {
        let asked = match given.values("operation") {
            asked if asked.is_empty() => vec!["All"],
            asked => asked,
        };
        let operation = |text: &&str| {
            let text = text.trim();
            let named = |(constant, name): &&(&'static str, &str)| {
                *name == text || name.eq_ignore_ascii_case(text) || constant.eq_ignore_ascii_case(text)
            };
            OPERATIONS.iter().find(named).map_or("UNKNOWN", |(constant, _)| *constant)
        };
        let mut operations: Vec<&str> = asked.iter().map(operation).collect();
        operations.dedup();
        let acls = entries(given, &operations)?;
        for resource in resources(given, true)? {
            found.push((resource, acls.clone(), operations.clone()));
        }
    }
    if given.has("producer") {
        for resource in resources(given, true)? {
            let operations = match resource.kind {
                "TOPIC" => vec!["DESCRIBE", "WRITE", "CREATE"],
                "TRANSACTIONAL_ID" => vec!["DESCRIBE", "WRITE"],
                _ => continue,
            };
            found.push((resource, entries(given, &operations)?, operations));
        }
        if given.has("idempotent") {
            found.push((cluster(), entries(given, &["IDEMPOTENT_WRITE"])?, vec!["IDEMPOTENT_WRITE"]));
        }
    }
    if given.has("consumer") {
        for resource in resources(given, true)? {
            let operations = match resource.kind {
                "TOPIC" => vec!["READ", "DESCRIBE"],
                "GROUP" => vec!["READ"],
                _ => continue,
            };
            let mut acls = entries(given, &operations)?;
            if let Some((_, known, _)) = found.iter_mut().find(|(known, ..)| *known == resource) {
                acls.retain(|acl| !known.contains(acl));
                known.extend(acls);
            } else {
                found.push((resource, acls, operations));
            }
        }
    }
    for (resource, acls, operations) in &found {
        let supported = supported(resource.kind);
        let is_valid = |operation: &&str| *operation == "ALL" || supported.contains(operation);
        if !acls.is_empty() && !operations.iter().all(is_valid) {
            let valid = OPERATIONS.iter().filter(|(constant, _)| is_valid(constant)).map(|(_, name)| *name);
            let names: Vec<&str> = valid.collect();
            let words =
                format!("ResourceType {} only supports operations {}", resource.kind, names.join(", "));
            return Err(Failure::Usage(words));
        }
    }
    Ok(found.into_iter().map(|(resource, acls, _)| (resource, acls)).collect())
}

fn to_add(given: &Given) -> Result<Vec<(Resource, Acls)>, Failure> {
    let pattern = pattern(given)?;
    if !["LITERAL", "PREFIXED"].contains(&pattern) {
        let words =
            format!("A '--resource-pattern-type' value of '{pattern}' is not valid when adding acls.");
        return Err(Failure::Usage(words));
    }
    let found = resource_acls(given)?;
    if found.iter().any(|(_, acls)| acls.is_empty()) {
        let words = "You must specify one of: --allow-principal, --deny-principal when trying to add ACLs.";
        return Err(Failure::Usage(words.to_owned()));
    }
    Ok(found)
}
