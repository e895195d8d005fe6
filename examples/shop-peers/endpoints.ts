/** Where the cluster is: that of `npm run cluster`, unless the environment names another. Both are `host:port`, several separated by commas. */
const { CLUSTER_ZOOKEEPER = '127.0.0.1:2181,127.0.0.1:2182,127.0.0.1:2183', CLUSTER_NAMESERVERS = '127.0.0.1:9876,127.0.0.1:9877' } = process.env

export const zookeepers: readonly string[] = CLUSTER_ZOOKEEPER.split(',')
export const nameServers = CLUSTER_NAMESERVERS
