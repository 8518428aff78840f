#!/usr/bin/env python3
@@ABOUT@@
import os
import random
import sys
import time

from confluent_kafka import Producer

BOOTSTRAP = os.environ.get("BOOTSTRAP_SERVERS", "localhost:9092")
TOPIC = @@TOPIC@@
CONFIG = {
@@CONFIG@@}
@@LACKING@@
# Records a second; 0: a line of the standard input is a record, `KEY<tab>VALUE`.
RATE = @@RATE@@
KEYS = @@KEYS@@
# How often each key comes, in proportion.
WEIGHTS = @@WEIGHTS@@
# Records whose timestamp lies in the past: percent, and how far at most in milliseconds.
LATE_PERCENT = @@LATE_PERCENT@@
LATE_BY_MS = @@LATE_BY_MS@@


def value(n):
    """The value of record n, from 1."""
    return @@VALUE@@


def told(error, record):
    """What became of a record."""
    if error:
        print(f"not sent: {error}", file=sys.stderr)
    else:
        print(f"{record.topic()}-{record.partition()}@{record.offset()}: {record.key()!r}", flush=True)


def main():
    producer = Producer({**CONFIG, "bootstrap.servers": BOOTSTRAP})
    if RATE == 0:
        for line in sys.stdin:
            key, sign, text = line.rstrip("\n").partition("\t")
            producer.produce(TOPIC, key=key if sign else None, value=text if sign else key, on_delivery=told)
            producer.poll(0)
    else:
        n = 0
        try:
            while True:
                n += 1
                key = random.choices(KEYS, WEIGHTS)[0] if KEYS else None
                timestamp = int(time.time() * 1000)
                if random.random() * 100 < LATE_PERCENT:
                    timestamp -= random.randrange(LATE_BY_MS)
                producer.produce(TOPIC, key=key, value=value(n), timestamp=timestamp, on_delivery=told)
                producer.poll(1 / RATE)
        except KeyboardInterrupt:
            pass
    producer.flush()


if __name__ == "__main__":
    main()
