import type { Codec } from '../port.ts'

/** A text, as bytes: a codec without generated code. */
const text: Codec<string> = {
  encode: (message) => ({ finish: () => new TextEncoder().encode(message) }),
  decode: (bytes) => {
    const decoded = new TextDecoder().decode(bytes)
    if (decoded === 'cannot be read') throw new Error(decoded)
    return decoded
  },
}

export const echo = { fullName: 'test.Echo', methods: { say: { name: 'Say', requestType: text, responseType: text } } } as const

/** How many calls an engine under test takes at once. */
export const maxCalls = 3
