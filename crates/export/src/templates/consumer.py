#!/usr/bin/env python3
@@ABOUT@@
# One process reads one stage: `python3 @@FILE@@` the topics themselves, `python3 @@FILE@@ 1` the first retry topic, and so on.
import os
import struct
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

BOOTSTRAP = os.environ.get("BOOTSTRAP_SERVERS", "localhost:9092")
GROUP = @@GROUP@@
TOPICS = @@TOPICS@@
CONFIG = {
@@CONFIG@@}
@@LACKING@@
# Records that one call gives at most (max.poll.records of the Java client).
AT_ONCE = @@AT_ONCE@@
# When offsets are committed: auto, batch, record, before or async.
COMMIT = @@COMMIT@@
# Deliveries of a record in place, and the pauses between them in seconds.
IN_PLACE = @@IN_PLACE@@
PAUSES = @@PAUSES@@
# The stages: what is added to topic and group, the pause before it in milliseconds, the stage after it.
STAGES = @@STAGES@@
# Deliveries in all stages together.
ATTEMPTS = @@ATTEMPTS@@
# What is added to a topic's name for its dead letters, or one topic for all; None: logged and gone.
DEAD_SUFFIX = @@DEAD_SUFFIX@@
DEAD_TOPIC = @@DEAD_TOPIC@@
# Whether a record that failed for good stops this program instead.
STOPS = @@STOPS@@
# Spring Kafka's headers, so that its applications understand these records.
ATTEMPTS_HEADER = "retry_topic-attempts"
DUE_HEADER = "retry_topic-backoff-timestamp"


class Fatal(Exception):
    """Not worth another try: straight to the dead letters."""


def handle(record):
    """What is done with a record. Your code goes here."""
    time.sleep(@@WORK@@)
@@FAILS@@    print(f"{record.topic()}-{record.partition()}@{record.offset()}: {record.key()!r} {record.value()!r}", flush=True)


def header(record, name):
    """The last header of that name, or None."""
    return next((value for key, value in reversed(record.headers() or []) if key == name), None)


def number(record, name, form, otherwise):
    """A header that holds a number."""
    value = header(record, name)
    return struct.unpack(form, value)[0] if value and len(value) == struct.calcsize(form) else otherwise


def main_topic(topic, stage):
    """The topic that a stage's topic belongs to."""
    suffix = STAGES[stage][0]
    return topic[: -len(suffix)] if suffix else topic


def publish(producer, record, topic, changes):
    """Sends a record on, and waits until it is there."""
    headers = [pair for pair in record.headers() or [] if pair[0] not in changes] + list(changes.items())
    failed = []
    producer.produce(
        topic,
        key=record.key(),
        value=record.value(),
        headers=headers,
        on_delivery=lambda error, _: failed.append(error) if error else None,
    )
    producer.flush()
    if failed:
        raise KafkaException(failed[0])


def deliver(producer, record, stage):
    """Handles a record; what fails goes on to the next stage, or to the dead letters."""
    for delivery in range(1, IN_PLACE + 1):
        try:
            handle(record)
            return
        except Exception as error:  # whatever handle raises is a failure of this record
            failure = error
        if isinstance(failure, Fatal) or delivery == IN_PLACE:
            break
        time.sleep(PAUSES[delivery - 1])
    main = main_topic(record.topic(), stage)
    attempt = number(record, ATTEMPTS_HEADER, ">i", 1)
    following = STAGES[stage][2]
    if following is not None and attempt < ATTEMPTS and not isinstance(failure, Fatal):
        suffix, delay_ms, _ = STAGES[following]
        due = int(time.time() * 1000) + delay_ms
        changes = {ATTEMPTS_HEADER: struct.pack(">i", attempt + 1), DUE_HEADER: struct.pack(">q", due)}
        publish(producer, record, main + suffix, changes)
        return
    if STOPS:
        raise failure
    dead = DEAD_TOPIC or (main + DEAD_SUFFIX if DEAD_SUFFIX is not None else None)
    if dead is not None:
        publish(producer, record, dead, {"kafka_exception-message": str(failure).encode()})
    else:
        print(f"given up: {record.topic()}-{record.partition()}@{record.offset()}: {failure}", file=sys.stderr)


def main():
    stage = int(sys.argv[1]) if len(sys.argv) > 1 else 0
    suffix = STAGES[stage][0]
    # What waits is sought back to: a retry topic's offsets are committed by hand, record by record.
    by_hand = {"enable.auto.commit": "false"} if stage else {}
    consumer = Consumer({**CONFIG, **by_hand, "bootstrap.servers": BOOTSTRAP, "group.id": GROUP + suffix})
    settings = {"partitioner": "murmur2_random", "enable.idempotence": @@IDEMPOTENT@@}
    producer = Producer({**settings, "bootstrap.servers": BOOTSTRAP})
    consumer.subscribe([topic + suffix for topic in TOPICS])
    waiting = {}  # partitions whose next record is not due yet
    try:
        while True:
            now = time.time() * 1000
            for place in [place for place, due in waiting.items() if due <= now]:
                del waiting[place]
                consumer.resume([TopicPartition(*place)])
            records = consumer.consume(num_messages=AT_ONCE, timeout=0.2)
            if COMMIT == "before" and records:
                consumer.commit(asynchronous=False)
            handled = 0
            for record in records:
                if record.error():
                    raise KafkaException(record.error())
                place = (record.topic(), record.partition())
                if place in waiting:
                    continue  # it comes again, behind the one that waits
                due = number(record, DUE_HEADER, ">q", 0) if stage else 0
                if due > time.time() * 1000:
                    waiting[place] = due
                    consumer.pause([TopicPartition(*place)])
                    consumer.seek(TopicPartition(*place, record.offset()))
                    continue
                deliver(producer, record, stage)
                handled += 1
                if COMMIT == "record" or stage:
                    consumer.commit(record, asynchronous=False)
            if handled and not stage and COMMIT in ("batch", "async"):
                consumer.commit(asynchronous=COMMIT == "async")
    except KeyboardInterrupt:
        pass
    finally:
        consumer.close()


if __name__ == "__main__":
    main()
