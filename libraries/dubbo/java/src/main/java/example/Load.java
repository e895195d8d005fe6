package example;

import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ConcurrentSkipListMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Calls again and again from a few threads, until told to stop. Every line on standard input is answered with one line
 * of what happened since the last one: calls by who answered, then failures.
 */
final class Load {
    private Load() {}

    static void run(Callable<String> call) throws Exception {
        Map<String, AtomicLong> answered = new ConcurrentSkipListMap<>();
        Map<String, AtomicLong> failed = new ConcurrentSkipListMap<>();
        int gapMs = Integer.getInteger("gap", 5);
        for (int thread = 0; thread < Integer.getInteger("threads", 2); thread++) {
            Thread caller = new Thread(() -> {
                while (true) {
                    try {
                        answered.computeIfAbsent(call.call(), key -> new AtomicLong()).incrementAndGet();
                    } catch (Throwable error) {
                        String text = String.valueOf(error.getMessage());
                        failed.computeIfAbsent(text.substring(0, Math.min(160, text.length())).replace('\n', ' '), key -> new AtomicLong()).incrementAndGet();
                    }
                    pause(gapMs);
                }
            });
            caller.setDaemon(true);
            caller.start();
        }
        System.out.println("READY");
        BufferedReader input = new BufferedReader(new InputStreamReader(System.in));
        for (String line = input.readLine(); line != null && !line.equals("stop"); line = input.readLine()) System.out.println("COUNT " + drained(answered) + " FAILED " + drained(failed));
        System.out.println("DONE");
    }

    private static String drained(Map<String, AtomicLong> counts) {
        StringBuilder text = new StringBuilder("{");
        counts.forEach((key, count) -> text.append(text.length() == 1 ? "" : ",").append('"').append(key.replace("\\", "").replace("\"", "'")).append("\":").append(count.getAndSet(0)));
        return text.append('}').toString();
    }

    private static void pause(int gapMs) {
        try {
            Thread.sleep(gapMs);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
