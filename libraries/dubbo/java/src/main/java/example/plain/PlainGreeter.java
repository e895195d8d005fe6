package example.plain;

import java.util.Date;
import java.util.List;
import java.util.Map;

/** What both peers provide and call over dubbo://. The same in TypeScript: testing/greeter.ts. */
public interface PlainGreeter {
    String greet(String name);

    String look(String name);

    Object echo(Object value);

    String describe(Object value);

    int add(int a, int b);

    long addLong(long a, long b);

    double half(double value);

    List<Object> boxed(Integer a, Long b, Double c, Boolean d);

    boolean negate(boolean value);

    byte[] reverse(byte[] bytes);

    Date nextDay(Date date);

    Map<String, Object> merge(Map<String, Object> map, List<Object> list);

    Person rename(Person person, String name);

    void sleep(long delayMs);

    void fail(String message);
}
