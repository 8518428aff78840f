//! The metrics at the playhead as a file, as Prometheus scrapes them.

use crate::session::Session;

/// The text.
pub fn text(session: Session) -> String {
    session.with(millrace_view::metrics::exposition)
}
