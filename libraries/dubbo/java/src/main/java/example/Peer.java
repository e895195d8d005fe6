package example;

import example.greeting.Greeter;
import example.plain.PlainGreeter;
import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.ProtocolConfig;
import org.apache.dubbo.config.ReferenceConfig;
import org.apache.dubbo.config.RegistryConfig;
import org.apache.dubbo.config.ServiceConfig;
import org.apache.dubbo.config.bootstrap.DubboBootstrap;

/**
 * The Java side of the tests: a provider of both services, or a consumer of one of them. Settings are system
 * properties: role (provider, check, load), zk, name, protocol (tri, dubbo), group, version, triplePort, classicPort.
 */
public final class Peer {
    public static void main(String[] arguments) throws Exception {
        switch (System.getProperty("role")) {
            case "provider" -> provide();
            case "check" -> check();
            case "load" -> load();
            default -> throw new IllegalArgumentException("role is provider, check or load");
        }
    }

    private static DubboBootstrap bootstrap() {
        ApplicationConfig application = new ApplicationConfig(System.getProperty("name", "java-peer"));
        // Otherwise every peer fights for one port.
        application.setQosEnable(false);
        application.setRegisterMode(System.getProperty("registerMode", "all"));
        application.setMetadataType(System.getProperty("metadataType", "local"));
        return DubboBootstrap.getInstance().application(application).registry(new RegistryConfig(System.getProperty("zk")));
    }

    private static void provide() throws InterruptedException {
        String name = System.getProperty("name", "java-peer");
        ProtocolConfig triple = new ProtocolConfig("tri", Integer.getInteger("triplePort", -1));
        ProtocolConfig classic = new ProtocolConfig("dubbo", Integer.getInteger("classicPort", -1));
        ServiceConfig<Greeter> greeter = service(Greeter.class, new GreeterImpl(name), triple);
        ServiceConfig<PlainGreeter> plain = service(PlainGreeter.class, new PlainGreeterImpl(name), classic);
        bootstrap().protocol(triple).protocol(classic).service(greeter).service(plain).start();
        System.out.println("READY");
        Thread.currentThread().join();
    }

    private static <T> ServiceConfig<T> service(Class<T> type, T implementation, ProtocolConfig protocol) {
        ServiceConfig<T> service = new ServiceConfig<>();
        service.setInterface(type);
        service.setRef(implementation);
        service.setProtocol(protocol);
        service.setGroup(System.getProperty("group"));
        service.setVersion(System.getProperty("version"));
        return service;
    }

    private static <T> T reference(Class<T> type, String protocol) {
        ReferenceConfig<T> reference = new ReferenceConfig<>();
        reference.setInterface(type);
        reference.setProtocol(protocol);
        reference.setGroup(System.getProperty("group"));
        reference.setVersion(System.getProperty("version"));
        reference.setTimeout(Integer.getInteger("timeout", 3_000));
        reference.setCheck(false);
        bootstrap().reference(reference).start();
        return reference.get();
    }

    private static void check() {
        if ("tri".equals(System.getProperty("protocol"))) Check.triple(reference(Greeter.class, "tri"));
        else Check.plain(reference(PlainGreeter.class, "dubbo"));
        System.out.println("DONE");
        System.exit(0);
    }

    private static void load() throws Exception {
        if ("tri".equals(System.getProperty("protocol"))) {
            Greeter greeter = reference(Greeter.class, "tri");
            Load.run(() -> greeter.greet(Check.request("load")).getInstance());
        } else {
            PlainGreeter greeter = reference(PlainGreeter.class, "dubbo");
            Load.run(() -> greeter.greet("load").split("@")[1]);
        }
        System.exit(0);
    }
}
