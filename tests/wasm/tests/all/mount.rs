//! The page mounts.
