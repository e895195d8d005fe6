// Adds a golden encoding for every message that has none yet. Those that exist stay as they are: they are released.
import { execFileSync } from 'node:child_process'
import { codecs } from './codecs.ts'
import { readGoldens, writeGoldens } from './files.ts'
import { createSampler, type FileDescriptor } from './sample.ts'

const contractsFolder = new URL('..', import.meta.url)
const descriptors = execFileSync('npx', ['buf', 'build', '--output', '-#format=json'], { cwd: contractsFolder, encoding: 'utf8' })
const sample = createSampler((JSON.parse(descriptors) as { file: FileDescriptor[] }).file)

const goldens = readGoldens()
for (const [fullName, codec] of codecs) {
  if (goldens[fullName] !== undefined) continue
  const value = sample(fullName)
  goldens[fullName] = { hex: Buffer.from(codec.encode(value).finish()).toString('hex'), value }
}
writeGoldens(goldens)
