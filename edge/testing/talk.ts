import { once } from 'node:events'
import { connect, type Socket } from 'node:net'

/** A connection, and what is said over it until the other side ends it. `allowHalfOpen`: as of a peer that never closes its own. */
export function talk(port: number, { allowHalfOpen = false } = {}): { readonly socket: Socket; readonly said: Promise<string> } {
  const socket = connect({ port, host: '127.0.0.1', allowHalfOpen })
  let said = ''
  socket.on('data', (data: Buffer) => (said += data.toString()))
  // What a connection that is cut says of itself is for the test to see in what was said.
  socket.on('error', () => {})
  return { socket, said: Promise.race([once(socket, 'end'), once(socket, 'close')]).then(() => said) }
}
