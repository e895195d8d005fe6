import { startMiddle, type Passage } from '@suanpan/runtime/testing'
import type { Socket } from 'node:net'

/** A line between two programs that does what networks do. */
export interface Link {
  readonly port: number
  /** Connections that carry what is said. */
  readonly open: number
  /** Everything takes this much longer, each way. */
  delay(ms: number): void
  /** Breaks what is open. New connections are good. */
  cut(): number
  /**
   * What is open stays so and carries nothing any more, and neither side hears of the other's end, as when a machine or a
   * firewall between them forgot it. New connections are good.
   */
  halfOpen(): number
  close(): Promise<void>
}

/** Leads to a port of this machine. */
export async function startLink({ to, host, port }: { readonly to: number; readonly host?: string; readonly port?: number }): Promise<Link> {
  let delayMs = 0
  const silent = new WeakSet<Passage>()

  function carry(passage: Passage): void {
    const { client, server } = passage
    client.allowHalfOpen = true
    server.allowHalfOpen = true
    carryOneWay(passage, client, server)
    carryOneWay(passage, server, client)
  }

  function carryOneWay(passage: Passage, from: Socket, onto: Socket): void {
    let nextAt = 0
    /** In their order, however the delay changes. */
    const later = (deliver: () => void): void => {
      const now = performance.now()
      if (delayMs === 0 && nextAt <= now) return deliver()
      nextAt = Math.max(nextAt, now + delayMs)
      setTimeout(deliver, nextAt - now)
    }
    from.on('data', (data) => later(() => void (silent.has(passage) || onto.write(data))))
    from.on('end', () => later(() => void (silent.has(passage) || onto.end())))
    from.on('close', () => later(() => void (silent.has(passage) || onto.destroySoon())))
  }

  const middle = await startMiddle({ targets: () => [to], carry, ...(host === undefined ? {} : { host }), ...(port === undefined ? {} : { port }) })
  const openPassages = (): Passage[] => [...middle.passages].filter((passage) => !silent.has(passage))

  return {
    port: middle.port,
    get open() {
      return openPassages().length
    },
    delay: (ms) => {
      delayMs = ms
    },
    cut: () => {
      const open = openPassages()
      for (const { end } of open) end()
      return open.length
    },
    halfOpen: () => {
      const open = openPassages()
      for (const passage of open) silent.add(passage)
      return open.length
    },
    close: middle.close,
  }
}
