import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath, pathToFileURL } from 'node:url'

/** A message type of any contract, for code that treats them all alike. */
export interface AnyCodec {
  encode(message: unknown): { finish(): Uint8Array }
  decode(bytes: Uint8Array): unknown
}

interface GeneratedModule {
  readonly protobufPackage: string
  readonly [exported: string]: unknown
}

const isCodec = (exported: unknown): exported is AnyCodec => typeof exported === 'object' && exported !== null && 'encode' in exported && 'decode' in exported

async function codecsOf(path: string): Promise<[string, AnyCodec][]> {
  const generated = (await import(pathToFileURL(path).href)) as GeneratedModule
  return Object.entries(generated).flatMap(([name, exported]): [string, AnyCodec][] =>
    isCodec(exported) ? [[`${generated.protobufPackage}.${name}`, exported]] : [],
  )
}

const generatedFiles = readdirSync(fileURLToPath(new URL('../generated', import.meta.url)), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile())
  .map((entry) => join(entry.parentPath, entry.name))

/** Every message type of every contract by its full name, `suanpan.order.v1.PlaceRequest`. */
export const codecs: ReadonlyMap<string, AnyCodec> = new Map((await Promise.all(generatedFiles.map(codecsOf))).flat())
