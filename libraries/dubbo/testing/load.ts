import { systemClock } from '@suanpan/runtime/time'
import type { Consumer, Reply } from '../index.ts'
import { GreeterDefinition, plainGreeter } from './greeter.ts'
import type { Program } from './process.ts'

/** What came of calls since the last look: by who answered, and by what went wrong. */
export interface Counts {
  readonly answered: { readonly [instance: string]: number }
  readonly failed: { readonly [what: string]: number }
}

export interface Load {
  /** Counts since the last look. */
  look(): Promise<Counts>
  stop(): Promise<void>
}

/** A Java peer in the role of load. */
export function javaLoad(peer: Program): Load {
  return {
    look: async () => {
      peer.say('count')
      const [, answered = '{}', failed = '{}'] = /^COUNT (\{.*\}) FAILED (\{.*\})$/.exec(await peer.line('COUNT')) ?? []
      return { answered: positive(answered), failed: positive(failed) }
    },
    stop: () => peer.signal('SIGKILL'),
  }
}

/** A key that was counted once is reported for ever, be it with 0. */
function positive(json: string): { readonly [key: string]: number } {
  return Object.fromEntries(Object.entries(JSON.parse(json) as { readonly [key: string]: number }).filter(([, calls]) => calls > 0))
}

const clock = systemClock()
const gapMs = 10
const timeoutMs = 10_000
const count = (counts: { [key: string]: number }, key: string): void => {
  counts[key] = (counts[key] ?? 0) + 1
}

/** Calls one after the other from this process: both protocols, each a method that may be repeated and one that may not. */
export function nodeLoad(consumer: Consumer): Load {
  const triple = consumer.triple(GreeterDefinition, { timeoutMs }).calls
  const plain = consumer.plain(plainGreeter, { timeoutMs }).calls
  const request = { name: 'load', number: 0, blob: Buffer.alloc(0), delayMs: 0 }
  let answered: { [instance: string]: number } = {}
  let failed: { [what: string]: number } = {}
  let isOver = false

  async function repeat(what: string, call: () => Promise<Reply<unknown>>, instanceOf: (value: unknown) => string): Promise<void> {
    while (!isOver) {
      const reply = await call()
      if (reply.kind === 'answered') count(answered, `${what} ${instanceOf(reply.value)}`)
      else count(failed, `${what} ${JSON.stringify(reply)}`)
      await clock.sleep(gapMs)
    }
  }

  const ofTriple = (value: unknown) => (value as { readonly instance: string }).instance
  const ofPlain = (value: unknown) => String(value).split('@')[1] ?? ''
  const loops = [
    repeat('triple', () => triple.greet(request), ofTriple),
    repeat('triple idempotent', () => triple.look(request), ofTriple),
    repeat('plain', () => plain.greet(['load']), ofPlain),
    repeat('plain idempotent', () => plain.look(['load']), ofPlain),
  ]
  return {
    look: () => {
      const counts = { answered, failed }
      answered = {}
      failed = {}
      return Promise.resolve(counts)
    },
    stop: async () => {
      isOver = true
      await Promise.all(loops)
    },
  }
}
