#!/usr/bin/env python3
# Sends records.jsonl exactly: topic, partition, timestamp, key, value, headers. Topics must be there (setup.sh).
# A topic with message.timestamp.type=LogAppendTime gives its records its own time.
import json
import os
import pathlib
import sys

from confluent_kafka import Producer

BOOTSTRAP = os.environ.get("BOOTSTRAP_SERVERS", "localhost:9092")
RECORDS = pathlib.Path(__file__).resolve().parent.parent / "records.jsonl"


def read(value):
    """Bytes of a value: a text, {"hex": ...} or null."""
    if value is None:
        return None
    return bytes.fromhex(value["hex"]) if isinstance(value, dict) else value.encode("utf-8")


def told(error, _record):
    """What became of a record."""
    if error:
        print(f"not sent: {error}", file=sys.stderr)


def main():
    producer = Producer({"bootstrap.servers": BOOTSTRAP, "enable.idempotence": True})
    count = 0
    with RECORDS.open(encoding="utf-8") as lines:
        for line in lines:
            record = json.loads(line)
            producer.produce(
                record["topic"],
                partition=record["partition"],
                timestamp=record["timestamp"],
                key=read(record["key"]),
                value=read(record["value"]),
                headers=[(name, read(value)) for name, value in record["headers"]],
                on_delivery=told,
            )
            producer.poll(0)
            count += 1
    producer.flush()
    print(f"{count} records")


if __name__ == "__main__":
    main()
