import { openSqliteStore } from '@suanpan/runtime/store'
import type { Clock } from '@suanpan/runtime/time'
import { applyChanges, emptyPlatform, virtualNow, type Change, type Decision, type Platform, type Row } from './machine/index.ts'

/** The platforms' memory: everything they know in one place, and on disk before anybody is told. */
export interface Ledger {
  /** To be read; written by `run` only. */
  readonly platform: Platform
  /** The platforms' time: the machine's, sped up and put forward. */
  now(): number
  /** Decides on everything that was decided before, and answers once that is durable. */
  run<Answer>(decide: (platform: Platform, now: number) => Decision<Answer>): Promise<Answer>
  /** Called after each change. */
  onChange(listener: () => void): void
  close(): Promise<void>
}

const schema = new URL('./schema/', import.meta.url)

const upsert = 'INSERT INTO platform_row (row_key, content) VALUES ($1, $2) ON CONFLICT (row_key) DO UPDATE SET content = excluded.content'
const remove = 'DELETE FROM platform_row WHERE row_key = $1'
const rowKey = ({ kind, key }: Row) => `${kind}:${key}`

/** Opens the memory of earlier runs, or a new one. Throws `StoreRefused` for a file that is damaged or not ours. */
export async function openLedger({ file, clock }: { readonly file: string; readonly clock: Clock }): Promise<Ledger> {
  const store = openSqliteStore({ name: 'sandbox', file, clock, schemas: [schema] })
  const platform = emptyPlatform()
  const rows = await store.read.query('SELECT content FROM platform_row ORDER BY position', [])
  applyChanges(
    platform,
    rows.map(({ content }) => ({ put: JSON.parse(String(content)) as Row })),
  )
  let listener = (): void => {}
  let failure: Error | undefined
  let written = Promise.resolve()

  async function keep(changes: readonly Change[]): Promise<void> {
    try {
      await store.transact(async (tx) => {
        for (const change of changes) {
          if ('drop' in change) tx.execute(remove, [rowKey(change.drop)])
          else tx.execute(upsert, [rowKey(change.put), JSON.stringify(change.put)])
        }
      })
    } catch (error) {
      failure = new Error('the sandbox could not write its state, and answers nothing any more: mend that, and start it again', { cause: error })
      throw failure
    }
  }

  const now = () => virtualNow(platform.desk.clock, clock.now())
  return {
    platform,
    now,
    async run(decide) {
      // What it knows and what is on disk have parted.
      if (failure !== undefined) throw failure
      const { answer, changes } = decide(platform, now())
      if (changes.length === 0) {
        // It may tell of what was decided a moment ago.
        await written
        return answer
      }
      // What is decided next sees it already; it is written behind this, so it is never durable without this.
      applyChanges(platform, changes)
      written = keep(changes)
      await written
      listener()
      return answer
    },
    onChange: (added) => {
      listener = added
    },
    close: () => store.close(),
  }
}
