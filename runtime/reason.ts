/** What went wrong, for a sentence about it. */
export function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
