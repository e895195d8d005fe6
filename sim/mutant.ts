/**
 * Runs seeds on the real code with one guard taken away: `node sim/mutant.ts <name of the mutation>`. Prints the first
 * seed that notices for the right reason, as JSON.
 */
import { registerHooks } from 'node:module'
import { fileURLToPath } from 'node:url'
import { mutations } from './mutations.ts'

/** A guard whose removal is not noticed by then counts as not guarded by the simulator. */
const maxSeeds = 400

const wanted = process.argv[2]
const mutation = mutations.find(({ name }) => name === wanted)
if (mutation === undefined) throw new Error(`there is no mutation "${wanted ?? ''}"`)
const { file, find, replace, noticedAs, firstSeed = 1 } = mutation
const neverHandled = /still tried again|dead_letters/
const path = fileURLToPath(new URL(`../${file}`, import.meta.url))

function text(source: string | ArrayBuffer | NodeJS.TypedArray | undefined): string {
  return typeof source === 'string' ? source : new TextDecoder().decode(source)
}

registerHooks({
  load: (url, context, nextLoad) => {
    const loaded = nextLoad(url, context)
    if (!url.startsWith('file:') || fileURLToPath(url) !== path) return loaded
    return { ...loaded, source: text(loaded.source).replace(find, () => replace) }
  },
})

const { runSeed } = await import('./run.ts')
let noticed: { seed: number; fault: string } | undefined
for (let run = 0; run <= maxSeeds && noticed === undefined; run++) {
  const seed = run === 0 ? firstSeed : run
  const { faults } = await runSeed(seed)
  const fault = faults.find((each) => noticedAs?.test(each) ?? !neverHandled.test(each))
  if (fault !== undefined) noticed = { seed, fault }
}
process.stdout.write(JSON.stringify(noticed ?? null))
