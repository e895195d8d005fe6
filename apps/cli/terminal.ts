import { styleText } from 'node:util'

export type Style = 'bold' | 'dim' | 'red' | 'green' | 'yellow'

/** Where a command speaks. Results go to the output, everything else (progress, complaints) beside it. */
export interface Terminal {
  print(line: string): void
  complain(line: string): void
  /** Replaces the line that says what is going on; nothing where nobody watches. An empty line takes it away. */
  progress(line: string): void
  /** Colours, where the output is a terminal and `NO_COLOR` is not set. */
  paint(style: Style, text: string): string
}

export function processTerminal(): Terminal {
  const { stdout, stderr } = process
  const clearLine = '\r\u001B[2K'
  // Whoever reads the output has enough, as `| head` does: nothing is left to say.
  stdout.on('error', () => process.exit())
  return {
    print: (line) => void stdout.write(`${line}\n`),
    complain: (line) => void stderr.write(`${line}\n`),
    progress: (line) => {
      // One column short, so that no terminal wraps the line.
      if (stderr.isTTY) stderr.write(clearLine + line.slice(0, stderr.columns - 1))
    },
    paint: (style, text) => styleText(style, text, { stream: stdout }),
  }
}

/** Columns as wide as their widest cell; numbers should come as text, and align right where `right` says so. */
export function formatTable(rows: readonly (readonly string[])[], right: readonly boolean[] = []): string[] {
  const widths = rows.reduce<number[]>((widest, row) => row.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)), [])
  return rows.map((row) =>
    row
      .map((cell, column) => (right[column] === true ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  )
}

/** Lines of at most so many columns, broken between words. */
export function wrapped(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && line.length + 1 + word.length > columns) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line]
}

export const formatCount = (count: number): string => Math.round(count).toLocaleString('en-US')

/** Three digits that matter: `0.42 ms`, `12.3 ms`, `1,234 ms`. */
export function formatMs(milliseconds: number): string {
  const decimals = milliseconds < 10 ? 2 : milliseconds < 100 ? 1 : 0
  return `${milliseconds.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals })} ms`
}

/** `¥1,234.56`. */
export function formatYuan(fen: number): string {
  return `¥${(fen / 100).toLocaleString('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 })}`
}
