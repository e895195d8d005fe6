import { createClient } from './client.ts'
import { createDispatcher, type DispatcherOptions } from './dispatch.ts'
import type { Rpc } from './port.ts'

/** Caller and service in one thread. Every call still goes through the codec, so that nothing passes by reference. */
export function inProcessRpc(options: DispatcherOptions): Rpc {
  const dispatcher = createDispatcher(options)
  return {
    provide: dispatcher.provide,
    client: (service, instance) => createClient(service, instance, options.clock, dispatcher.dispatch),
  }
}
