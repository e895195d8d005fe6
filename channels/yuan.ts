/**
 * Yuan as platforms write it (`12.30`) and fen as everything else here counts: the one place where they meet. By text,
 * never by a float: `0.29 * 100` is 28.999999999999996.
 */
const yuanPattern = /^(\d{1,11})(?:\.(\d{1,2}))?$/

/** Fen of `12.30`, `12.3` or `12`; undefined if the text is anything else (a sign, a third decimal, an exponent, blanks). */
export function fenOfYuan(text: string): number | undefined {
  const [, yuan, decimals = ''] = yuanPattern.exec(text) ?? []
  return yuan === undefined ? undefined : Number(yuan) * 100 + Number(decimals.padEnd(2, '0'))
}

/** `12.30` of 1230. `fen` is an integer from 0 on. */
export function yuanOfFen(fen: number): string {
  const digits = String(fen).padStart(3, '0')
  return `${digits.slice(0, -2)}.${digits.slice(-2)}`
}
