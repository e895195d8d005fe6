const { runSeed } = await import(process.cwd() + '/sim/run.ts')
const [from, to] = [Number(process.argv[2]), Number(process.argv[3])]
const reached = new Map(); let steps = 0
const t = Date.now(); let bad = 0
for (let seed = from; seed <= to; seed++) {
  const r = await runSeed(seed)
  steps += r.steps; for (const [k, v] of r.reached) reached.set(k, (reached.get(k) ?? 0) + v)
  if (r.faults.length) { bad++; if (bad <= 8) console.log(seed, r.faults.slice(0, 3)) }
}
console.log('steps', steps/(to-from+1)); console.log('bad', bad, 'ms/seed', (Date.now() - t) / (to - from + 1))
console.log(Object.fromEntries([...reached].sort()))
