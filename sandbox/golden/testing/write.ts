// Writes the golden vectors anew. Only for a change of the protocol that is meant: the test says what would change.
import { systemClock, systemRandom } from '@suanpan/runtime/time'
import { existsSync, writeFileSync } from 'node:fs'
import { makeKeys } from '../../keys/keys.ts'

const file = (name: string) => new URL(`../${name}`, import.meta.url)
const write = (name: string, content: object) => writeFileSync(file(name), `${JSON.stringify(content, null, 2)}\n`)

// Once made they stay: every vector hangs on them.
if (!existsSync(file('keys.json'))) write('keys.json', await makeKeys(systemClock(), systemRandom))
const { vectors } = await import('./vectors.ts')
write('vectors.json', vectors())
