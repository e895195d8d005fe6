import type { Transaction } from './port.ts'
import { putRows } from './put.ts'
import type { Table } from './table.ts'

/** What one decision changed: rows in it replace what was loaded. */
export interface Change<Guard, Book, Outcome> {
  readonly outcome: Outcome
  readonly guard?: Guard
  readonly books?: readonly Book[]
}

export interface InTurn<Guard, Book, Request, Outcome> {
  /** One row per request key, ever: what was done for it. */
  readonly guards: Table<Guard>
  /** The rows that requests share. They are there already: decisions change them, and make none. */
  readonly books: Table<Book>
  readonly requests: readonly Request[]
  readonly guardKey: (request: Request) => string
  /** Which shared rows this request may touch. */
  readonly bookKeys: (request: Request, guard: Guard | undefined) => readonly string[]
  readonly decide: (request: Request, guard: Guard | undefined, books: ReadonlyMap<string, Book>) => Change<Guard, Book, Outcome>
}

/**
 * Loads the rows that a batch of requests touches, decides one request after the other on the running rows, and writes
 * each changed row once: a hundred requests for one hot row are one update.
 *
 * Guard rows are locked before shared rows, everywhere, so that no two transactions wait for each other in a circle.
 */
export async function decideInTurn<Guard, Book, Request, Outcome>(tx: Transaction, inTurn: InTurn<Guard, Book, Request, Outcome>): Promise<Outcome[]> {
  const { guards, books, requests, guardKey, bookKeys, decide } = inTurn
  const guardOf = await tx.lock(guards, requests.map(guardKey))
  const stored = new Set(guardOf.keys())
  const bookOf = await tx.lock(
    books,
    requests.flatMap((request) => bookKeys(request, guardOf.get(guardKey(request)))),
  )
  const changedGuards = new Map<string, Guard>()
  const changedBooks = new Map<string, Book>()
  const outcomes = requests.map((request) => {
    const key = guardKey(request)
    const change = decide(request, guardOf.get(key), bookOf)
    for (const row of change.books ?? []) {
      bookOf.set(books.keyOf(row), row)
      changedBooks.set(books.keyOf(row), row)
    }
    if (change.guard !== undefined) {
      guardOf.set(key, change.guard)
      changedGuards.set(key, change.guard)
    }
    return change.outcome
  })
  putRows(tx, guards, [...changedGuards.values()], stored)
  tx.update(books, [...changedBooks.values()])
  return outcomes
}
