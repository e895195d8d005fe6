/** A function's place and its own length: what is nested inside as a function of its own is not counted twice. */
export interface FunctionLength {
  readonly line: number
  readonly ownLines: number
}

interface OpenFunction {
  readonly indent: number
  readonly line: number
  nestedLines: number
}

const opensFunction = /(\bfunction\b.*|=> *|^\s*\).*|^\s*(?!if\b|for\b|while\b|switch\b|catch\b|do\b|else\b|try\b)\w[\w\s]*\(.*\)(: [^=]+)?) ?\{$/
const indentOf = (line: string) => line.length - line.trimStart().length

/**
 * Reads by indentation, which the code style makes reliable: a function ends at the first line as far left as the one
 * that opened it which begins with a closing brace.
 */
export function functionLengths(lines: readonly string[]): FunctionLength[] {
  const open: OpenFunction[] = []
  const found: FunctionLength[] = []
  for (const [index, line] of lines.entries()) {
    const innermost = open.at(-1)
    if (innermost !== undefined && /^\s*\}/.test(line) && indentOf(line) === innermost.indent) {
      const allLines = index - innermost.line + 2
      found.push({ line: innermost.line, ownLines: allLines - innermost.nestedLines })
      open.pop()
      const outer = open.at(-1)
      if (outer !== undefined) outer.nestedLines += allLines
    }
    if (opensFunction.test(line)) open.push({ indent: indentOf(line), line: index + 1, nestedLines: 0 })
  }
  return found
}
