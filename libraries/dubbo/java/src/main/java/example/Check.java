package example;

import com.google.protobuf.ByteString;
import example.greeting.FailRequest;
import example.greeting.GreetReply;
import example.greeting.GreetRequest;
import example.greeting.Greeter;
import example.plain.Person;
import example.plain.PlainGreeter;
import java.util.Arrays;
import java.util.Date;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.apache.dubbo.rpc.RpcContext;
import org.apache.dubbo.rpc.StatusRpcException;

/** One call after the other, a line each: what was called, and what came of it. */
final class Check {
    private static final String EMOJI = "世界 \uD83D\uDE00";

    private Check() {}

    static GreetRequest request(String name) {
        return GreetRequest.newBuilder().setName(name).build();
    }

    static void triple(Greeter greeter) {
        line("greet", () -> greeter.greet(request(EMOJI)).getMessage());
        line("number and bytes", () -> {
            GreetReply reply = greeter.greet(GreetRequest.newBuilder().setNumber(1L << 52).setBlob(ByteString.copyFrom(new byte[100_000])).build());
            return reply.getNumber() + " " + reply.getBlob().size();
        });
        line("attachment", () -> {
            RpcContext.getClientAttachment().setAttachment("traveller", "there and back");
            greeter.greet(request("a"));
            return RpcContext.getClientResponseContext().getAttachment("returned");
        });
        line("fail", () -> greeter.fail(FailRequest.newBuilder().setStatus(3).setMessage(EMOJI).build()).getMessage());
        line("bug", () -> greeter.fail(FailRequest.newBuilder().setStatus(3).setMessage("bug").build()).getMessage());
    }

    static void plain(PlainGreeter greeter) {
        line("greet", () -> greeter.greet(EMOJI));
        line("null", () -> greeter.greet(null));
        line("attachment", () -> {
            RpcContext.getClientAttachment().setAttachment("traveller", EMOJI);
            greeter.greet("a");
            return RpcContext.getClientResponseContext().getAttachment("returned");
        });
        String longText = EMOJI.repeat(30_000);
        line("long text", () -> longText.equals(greeter.echo(longText)));
        line("int", () -> greeter.add(Integer.MAX_VALUE, Integer.MIN_VALUE));
        line("long", () -> greeter.addLong(Long.MAX_VALUE, -1));
        line("double", () -> greeter.half(3));
        line("boxed", () -> greeter.boxed(1, null, 1.5, true));
        line("boolean", () -> greeter.negate(true));
        line("bytes", () -> Arrays.toString(greeter.reverse(new byte[] {1, 2, -3})));
        byte[] manyBytes = new byte[100_000];
        line("many bytes", () -> Arrays.equals(manyBytes, greeter.reverse(manyBytes)));
        line("date", () -> greeter.nextDay(new Date(1_234_567_890_123L)).getTime());
        line("nested", () -> {
            Map<String, Object> map = new LinkedHashMap<>();
            map.put("list", List.of());
            map.put("inner", Map.of("number", 1.5, "text", EMOJI));
            map.put("nothing", null);
            return new java.util.TreeMap<>(greeter.merge(map, Arrays.asList(1, "two", null, List.of(true))));
        });
        line("bean", () -> {
            Person person = new Person();
            person.setAge(7);
            Person renamed = greeter.rename(person, EMOJI);
            return renamed.getName() + " " + renamed.getAge();
        });
        for (Object value : new Object[] {0, -1, 1L << 40, 0.5, 1.0, -0.0, 1e300, "", true, null, new Date(0), Arrays.asList(1, 2), new byte[40]})
            line("echo " + (value == null ? "null" : value.getClass().getSimpleName()), () -> same(value, greeter.echo(value)));
        line("fail", () -> {
            greeter.fail(EMOJI);
            return "";
        });
        line("bug", () -> {
            greeter.fail("bug");
            return "";
        });
        line("$echo", () -> ((org.apache.dubbo.rpc.service.EchoService) greeter).$echo("there?"));
    }

    /** A byte[] is compared by content; a Long may come back as an Integer, for a number has no such difference in JavaScript. */
    private static Object same(Object sent, Object received) {
        if (sent instanceof byte[]) return Arrays.equals((byte[]) sent, (byte[]) received);
        if (sent instanceof Number && received instanceof Number) return ((Number) sent).doubleValue() == ((Number) received).doubleValue();
        return sent == null ? received == null : sent.equals(received);
    }

    private static void line(String what, Callable<Object> call) {
        String outcome;
        try {
            outcome = String.valueOf(call.call());
        } catch (Exception error) {
            Throwable cause = error;
            while (cause.getCause() != null && !(cause instanceof StatusRpcException)) cause = cause.getCause();
            outcome = cause instanceof StatusRpcException
                    ? ((StatusRpcException) cause).getStatus().code + ": " + ((StatusRpcException) cause).getStatus().description
                    : error.getClass().getName() + ": " + error.getMessage();
        }
        System.out.println("  " + what + " = " + outcome);
    }
}
