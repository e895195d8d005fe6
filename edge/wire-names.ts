/** What the values of a closed list in the contracts are called over HTTP; a value that says nothing has no name. */
export type WireNames<Wire extends string, Name extends string> = { readonly [Value in Wire]: Name | undefined }

/** Throws for a value without a name: a bug, or a service of a later version, never a request. */
export function nameOf<Wire extends string, Name extends string>(names: WireNames<Wire, Name>, value: Wire): Name {
  const name = names[value]
  if (name === undefined) throw new Error(`a service answered with ${value}, which has no name here`)
  return name
}
