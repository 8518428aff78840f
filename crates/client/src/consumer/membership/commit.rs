//! What a failed commit means in the consumer protocol (`CommitRequestManager`).

use crate::consumer::event::{CommitKind, SharedOffsets};
use crate::consumer::turn::Turn;
use millrace_model::ErrorCode;

impl Turn<'_> {
    /// The first error of an answer to OffsetCommit.
    pub fn membership_commit_failed(&mut self, kind: CommitKind, offsets: &SharedOffsets, error: ErrorCode) {
        let failed = "CommitFailedException";
        match error {
            ErrorCode::CoordinatorNotAvailable | ErrorCode::NotCoordinator | ErrorCode::RequestTimedOut => {
                self.mark_coordinator_unknown(error.message());
                self.commit_failed_retriably(kind, offsets, error);
            }
            // The topic is gone: nobody waits for that before giving it up.
            ErrorCode::UnknownTopicOrPartition if kind == CommitKind::AutoBeforeRevocation => {
                self.commit_threw(kind, offsets, error, "UnknownTopicOrPartitionException", error.message());
            }
            ErrorCode::CoordinatorLoadInProgress | ErrorCode::UnknownTopicOrPartition => {
                self.commit_failed_retriably(kind, offsets, error);
            }
            ErrorCode::StaleMemberEpoch
                if kind == CommitKind::AutoBeforeRevocation && self.c.membership.generation.0 > 0 =>
            {
                // The epoch has moved meanwhile: again, with the new one.
                self.commit_failed_retriably(kind, offsets, error);
            }
            ErrorCode::StaleMemberEpoch => {
                let message = format!("OffsetCommit failed with stale member epoch.{}", error.message());
                self.commit_threw(kind, offsets, error, failed, &message);
            }
            ErrorCode::UnknownMemberId => {
                let message = format!("OffsetCommit failed with unknown member ID. {}", error.message());
                self.commit_threw(kind, offsets, error, failed, &message);
            }
            ErrorCode::FencedInstanceId => {
                let instance = self.c.group_instance_id.as_deref().unwrap_or_default();
                let message =
                    format!("OffsetCommit failed due to group instance id fenced: Optional[{instance}]");
                self.commit_threw(kind, offsets, error, failed, &message);
            }
            ErrorCode::OffsetMetadataTooLarge => {
                self.commit_threw(kind, offsets, error, "OffsetMetadataTooLarge", error.message());
            }
            unexpected => {
                let message = format!("Unexpected error in commit: {}", unexpected.message());
                self.commit_threw(kind, offsets, unexpected, "KafkaException", &message);
            }
        }
    }
}
