import { JavaObject, NotBegun, ServiceError, plainInterface, type PlainImplementation, type StatusName, type TripleImplementation } from '../index.ts'
import type { GreeterDefinition } from './generated/greeter.ts'

export { GreeterDefinition } from './generated/greeter.ts'

/** What the Java peer provides and calls over `dubbo://`, see java/src/main/java/example/plain/PlainGreeter.java. */
export const plainGreeter = plainInterface({
  name: 'example.plain.PlainGreeter',
  methods: {
    greet: { parameters: ['String'], result: 'String' },
    look: { parameters: ['String'], result: 'String', idempotent: true },
    /** Answers with what it was given, so that both codecs are crossed twice. */
    echo: { parameters: ['Object'], result: 'Object' },
    describe: { parameters: ['Object'], result: 'String' },
    add: { parameters: ['int', 'int'], result: 'int' },
    addLong: { parameters: ['long', 'long'], result: 'long' },
    half: { parameters: ['double'], result: 'double' },
    boxed: { parameters: ['Integer', 'Long', 'Double', 'Boolean'], result: 'List' },
    negate: { parameters: ['boolean'], result: 'boolean' },
    reverse: { parameters: ['byte[]'], result: 'byte[]' },
    nextDay: { parameters: ['Date'], result: 'Date' },
    merge: { parameters: ['Map', 'List'], result: 'Map' },
    rename: { parameters: ['example.plain.Person', 'String'], result: 'example.plain.Person' },
    sleep: { parameters: ['long'], result: 'void' },
    fail: { parameters: ['String'], result: 'void' },
  },
})

const dayMs = 86_400_000

/** `instance` is told in greetings, so that a test sees who answered. */
export function plainGreeterImplementation(instance: string, onCall: () => void = () => {}): PlainImplementation<typeof plainGreeter> {
  const greeting = (name: string | null): string => {
    onCall()
    return `hello:${name}@${instance}`
  }
  return {
    greet: (name, context) => {
      const { traveller } = context.attachments
      if (traveller !== undefined) context.attach('returned', traveller)
      return greeting(name)
    },
    look: greeting,
    echo: (value) => value,
    describe: (value) => JSON.stringify(value, (_, inner: unknown) => (typeof inner === 'bigint' ? inner.toString() : inner)),
    add: (a, b) => a + b,
    addLong: (a, b) => BigInt(a) + BigInt(b),
    half: (value) => value / 2,
    boxed: (...given) => given.slice(0, 4).map((value) => (typeof value === 'object' ? null : value)),
    negate: (value) => !value,
    reverse: (bytes) => bytes?.toReversed() ?? null,
    nextDay: (date) => (date === null ? null : new Date(date.getTime() + dayMs)),
    merge: (map, list) => ({ ...(map as object), list: list ?? [] }),
    rename: (person, name) => (person === null ? null : new JavaObject(person.className, { ...person.fields, name })),
    sleep: async (delayMs) => {
      await new Promise((resolve) => setTimeout(resolve, Number(delayMs)))
      onCall()
      return undefined
    },
    fail: (message) => {
      if (message === 'bug') throw new Error('what no caller shall see')
      if (message === 'busy') throw new NotBegun('busy')
      throw new ServiceError(message ?? '', { javaClass: 'java.lang.IllegalArgumentException' })
    },
  }
}

export function greeterImplementation(instance: string, onCall: () => void = () => {}): TripleImplementation<typeof GreeterDefinition> {
  const greet: TripleImplementation<typeof GreeterDefinition>['greet'] = async ({ name, number, blob, delayMs }, context) => {
    if (delayMs > 0) await new Promise((resolve) => setTimeout(resolve, delayMs))
    onCall()
    const { traveller } = context.attachments
    if (traveller !== undefined) context.attach('returned', traveller)
    return { message: `hello:${name}`, number, blob, instance }
  }
  return {
    greet,
    look: greet,
    fail: ({ status, message }) => {
      if (message === 'bug') throw new Error('what no caller shall see')
      if (message === 'busy') throw new NotBegun('busy')
      throw new ServiceError(message, { status: statusNames[status] ?? 'UNKNOWN' })
    },
  }
}

const statusNames: { readonly [code: number]: StatusName } = { 3: 'INVALID_ARGUMENT', 5: 'NOT_FOUND', 9: 'FAILED_PRECONDITION' }
