export interface Destination {
  readonly topic: string
  readonly tag?: string
}

const namePattern = /^[%\w-]{1,127}$/

/** `topic` or `topic:tag`, as Spring's template has it. Throws a `TypeError` that says what is wrong with it. */
export function parseDestination(destination: string): Destination {
  const [topic = '', tag, ...rest] = destination.split(':')
  checkName('topic', topic)
  if (tag === undefined) return { topic }
  if (rest.length > 0 || !/^[^\s|:]+$/.test(tag)) throw new TypeError(`the tag of "${destination}" must be one word without blanks, ":" and "|"`)
  return { topic, tag }
}

/** Topics and groups: letters, digits, `_`, `-`, and the `%` of dead letters; the broker refuses anything else, dots too. */
export function checkName(what: 'topic' | 'group', name: string): void {
  if (!namePattern.test(name)) throw new TypeError(`the ${what} "${name}" must be 1 to 127 letters, digits, "_" and "-" (no dots)`)
}
