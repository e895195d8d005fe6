import type { CallContext } from '../call.ts'
import type { HessianValue } from '../hessian/index.ts'
import type { ServiceKey } from '../registry/url.ts'
import type { ArgumentsOf, PlainInterface, PlainMethod, ResultOf } from './plain-interface.ts'

type Handler<Method extends PlainMethod> = (...given: [...ArgumentsOf<Method>, CallContext]) => Promise<ResultOf<Method>> | ResultOf<Method>

/** A function for every method: the arguments, then the call's context. */
export type PlainImplementation<Interface extends PlainInterface> = {
  readonly [Method in keyof Interface['methods']]: Handler<Interface['methods'][Method]>
}

export interface ProvidedPlainMethod {
  readonly declared: PlainMethod
  readonly handle: (given: readonly HessianValue[], context: CallContext) => Promise<HessianValue>
}

/** An implementation as the dispatcher needs it. */
export interface PlainService {
  readonly key: ServiceKey
  readonly methods: ReadonlyMap<string, ProvidedPlainMethod>
}

export function plainService<Interface extends PlainInterface>(
  declared: Interface,
  implementation: PlainImplementation<Interface>,
  { group, version }: { readonly group: string; readonly version: string },
): PlainService {
  const methods = Object.entries(declared.methods).map(([name, method]): [string, ProvidedPlainMethod] => {
    const handler = implementation[name] as unknown as (...given: readonly unknown[]) => Promise<HessianValue> | HessianValue
    return [name, { declared: method, handle: async (given, context) => handler(...given, context) }]
  })
  return { key: { interface: declared.name, group, version }, methods: new Map(methods) }
}
