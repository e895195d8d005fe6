import { writeWhole } from '@suanpan/runtime/files'
import { join } from 'node:path'
import type { ClusterProcess } from './processes.ts'

/** As Prometheus reads them from a file (`file_sd_configs`). */
export interface ScrapeTarget {
  readonly targets: readonly string[]
  readonly labels: { readonly process: string }
}

/** Where each process tells its measurements: on its operators' port, which is another one after each start, and a system on its own, too. */
export function scrapeTargets(processes: readonly Pick<ClusterProcess, 'name' | 'port' | 'operationsPort'>[]): ScrapeTarget[] {
  return processes.flatMap(({ name, port, operationsPort }) =>
    operationsPort === undefined
      ? []
      : [{ targets: [operationsPort, ...(port === undefined ? [] : [port])].map((each) => `127.0.0.1:${each}`), labels: { process: name } }],
  )
}

/** Keeps the file of targets as things are now. */
export function writeTargets(dataDir: string, processes: readonly ClusterProcess[]): void {
  writeWhole(join(dataDir, 'metrics-targets.json'), `${JSON.stringify(scrapeTargets(processes), null, 2)}\n`)
}
