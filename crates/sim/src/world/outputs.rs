//! Whether an application can write what it is told to, in the way it is told to.

use super::World;
use super::checks::Refusal;
use crate::command::AppConfig;
use millrace_client::listener::{ClientProfile, CommitMode, RetryPolicy, StoreKind};
use millrace_model::config::producer::ProducerConfig;
use millrace_model::config::streams::{ProcessingGuarantee, StreamsConfig, TRANSACTION_TIMEOUT};

impl World {
    pub(super) fn check_output(&self, app: &AppConfig) -> Result<(), Refusal> {
        let Some(output) = &app.output else { return Ok(()) };
        let not = |name: &str, why| Err(Refusal::Not { name: name.to_owned(), why });
        let is_inbox = |store: StoreKind| store == StoreKind::Inbox;
        if app.threads > 0 {
            return not("--to", "writes from the thread that polls: leave --threads out");
        }
        if matches!(app.retry, RetryPolicy::RetryTopics(_) | RetryPolicy::Connect(_)) {
            return not(
                "--to",
                "goes with --retry none or blocking: retry topics have a producer of their own",
            );
        }
        if app.guard.as_ref().and_then(|guard| guard.dedupe.as_ref()).is_some_and(|d| is_inbox(d.store)) {
            return not("--to", "writes once a record is handled, which an inbox table does later");
        }
        let Some(id) = &output.transactional_id else { return Ok(()) };
        if app.client != ClientProfile::Java {
            return not("--transactional-id", "is for a plain loop of its own: add --client java");
        }
        if app.commit != CommitMode::default() {
            return not("--transactional-id", "commits the offsets in the transaction: leave --commit out");
        }
        self.check_new_producer(&ProducerConfig {
            transactional_id: Some(id.clone()),
            transaction_timeout: output.transaction_timeout,
            ..ProducerConfig::defaults(self.profile)
        })
    }

    /// `StreamsConfig.verifyEOSTransactionTimeoutCompatibility`
    pub(super) fn check_guarantee(&self, config: &StreamsConfig) -> Result<(), Refusal> {
        if config.processing_guarantee == ProcessingGuarantee::AtLeastOnce {
            return Ok(());
        }
        if config.commit_interval > TRANSACTION_TIMEOUT {
            let why = format!(
                "Transaction timeout {} was set lower than streams commit interval {}. This will cause ongoing transaction \
                 always timeout due to inactivity caused by long commit interval.",
                TRANSACTION_TIMEOUT.as_millis(),
                config.commit_interval.as_millis()
            );
            return Err(Refusal::Malformed { what: "commit.interval.ms", why });
        }
        self.check_new_producer(&ProducerConfig {
            transactional_id: Some("streams".into()),
            ..ProducerConfig::defaults(self.profile)
        })
    }
}
