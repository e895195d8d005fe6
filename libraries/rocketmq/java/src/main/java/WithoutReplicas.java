import org.apache.rocketmq.store.ha.DefaultHAService;

/**
 * What a broker does for its replicas: nothing. Ours have none, and the broker's own service would hand the whole store to
 * whoever connects, on every interface. It is found by its name in META-INF/service.
 */
public class WithoutReplicas extends DefaultHAService {
  @Override
  public void start() {}
}
