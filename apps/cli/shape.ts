/** What a body has, by name, if it is what was asked for. `list`: of objects. */
export type Shape = Readonly<Record<string, 'list' | 'string' | 'number' | 'boolean'>>

/** Whether a body says what somebody is about to read from it; what else there is in it is nobody's business. */
export function hasShape(body: unknown, shape: Shape): boolean {
  if (!isObject(body)) return false
  return Object.entries(shape).every(([name, kind]) => {
    const value: unknown = Reflect.get(body, name)
    return kind === 'list' ? Array.isArray(value) && value.every(isObject) : typeof value === kind
  })
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}
