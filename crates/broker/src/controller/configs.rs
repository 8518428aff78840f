//! IncrementalAlterConfigs at the controller (`ConfigurationControlManager`): the settings have been looked at by the broker
//! that forwards them; here they are written down.

use super::{Controller, Draft};
use millrace_model::ErrorCode;
use millrace_model::protocol::{ConfigChanges, ConfigResource, MetadataRecord, ResourceKind};
use std::sync::Arc;

impl Controller {
    pub(super) fn alter_configs(
        &self,
        resource: &ConfigResource,
        changes: &ConfigChanges,
        draft: &mut Draft,
    ) -> (ErrorCode, Option<Arc<str>>) {
        if resource.kind == ResourceKind::Topic && !self.topics.contains_key(&*resource.name) {
            let refusal = (ErrorCode::UnknownTopicOrPartition, Some("".into()));
            draft.rejected("IncrementalAlterConfigs", &resource.name, &refusal);
            return refusal;
        }
        draft.records.push(MetadataRecord::Config { resource: resource.clone(), changes: changes.clone() });
        (ErrorCode::None, None)
    }
}
