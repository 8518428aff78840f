@@ABOUT@@
package scenario;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Properties;
import java.util.Random;
import org.apache.kafka.clients.producer.KafkaProducer;
import org.apache.kafka.clients.producer.ProducerRecord;
import org.apache.kafka.common.serialization.StringSerializer;

public final class @@CLASS@@ {
    private static final String BOOTSTRAP = System.getenv().getOrDefault("BOOTSTRAP_SERVERS", "localhost:9092");
    private static final String TOPIC = @@TOPIC@@;
    /** Records a second; 0: a line of the standard input is a record, KEY, a tab, VALUE. */
    private static final int RATE = @@RATE@@;
    private static final List<String> KEYS = List.of(@@KEYS@@);
    /** How often each key comes, in proportion. */
    private static final long[] WEIGHTS = {@@WEIGHTS@@};
    /** Records whose timestamp lies in the past: percent, and how far at most. */
    private static final int LATE_PERCENT = @@LATE_PERCENT@@;
    private static final long LATE_BY_MS = @@LATE_BY_MS@@L;
    private static final Random RANDOM = new Random();

    static Properties config() {
        Properties config = new Properties();
        config.put("bootstrap.servers", BOOTSTRAP);
        config.put("key.serializer", StringSerializer.class);
        config.put("value.serializer", StringSerializer.class);
@@CONFIG@@        return config;
    }

    /** The value of record n, from 1. */
    private static String value(long n) {
        return @@VALUE@@;
    }

    private static long between(long low, long high) {
        return RANDOM.nextLong(low, high + 1);
    }

    private static String key() {
        if (KEYS.isEmpty()) {
            return null;
        }
        long sum = 0;
        for (long weight : WEIGHTS) {
            sum += weight;
        }
        long left = between(0, sum - 1);
        for (int at = 0; at < WEIGHTS.length; at++) {
            left -= WEIGHTS[at];
            if (left < 0) {
                return KEYS.get(at);
            }
        }
        return KEYS.get(0);
    }

    private static void send(KafkaProducer<String, String> producer, ProducerRecord<String, String> record) {
        producer.send(record, (metadata, error) -> {
            if (error != null) {
                System.err.println("not sent: " + error);
            } else {
                System.out.println(metadata + ": " + record.key());
            }
        });
    }

    public static void main(String[] args) throws IOException, InterruptedException {
        try (KafkaProducer<String, String> producer = new KafkaProducer<>(config())) {
            if (RATE == 0) {
                BufferedReader lines =
                        new BufferedReader(new InputStreamReader(System.in, StandardCharsets.UTF_8));
                for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                    int tab = line.indexOf('\t');
                    String key = tab < 0 ? null : line.substring(0, tab);
                    send(producer, new ProducerRecord<>(TOPIC, key, line.substring(tab + 1)));
                }
                return;
            }
            for (long n = 1; ; n++) {
                long timestamp = System.currentTimeMillis();
                if (RANDOM.nextInt(100) < LATE_PERCENT) {
                    timestamp -= between(0, LATE_BY_MS - 1);
                }
                send(producer, new ProducerRecord<>(TOPIC, null, timestamp, key(), value(n)));
                Thread.sleep(1000 / Math.max(1, RATE));
            }
        }
    }
}
