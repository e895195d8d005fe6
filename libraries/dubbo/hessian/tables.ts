import type { HessianValue } from './values.ts'

export interface ObjectShape {
  readonly className: string
  readonly fields: readonly string[]
}

/** What a body refers back to by number: containers, type names, classes. A wrong number ends in `refuse`. */
export interface Tables {
  /** Lists, maps and objects are numbered when they begin, so that they can hold themselves. */
  addReference(container: HessianValue): number
  /** The container turns out to be another; wrong if something inside has referred to it already. */
  replaceReference(index: number, container: HessianValue): void
  referenceAt(index: number): HessianValue
  addType(): void
  knownType(index: number | undefined): void
  addClass(shape: ObjectShape): void
  classAt(index: number): ObjectShape
}

export function createTables(refuse: (what: string) => never): Tables {
  const references: HessianValue[] = []
  const referredTo = new Set<number>()
  const classes: ObjectShape[] = []
  let typeCount = 0

  return {
    addReference: (container) => references.push(container) - 1,
    replaceReference: (index, container) => {
      if (referredTo.has(index)) refuse('a map that holds itself and has keys of several types')
      references[index] = container
    },
    referenceAt: (index) => {
      const container = references[index]
      if (container === undefined) return refuse(`there is no value ${index} to refer to`)
      referredTo.add(index)
      return container
    },
    addType: () => void typeCount++,
    knownType: (index) => {
      if (index === undefined || index < 0 || index >= typeCount) refuse(`there is no type ${index ?? 'of that name'}`)
    },
    addClass: (shape) => void classes.push(shape),
    classAt: (index) => classes[index] ?? refuse(`there is no class ${index}`),
  }
}
