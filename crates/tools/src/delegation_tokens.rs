//! `kafka-delegation-tokens` (`DelegationTokenCommand`). Nobody logs in here: the broker refuses, as it does on every
//! channel without authentication.

use crate::admin::{connect_to, load};
use crate::options::{
    Given, Grammar, Opt, OptionError, exclusive, help_or_version, in_java_order, require, usage,
};
use crate::shell::{Exit, Shell};

const ABOUT: &str = "This tool helps to create, renew, expire, or describe delegation tokens.";
const NOT_ALLOWED: &str = "org.apache.kafka.common.errors.UnsupportedByAuthenticationException: Delegation Token requests are not \
                           allowed on PLAINTEXT/1-way SSL channels and on delegation token authenticated channels.";

const GRAMMAR: Grammar = Grammar {
    options: &[
        Opt::value("bootstrap-server", "host:port", "required: the cluster"),
        Opt::value(
            "command-config",
            "file",
            "required: settings of the admin client, with those of its login",
        ),
        Opt::flag("create", "makes a token"),
        Opt::flag("renew", "lets a token live longer"),
        Opt::flag("expire", "ends a token"),
        Opt::flag("describe", "shows tokens"),
        Opt::optional("owner-principal", "type:name", "whose tokens"),
        Opt::optional("renewer-principal", "type:name", "who may renew the token"),
        Opt::optional_number(
            "max-life-time-period",
            "ms",
            "how long the token lives at most; -1: the broker's setting",
        ),
        Opt::optional_number("renew-time-period", "ms", "how much longer it lives; -1: the broker's setting"),
        Opt::optional_number("expiry-time-period", "ms", "how long it goes on living; -1: it ends at once"),
        Opt::optional("hmac", "hmac", "the token"),
    ],
};

pub(crate) fn run(shell: &mut Shell<'_>, arguments: &[String]) -> Result<(), Exit> {
    let given = match GRAMMAR.parse(arguments) {
        Ok(given) => given,
        Err(error) => return Err(shell.die(&error.words)),
    };
    help_or_version(shell, &GRAMMAR, &given, (arguments.is_empty(), ABOUT))?;
    if ["create", "renew", "expire", "describe"].iter().filter(|action| given.has(action)).count() != 1 {
        let words = "Command must include exactly one action: --create, --renew, --expire or --describe";
        return Err(usage(shell, &GRAMMAR, words));
    }
    check(shell, &given)?;
    let words = execute(shell, &given).err().unwrap_or_else(|| NOT_ALLOWED.to_owned());
    Err(shell.die(&words))
}

fn check(shell: &mut Shell<'_>, given: &Given) -> Result<(), Exit> {
    require(shell, &GRAMMAR, given, &["bootstrap-server", "command-config"])?;
    let required: [(&str, &[&str]); 3] = [
        ("create", &["max-life-time-period"]),
        ("renew", &["hmac", "renew-time-period"]),
        ("expire", &["hmac", "expiry-time-period"]),
    ];
    for (action, names) in required {
        if given.has(action) {
            require(shell, &GRAMMAR, given, names)?;
        }
    }
    let invalid: [(&str, &[&str]); 4] = [
        ("create", &["hmac", "renew-time-period", "expiry-time-period"]),
        ("renew", &["renewer-principal", "max-life-time-period", "expiry-time-period", "owner-principal"]),
        ("expire", &["renew", "max-life-time-period", "renew-time-period", "owner-principal"]),
        ("describe", &["renew-time-period", "max-life-time-period", "hmac", "expiry-time-period"]),
    ];
    for (action, names) in invalid {
        exclusive(shell, &GRAMMAR, given, (action, &in_java_order(names)))?;
    }
    Ok(())
}

fn principals(given: &Given, option: &str) -> Result<Vec<String>, String> {
    let read = |text: &&str| match text.trim() {
        text if text.contains(':') => Ok(text.to_owned()),
        text => Err(format!("expected a string in format principalType:principalName but got {text}")),
    };
    given.values(option).iter().map(read).collect()
}

/// A number that an option without its argument does not have.
fn period(given: &Given, option: &str) -> Result<i64, String> {
    let number = given.number::<i64>(option).map_err(|error: OptionError| error.words)?;
    number.ok_or_else(|| {
        "Cannot invoke \"java.lang.Long.longValue()\" because the return value of \
         \"joptsimple.OptionSet.valueOf(joptsimple.OptionSpec)\" is null"
            .to_owned()
    })
}

/// What is said before the cluster is asked.
fn execute(shell: &mut Shell<'_>, given: &Given) -> Result<(), String> {
    let one = |name: &str| given.value(name).map_err(|error| error.words);
    load(shell, one("command-config")?)?;
    let servers = one("bootstrap-server")?;
    let hmac = one("hmac")?.unwrap_or("null");
    let (line, call) = if given.has("create") {
        let renewers = principals(given, "renewer-principal")?.join(", ");
        let period = period(given, "max-life-time-period")?;
        let line = format!(
            "Calling create token operation with renewers :[{renewers}] , max-life-time-period :{period}"
        );
        (line, "createDelegationToken")
    } else if given.has("renew") {
        let period = period(given, "renew-time-period")?;
        (
            format!("Calling renew token operation with hmac :{hmac} , renew-time-period :{period}"),
            "renewDelegationToken",
        )
    } else if given.has("expire") {
        let period = period(given, "expiry-time-period")?;
        (
            format!("Calling expire token operation with hmac :{hmac} , expire-time-period :{period}"),
            "expireDelegationToken",
        )
    } else {
        let owners = principals(given, "owner-principal")?;
        let line = match owners.is_empty() {
            true => "Calling describe token operation for current user.".to_owned(),
            false => format!("Calling describe token operation for owners: [{}]", owners.join(", ")),
        };
        (line, "describeDelegationToken")
    };
    shell.say(line);
    connect_to(shell, servers, None, call)
}

#[cfg(test)]
mod tests {
    use crate::{Files, Invocation};
    use millrace_model::Profile;
    use millrace_sim::{Setup, Timeline};

    struct Config;

    impl Files for Config {
        fn read(&self, path: &str) -> Option<String> {
            (path == "admin.properties").then(String::new)
        }
    }

    #[test]
    fn a_broker_without_logins_gives_no_tokens() {
        let timeline = Timeline::new(Setup { profile: Profile::Snapshot40, seed: 1 });
        let run = |line: &str| {
            let argv: Vec<String> = line.split_whitespace().map(str::to_owned).collect();
            let outcome =
                crate::run(timeline.world(), &Invocation { argv: &argv, stdin: "", files: &Config }).unwrap();
            (outcome.stdout, outcome.stderr.lines().next().unwrap_or_default().to_owned(), outcome.exit)
        };
        let tool =
            "kafka-delegation-tokens --bootstrap-server broker-1:9092 --command-config admin.properties";
        let (stdout, stderr, exit) =
            run(&format!("{tool} --create --max-life-time-period -1 --renewer-principal User:a"));
        assert_eq!(
            stdout,
            "Calling create token operation with renewers :[User:a] , max-life-time-period :-1\n"
        );
        assert_eq!((stderr.as_str(), exit), (super::NOT_ALLOWED, 1));
        let words = |line: &str| run(&format!("{tool} {line}")).1;
        assert_eq!(words("--create"), "Missing required argument \"[max-life-time-period]\"");
        assert_eq!(words("--renew --hmac x"), "Missing required argument \"[renew-time-period]\"");
        assert_eq!(
            words("--describe --hmac x"),
            "Option \"[describe]\" can't be used with option \"[hmac]\""
        );
        assert_eq!(
            words("--create --describe"),
            "Command must include exactly one action: --create, --renew, --expire or --describe"
        );
        assert_eq!(
            words("--describe --owner-principal bob"),
            "expected a string in format principalType:principalName but got bob"
        );
    }
}
