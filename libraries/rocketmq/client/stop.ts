import { BaseClient } from 'rocketmq-client-nodejs'

/**
 * The end of a client, without its farewells: a consumer's own `shutdown` waits for a stuck listener for ever, and any
 * client's rejects when the proxy is away and leaves timers and channels behind, which keep the process alive.
 */
export async function cutOff(client: BaseClient, switches: readonly (() => void)[]): Promise<void> {
  try {
    // Clears the timers first of all; then tells the proxy, which may be away.
    await BaseClient.prototype.shutdown.call(client)
  } catch {
    // What matters is done below.
  } finally {
    for (const end of switches) end()
  }
  client.getRpcClientManager().close()
}
