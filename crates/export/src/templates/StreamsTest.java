// Kafka's own TopologyTestDriver over the records of the scenario. What is expected is what the playground's engine gave
// for the same records in the same order. The driver has one partition of everything.

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Properties;
import java.util.stream.Collectors;
import org.apache.kafka.common.header.Headers;
import org.apache.kafka.common.header.internals.RecordHeaders;
import org.apache.kafka.common.serialization.ByteArrayDeserializer;
import org.apache.kafka.common.serialization.ByteArraySerializer;
import org.apache.kafka.streams.StreamsConfig;
import org.apache.kafka.streams.TestInputTopic;
import org.apache.kafka.streams.TestOutputTopic;
import org.apache.kafka.streams.TopologyTestDriver;
import org.apache.kafka.streams.test.TestRecord;
import org.junit.jupiter.api.Test;

class @@CLASS@@Test {
    private record Line(String topic, long timestamp, byte[] key, byte[] value, Headers headers) {
        private String shown() {
            return timestamp + " " + text(key) + " " + text(value);
        }
    }

    @Test
    void givesWhatThePlaygroundGave() throws IOException {
        Properties config = @@CLASS@@.config();
        config.put(StreamsConfig.STATESTORE_CACHE_MAX_BYTES_CONFIG, 0L);
        config.put(StreamsConfig.STATE_DIR_CONFIG, Files.createTempDirectory("scenario").toString());
        Map<String, List<String>> expected = new HashMap<>();
        for (Line line : read("-expected.tsv")) {
            expected.computeIfAbsent(line.topic(), topic -> new ArrayList<>()).add(line.shown());
        }
        Instant start = Instant.ofEpochMilli(@@WALL_CLOCK@@L);
        try (TopologyTestDriver driver = new TopologyTestDriver(@@CLASS@@.topology(), config, start)) {
            Map<String, TestInputTopic<byte[], byte[]>> inputs = new HashMap<>();
            for (Line line : read("-inputs.tsv")) {
                inputs.computeIfAbsent(line.topic(), topic -> driver.createInputTopic(
                                topic, new ByteArraySerializer(), new ByteArraySerializer()))
                        .pipeInput(new TestRecord<>(
                                line.key(), line.value(), line.headers(), line.timestamp()));
            }
            expected.forEach((topic, lines) -> {
                TestOutputTopic<byte[], byte[]> output = driver.createOutputTopic(
                        topic, new ByteArrayDeserializer(), new ByteArrayDeserializer());
                List<String> given = output.readRecordsToList().stream()
                        .map(record -> record.timestamp() + " " + text(record.key()) + " " + text(record.value()))
                        .collect(Collectors.toList());
                assertEquals(lines, given, topic);
            });
        }
    }

    /** A record a line: topic, timestamp, key, value, headers. */
    private static List<Line> read(String file) throws IOException {
        List<Line> lines = new ArrayList<>();
        try (BufferedReader reader = new BufferedReader(new InputStreamReader(
                Objects.requireNonNull(@@CLASS@@Test.class.getResourceAsStream("/@@CLASS@@" + file)),
                StandardCharsets.UTF_8))) {
            for (String text = reader.readLine(); text != null; text = reader.readLine()) {
                String[] fields = text.split("\t", -1);
                Headers headers = new RecordHeaders();
                for (String pair : fields[4].isEmpty() ? new String[0] : fields[4].split("&")) {
                    String[] parts = pair.split("=", 2);
                    headers.add(new String(bytes(parts[0]), StandardCharsets.UTF_8), bytes(parts[1]));
                }
                lines.add(new Line(fields[0], Long.parseLong(fields[1]), bytes(fields[2]), bytes(fields[3]), headers));
            }
        }
        return lines;
    }

    private static byte[] bytes(String field) {
        return field.equals("-")
                ? null
                : URLDecoder.decode(field, StandardCharsets.ISO_8859_1).getBytes(StandardCharsets.ISO_8859_1);
    }

    private static String text(byte[] bytes) {
        return bytes == null ? "null" : new String(bytes, StandardCharsets.ISO_8859_1);
    }
}
