//! The files of the playground's broker, found by their paths: segments and their indexes as Kafka writes them.

use super::{Thrown, thrown};
use crate::cluster::broker;
use crate::quorum::LOG_DIR;
use crate::shell::Shell;
use millrace_disk as disk;
use millrace_model::{Offset, Partition, TopicName, TopicPartition};

/// The bytes of a file, one that was handed in or one of the broker's; `None` if there is none.
pub(super) fn find(shell: &Shell<'_>, path: &str) -> Option<Vec<u8>> {
    shell.read_bytes(path).or_else(|| of_broker(shell, path))
}

/// The same.
///
/// # Errors
/// `NoSuchFileException`
pub(super) fn open(shell: &Shell<'_>, path: &str) -> Result<Vec<u8>, Thrown> {
    match find(shell, path) {
        Some(bytes) => Ok(bytes),
        None => thrown("java.nio.file.NoSuchFileException", path),
    }
}

fn of_broker(shell: &Shell<'_>, path: &str) -> Option<Vec<u8>> {
    let (directory, file) = path.strip_prefix(LOG_DIR)?.strip_prefix('/')?.split_once('/')?;
    let (topic, partition) = directory.rsplit_once('-')?;
    let tp = TopicPartition { topic: TopicName::from(topic), partition: Partition(partition.parse().ok()?) };
    let (base, kind) = file.split_once('.')?;
    let base = Some(base).filter(|base| base.len() == 20)?.parse().ok().map(Offset)?;
    let log = broker(shell.world())?.log(&tp)?;
    let segment = log.segments().iter().find(|segment| segment.base_offset() == base)?;
    match kind {
        "log" => disk::log(segment).ok(),
        "index" => Some(disk::index(segment)),
        "timeindex" => Some(disk::time_index(segment)),
        _ => None,
    }
}
