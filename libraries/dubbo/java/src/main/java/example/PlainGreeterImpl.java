package example;

import example.plain.Person;
import example.plain.PlainGreeter;
import java.util.ArrayList;
import java.util.Date;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.apache.dubbo.rpc.RpcContext;

final class PlainGreeterImpl implements PlainGreeter {
    private final String instance;

    PlainGreeterImpl(String instance) {
        this.instance = instance;
    }

    @Override
    public String greet(String name) {
        String traveller = RpcContext.getServerAttachment().getAttachment("traveller");
        if (traveller != null) RpcContext.getServerResponseContext().setAttachment("returned", traveller);
        return "hello:" + name + "@" + instance;
    }

    @Override
    public String look(String name) {
        return "hello:" + name + "@" + instance;
    }

    @Override
    public Object echo(Object value) {
        return value;
    }

    /** Class and content, so that the caller sees what arrived. */
    @Override
    public String describe(Object value) {
        if (value instanceof byte[]) return "byte[" + ((byte[]) value).length + "]";
        if (value instanceof Date) return "Date " + ((Date) value).getTime();
        if (value instanceof Map) return "Map " + new TreeMap<>((Map<?, ?>) value);
        if (value instanceof List) return "List " + value;
        return value == null ? "null" : value.getClass().getSimpleName() + " " + value;
    }

    @Override
    public int add(int a, int b) {
        return a + b;
    }

    @Override
    public long addLong(long a, long b) {
        return a + b;
    }

    @Override
    public double half(double value) {
        return value / 2;
    }

    @Override
    public List<Object> boxed(Integer a, Long b, Double c, Boolean d) {
        List<Object> list = new ArrayList<>();
        list.add(a);
        list.add(b);
        list.add(c);
        list.add(d);
        return list;
    }

    @Override
    public boolean negate(boolean value) {
        return !value;
    }

    @Override
    public byte[] reverse(byte[] bytes) {
        byte[] reversed = new byte[bytes.length];
        for (int index = 0; index < bytes.length; index++) reversed[index] = bytes[bytes.length - 1 - index];
        return reversed;
    }

    @Override
    public Date nextDay(Date date) {
        return new Date(date.getTime() + 86_400_000L);
    }

    @Override
    public Map<String, Object> merge(Map<String, Object> map, List<Object> list) {
        Map<String, Object> merged = new HashMap<>(map);
        merged.put("list", list);
        return merged;
    }

    @Override
    public Person rename(Person person, String name) {
        person.setName(name);
        return person;
    }

    @Override
    public void sleep(long delayMs) {
        try {
            Thread.sleep(delayMs);
        } catch (InterruptedException interrupted) {
            Thread.currentThread().interrupt();
        }
    }

    @Override
    public void fail(String message) {
        throw new IllegalArgumentException(message);
    }
}
