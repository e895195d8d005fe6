package hello;

import org.apache.dubbo.config.ApplicationConfig;
import org.apache.dubbo.config.RegistryConfig;

final class Settings {
    private Settings() {}

    static ApplicationConfig application(String name) {
        ApplicationConfig application = new ApplicationConfig(name);
        application.setQosEnable(false);
        return application;
    }

    /** ZOOKEEPER is "host:port,host:port,…", as for the TypeScript programs. */
    static RegistryConfig registry() {
        String servers = environment("ZOOKEEPER", "127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183");
        String[] firstAndRest = servers.split(",", 2);
        return new RegistryConfig("zookeeper://" + firstAndRest[0] + (firstAndRest.length > 1 ? "?backup=" + firstAndRest[1] : ""));
    }

    static String environment(String name, String otherwise) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? otherwise : value;
    }
}
