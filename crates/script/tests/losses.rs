//! What is lost where Kafka promises nothing: the scripts say what they expect, line by line.

mod hands;

const ACKS_ONE: &str = include_str!("../../../tests/scripts/lost-acks-one.mill");
const UNCLEAN: &str = include_str!("../../../tests/scripts/lost-unclean.mill");
const DISK: &str = include_str!("../../../tests/scripts/lost-disk.mill");

#[test]
fn a_leader_that_dies_takes_with_it_what_only_it_had_acknowledged() {
    hands::run(ACKS_ONE);
}

#[test]
fn an_unclean_election_goes_on_without_what_the_old_leader_had() {
    hands::run(UNCLEAN);
}

#[test]
fn one_in_sync_is_one_disk() {
    hands::run(DISK);
}
