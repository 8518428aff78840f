@@ABOUT@@
// One process reads one stage: without an argument the topics themselves, with `1` the first retry topic, and so on.
package scenario;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.concurrent.ExecutionException;
import java.util.regex.Pattern;
import org.apache.kafka.clients.consumer.ConsumerRecord;
import org.apache.kafka.clients.consumer.ConsumerRecords;
import org.apache.kafka.clients.consumer.KafkaConsumer;
import org.apache.kafka.clients.consumer.OffsetAndMetadata;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.TopicPartition;
import org.apache.kafka.common.errors.WakeupException;
import org.apache.kafka.common.header.Header;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;

public final class @@CLASS@@ {
    /** A part of the chain: what is added to topic and group, the pause before it, the stage after it (-1: none). */
    private record Stage(String suffix, long delayMs, int next) {}

    /** Not worth another try: straight to the dead letters. */
    private static final class Fatal extends RuntimeException {
        private Fatal(String message) {
            super(message);
        }
    }

    private static final String BOOTSTRAP = System.getenv().getOrDefault("BOOTSTRAP_SERVERS", "localhost:9092");
    private static final String GROUP = @@GROUP@@;
    private static final List<String> TOPICS = List.of(@@TOPICS@@);
    /** A pattern instead of topics; null: none. */
    private static final String PATTERN = @@PATTERN@@;
    /** When offsets are committed: auto, batch, record, before or async. */
    private static final String COMMIT = @@COMMIT@@;
    /** Deliveries of a record in place, and the pauses between them. */
    private static final int IN_PLACE = @@IN_PLACE@@;
    private static final long[] PAUSES_MS = {@@PAUSES@@};
    private static final List<Stage> STAGES = List.of(@@STAGES@@);
    /** Deliveries in all stages together. */
    private static final int ATTEMPTS = @@ATTEMPTS@@;
    /** What is added to a topic's name for its dead letters, or one topic for all; null: logged and gone. */
    private static final String DEAD_SUFFIX = @@DEAD_SUFFIX@@;
    private static final String DEAD_TOPIC = @@DEAD_TOPIC@@;
    /** Whether a record that failed for good stops this program instead. */
    private static final boolean STOPS = @@STOPS@@;
    /** Spring Kafka's headers, so that its applications understand these records. */
    private static final String ATTEMPTS_HEADER = "retry_topic-attempts";
    private static final String DUE_HEADER = "retry_topic-backoff-timestamp";

    static Properties config() {
        Properties config = new Properties();
        config.put("bootstrap.servers", BOOTSTRAP);
        config.put("key.deserializer", ByteArrayDeserializer.class);
        config.put("value.deserializer", ByteArrayDeserializer.class);
@@CONFIG@@        return config;
    }

    /** What is done with a record. Your code goes here. */
    private static void handle(ConsumerRecord<byte[], byte[]> record) throws InterruptedException {
        Thread.sleep(@@WORK@@L);
@@FAILS@@        System.out.printf(
                "%s-%d@%d: %s %s%n",
                record.topic(), record.partition(), record.offset(), text(record.key()), text(record.value()));
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.UTF_8);
    }

    private static int attempt(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(ATTEMPTS_HEADER);
        return header == null || header.value().length != Integer.BYTES ? 1 : ByteBuffer.wrap(header.value()).getInt();
    }

    private static long due(ConsumerRecord<byte[], byte[]> record) {
        Header header = record.headers().lastHeader(DUE_HEADER);
        return header == null || header.value().length != Long.BYTES ? 0L : ByteBuffer.wrap(header.value()).getLong();
    }

    private static void publish(
            KafkaProducer<byte[], byte[]> producer,
            ConsumerRecord<byte[], byte[]> record,
            String topic,
            Map<String, byte[]> changes)
            throws ExecutionException, InterruptedException {
        ProducerRecord<byte[], byte[]> next =
                new ProducerRecord<>(topic, null, record.key(), record.value(), record.headers());
        changes.forEach((name, value) -> next.headers().remove(name).add(name, value));
        producer.send(next).get();
    }

    /** Handles a record; what fails goes on to the next stage, or to the dead letters. */
    private static void deliver(KafkaProducer<byte[], byte[]> producer, ConsumerRecord<byte[], byte[]> record, int stage)
            throws ExecutionException, InterruptedException {
        RuntimeException failure = null;
        for (int delivery = 1; delivery <= IN_PLACE; delivery++) {
            try {
                handle(record);
                return;
            } catch (RuntimeException e) {
                failure = e;
            }
            if (failure instanceof Fatal || delivery == IN_PLACE) {
                break;
            }
            Thread.sleep(PAUSES_MS[delivery - 1]);
        }
        String suffix = STAGES.get(stage).suffix();
        String main = record.topic().substring(0, record.topic().length() - suffix.length());
        int attempt = attempt(record);
        int following = STAGES.get(stage).next();
        if (following >= 0 && attempt < ATTEMPTS && !(failure instanceof Fatal)) {
            Stage next = STAGES.get(following);
            Map<String, byte[]> changes = new HashMap<>();
            changes.put(ATTEMPTS_HEADER, ByteBuffer.allocate(Integer.BYTES).putInt(attempt + 1).array());
            long due = System.currentTimeMillis() + next.delayMs();
            changes.put(DUE_HEADER, ByteBuffer.allocate(Long.BYTES).putLong(due).array());
            publish(producer, record, main + next.suffix(), changes);
            return;
        }
        if (STOPS) {
            throw failure;
        }
        String dead = DEAD_TOPIC != null ? DEAD_TOPIC : DEAD_SUFFIX != null ? main + DEAD_SUFFIX : null;
        if (dead != null) {
            byte[] message = String.valueOf(failure.getMessage()).getBytes(StandardCharsets.UTF_8);
            publish(producer, record, dead, Map.of("kafka_exception-message", message));
        } else {
            System.err.printf("given up: %s-%d@%d%n", record.topic(), record.partition(), record.offset());
        }
    }

    public static void main(String[] args) throws Exception {
        int stage = args.length > 0 ? Integer.parseInt(args[0]) : 0;
        String suffix = STAGES.get(stage).suffix();
        Properties config = config();
        config.put("group.id", GROUP + suffix);
        if (stage > 0) {
            // A retry topic's offsets are committed by hand, record by record.
            config.put("enable.auto.commit", "false");
        }
        Properties producing = new Properties();
        producing.put("bootstrap.servers", BOOTSTRAP);
        producing.put("key.serializer", ByteArraySerializer.class);
        producing.put("value.serializer", ByteArraySerializer.class);
        try (KafkaConsumer<byte[], byte[]> consumer = new KafkaConsumer<>(config);
                KafkaProducer<byte[], byte[]> producer = new KafkaProducer<>(producing)) {
            Thread main = Thread.currentThread();
            Runtime.getRuntime().addShutdownHook(new Thread(() -> {
                consumer.wakeup();
                try {
                    main.join();
                } catch (InterruptedException e) {
                    Thread.currentThread().interrupt();
                }
            }));
            if (PATTERN != null) {
                consumer.subscribe(Pattern.compile(PATTERN));
            } else {
                List<String> topics = new ArrayList<>();
                TOPICS.forEach(topic -> topics.add(topic + suffix));
                consumer.subscribe(topics);
            }
            run(consumer, producer, stage);
        } catch (WakeupException e) {
            System.err.println("closed");
        }
    }

    private static void run(KafkaConsumer<byte[], byte[]> consumer, KafkaProducer<byte[], byte[]> producer, int stage)
            throws ExecutionException, InterruptedException {
        // Partitions whose next record is not due yet.
        Map<TopicPartition, Long> waiting = new HashMap<>();
        while (true) {
            waiting.keySet().retainAll(consumer.assignment());
            waiting.entrySet().removeIf(entry -> {
                boolean isDue = entry.getValue() <= System.currentTimeMillis();
                if (isDue) {
                    consumer.resume(List.of(entry.getKey()));
                }
                return isDue;
            });
            ConsumerRecords<byte[], byte[]> records = consumer.poll(Duration.ofMillis(200));
            if (COMMIT.equals("before")) {
                consumer.commitSync();
            }
            for (ConsumerRecord<byte[], byte[]> record : records) {
                TopicPartition place = new TopicPartition(record.topic(), record.partition());
                if (waiting.containsKey(place)) {
                    continue;
                }
                if (stage > 0 && due(record) > System.currentTimeMillis()) {
                    waiting.put(place, due(record));
                    consumer.pause(List.of(place));
                    consumer.seek(place, record.offset());
                    continue;
                }
                deliver(producer, record, stage);
                if (COMMIT.equals("record") || stage > 0) {
                    consumer.commitSync(Map.of(place, new OffsetAndMetadata(record.offset() + 1)));
                }
            }
            if (stage == 0 && COMMIT.equals("batch")) {
                consumer.commitSync();
            } else if (stage == 0 && COMMIT.equals("async")) {
                consumer.commitAsync();
            }
        }
    }
}
