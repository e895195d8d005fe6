import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.apache.rocketmq.common.TopicConfig;
import org.apache.rocketmq.remoting.protocol.subscription.SubscriptionGroupConfig;
import org.apache.rocketmq.tools.admin.DefaultMQAdminExt;

/**
 * Creates topics and groups on every master and waits until they are routed. May be run again. The name servers must know one
 * cluster: which of several is meant, nobody says here.
 *
 * <pre>CreateTopics 127.0.0.1:9876;127.0.0.1:9877 MASTERS topic:NAME:TYPE:QUEUES group:NAME:RETRIES:CONCURRENT|FIFO …</pre>
 *
 * A group brings its dead-letter topic along: a consumer cannot start on a topic that is not there yet, and the broker
 * makes this one only with the first dead letter.
 */
public final class CreateTopics {
  private static final long WITHIN_MS = 60_000;
  private static final long PAUSE_MS = 200;

  private CreateTopics() {}

  public static void main(String[] parameters) throws Exception {
    DefaultMQAdminExt admin = new DefaultMQAdminExt();
    admin.setNamesrvAddr(parameters[0]);
    admin.setInstanceName("create-topics-" + ProcessHandle.current().pid());
    admin.start();
    List<TopicConfig> topics = new ArrayList<>();
    List<SubscriptionGroupConfig> groups = new ArrayList<>();
    for (int index = 2; index < parameters.length; index++) read(parameters[index].split(":"), topics, groups);
    long until = System.currentTimeMillis() + WITHIN_MS;
    Set<String> masters = masters(admin, Integer.parseInt(parameters[1]), until);
    for (String master : masters) {
      if (!topics.isEmpty()) admin.createAndUpdateTopicConfigList(master, topics);
      if (!groups.isEmpty()) admin.createAndUpdateSubscriptionGroupConfigList(master, groups);
    }
    for (TopicConfig topic : topics) awaitRoute(admin, topic.getTopicName(), masters.size(), until);
    for (String master : masters) {
      for (SubscriptionGroupConfig group : groups) {
        if (admin.examineSubscriptionGroupConfig(master, group.getGroupName()) == null) fail("group " + group.getGroupName() + " is not on " + master);
      }
    }
    System.out.println("CREATED " + topics.size() + " topics, " + groups.size() + " groups");
    System.out.flush();
    // The orderly end takes seconds and has nothing to do.
    Runtime.getRuntime().halt(0);
  }

  private static void read(String[] parts, List<TopicConfig> topics, List<SubscriptionGroupConfig> groups) {
    switch (parts[0]) {
      case "topic" -> topics.add(topic(parts[1], parts[2], Integer.parseInt(parts[3])));
      case "group" -> {
        SubscriptionGroupConfig group = new SubscriptionGroupConfig();
        group.setGroupName(parts[1]);
        group.setRetryMaxTimes(Integer.parseInt(parts[2]));
        group.setConsumeMessageOrderly(parts[3].equals("FIFO"));
        groups.add(group);
        topics.add(topic("%DLQ%" + parts[1], "NORMAL", 1));
      }
      default -> fail("neither topic nor group: " + parts[0]);
    }
  }

  private static TopicConfig topic(String name, String type, int queues) {
    TopicConfig topic = new TopicConfig(name, queues, queues);
    topic.setAttributes(Map.of("+message.type", type));
    return topic;
  }

  private static Set<String> masters(DefaultMQAdminExt admin, int count, long until) throws InterruptedException {
    Set<String> found = new HashSet<>();
    Set<String> clusters = new TreeSet<>();
    while (System.currentTimeMillis() < until) {
      try {
        found.clear();
        admin.examineBrokerClusterInfo().getBrokerAddrTable().values().forEach(broker -> {
          clusters.add(broker.getCluster());
          if (broker.getBrokerAddrs().containsKey(0L)) found.add(broker.getBrokerAddrs().get(0L));
        });
        if (clusters.size() > 1) fail("the name servers know several clusters, and not which one is meant: " + String.join(", ", clusters) + "; create the topics and groups with mqadmin");
        if (found.size() >= count) return found;
      } catch (InterruptedException interrupted) {
        throw interrupted;
      } catch (Exception notYet) {
        // No name server answers yet.
      }
      Thread.sleep(PAUSE_MS);
    }
    fail(found.size() + " of " + count + " masters are registered");
    return found;
  }

  private static void awaitRoute(DefaultMQAdminExt admin, String topic, int masters, long until) throws InterruptedException {
    while (System.currentTimeMillis() < until) {
      try {
        if (admin.examineTopicRouteInfo(topic).getBrokerDatas().size() >= masters) return;
      } catch (InterruptedException interrupted) {
        throw interrupted;
      } catch (Exception notYet) {
        // The brokers tell the name servers a little later.
      }
      Thread.sleep(PAUSE_MS);
    }
    fail("topic " + topic + " is not routed");
  }

  private static void fail(String message) {
    System.err.println(message);
    Runtime.getRuntime().halt(3);
  }
}
