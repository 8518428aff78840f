//! What a set-up tells of brokers, and of records in a cluster: `kill -9 broker 1; waited until it was fenced`.

use super::scene::Scene;
use millrace_model::Span;

/// Beyond a broker's session.
const FENCED: Span = Span::from_secs(8);
/// As long as brokers need to come back into the ISR.
const BACK: Span = Span::from_secs(5);

/// Does what a sentence says; `None` if it is of no broker.
pub fn carry_out(scene: &mut Scene, sentence: &str) -> Option<Result<(), String>> {
    let done = match sentence {
        "kill -9 broker 1; waited until it was fenced" => kill(scene, &[1]),
        "kill -9 broker 2 too" => kill(scene, &[2]),
        "kill -9 broker 3 (the last in sync), then brokers 1 and 2 restarted" => {
            kill(scene, &[3]).and_then(|()| restart(scene, &[1, 2]))
        }
        "broker 3 restarted, ISR complete" => restart(scene, &[3]),
        "rep: 10 records in each partition" => records(scene, "rep", 3, 10, 2),
        "mv: 10 records in each partition" => records(scene, "mv", 2, 10, 2),
        "mv: 40 more records of 20000 bytes in each partition" => records(scene, "mv", 2, 40, 20_000),
        "topic rep3: 1 partition, replicas 3,1,2, min.insync.replicas=2; brokers 1 and 2 killed: ISR is only 3" =>
        {
            let line = "kafka-topics --create --topic rep3 --replica-assignment 3:1:2 --config min.insync.replicas=2";
            scene.line(line).and_then(|()| {
                scene.wait(BACK);
                kill(scene, &[1, 2])
            })
        }
        _ => return None,
    };
    Some(done)
}

fn kill(scene: &mut Scene, ids: &[i32]) -> Result<(), String> {
    ids.iter().try_for_each(|id| scene.line(&format!("broker crash broker-{id}")))?;
    scene.wait(FENCED);
    Ok(())
}

fn restart(scene: &mut Scene, ids: &[i32]) -> Result<(), String> {
    ids.iter().try_for_each(|id| scene.line(&format!("broker restart broker-{id}")))?;
    scene.wait(BACK);
    Ok(())
}

/// So many records in each partition, each of so many bytes.
fn records(scene: &mut Scene, topic: &str, partitions: i32, count: u32, bytes: usize) -> Result<(), String> {
    for partition in 0..partitions {
        for _ in 0..count {
            let value = "v".repeat(bytes);
            scene.line(&format!("produce {topic} --value {value} --partition {partition}"))?;
        }
    }
    scene.wait(BACK);
    Ok(())
}
