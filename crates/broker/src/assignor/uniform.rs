//! `UniformAssignor`: even shares that move as little as possible. It has one way for groups in which everybody reads
//! the same, and one for the others.

use super::group::{Assigned, Group};
use super::{uniform_heterogeneous, uniform_homogeneous};

pub(super) fn assign(group: &Group) -> Assigned {
    if group.is_homogeneous() {
        uniform_homogeneous::assign(group)
    } else {
        uniform_heterogeneous::assign(group)
    }
}
