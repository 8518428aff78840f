//! IncrementalAlterConfigs (`ConfigurationControlManager`, `ControllerConfigurationValidator`, and for brokers
//! `ConfigAdminManager`): may this have these settings?

use super::brokers::{check_broker, check_quotas};
use super::others::{GROUP_CONFIGS, check_client_metrics, check_group};
use super::{ConfigProblem, validate_topic};
use crate::admin::Administered;
use crate::topic::invalid_topic_reason;
use crate::{Broker, Event};
use millrace_model::ErrorCode;
use millrace_model::Map;
use millrace_model::protocol::{ConfigChanges, ConfigResource, ResourceKind};
use std::sync::Arc;

type Refusal = (ErrorCode, Option<Arc<str>>);

pub(crate) fn alter_configs(
    broker: &Broker,
    resource: &ConfigResource,
    changes: &ConfigChanges,
) -> Administered {
    match check(broker, resource, changes) {
        Ok(()) => Administered::done(vec![Event::ConfigsAltered {
            resource: resource.clone(),
            changes: changes.clone(),
        }]),
        Err((error, words)) => Administered::refused(error, words),
    }
}

fn check(broker: &Broker, resource: &ConfigResource, changes: &ConfigChanges) -> Result<(), Refusal> {
    let request = |words: String| Err((ErrorCode::InvalidRequest, Some(words.into())));
    let invalid = |problem: ConfigProblem| (ErrorCode::InvalidConfig, Some(problem.words().clone()));
    match resource.kind {
        ResourceKind::Topic => {
            if resource.name.is_empty() {
                return request("Default topic resources are not allowed.".to_owned());
            }
            if let Some(reason) = invalid_topic_reason(&resource.name) {
                return Err((ErrorCode::InvalidTopicException, Some(reason.into())));
            }
            let Some(topic) = broker.topic(&resource.name) else {
                return Err((ErrorCode::UnknownTopicOrPartition, Some("".into())));
            };
            let after = changed(topic.config().set_keys(), changes);
            validate_topic(after.iter().map(|(key, value)| (&**key, &**value)), broker.profile())
                .map_err(invalid)
        }
        ResourceKind::Group => {
            if resource.name.is_empty() {
                return request("Default group resources are not allowed.".to_owned());
            }
            let after = changed(broker.configs().get(resource).cloned().unwrap_or_default(), changes);
            check_group(GROUP_CONFIGS, &after).map_err(invalid)
        }
        ResourceKind::ClientMetrics => {
            let after = changed(broker.configs().get(resource).cloned().unwrap_or_default(), changes);
            match check_client_metrics(&resource.name, &after) {
                Some((error, words)) => Err((error, Some(words.into()))),
                None => Ok(()),
            }
        }
        ResourceKind::Broker => {
            let after = changed(broker.configs().get(resource).cloned().unwrap_or_default(), changes);
            check_broker(broker, &resource.name, changes, &after).or_else(request)
        }
        ResourceKind::Quota => check_quotas(changes).or_else(request),
        ResourceKind::Scram => Ok(()),
    }
}

fn changed(mut settings: Map<Arc<str>, Arc<str>>, changes: &ConfigChanges) -> Map<Arc<str>, Arc<str>> {
    for (key, value) in changes {
        match value {
            Some(value) => drop(settings.insert(key.clone(), value.clone())),
            None => drop(settings.remove(key)),
        }
    }
    settings
}
