/**
 * The client takes a list `a:8081;b:8081` and then fails to start, silently uses the first of `a:8081,b:8081`, and fails
 * on a URL with a message about names. Here one proxy's `host:port` is asked for, and anything else is told at once.
 */
export function checkEndpoint(endpoint: string): string {
  const [, port] = /^[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?:(\d{1,5})$/i.exec(endpoint) ?? []
  if (port === undefined || Number(port) < 1 || Number(port) > 65_535) {
    throw new TypeError(
      `the endpoint must be one host:port of a RocketMQ proxy, such as 127.0.0.1:8081, not "${endpoint}". ` +
        'Several proxies go behind one name or load balancer; name servers (9876) are for classic clients.',
    )
  }
  return endpoint
}
