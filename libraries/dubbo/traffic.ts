/** Calls under way at a provider, and how many it takes. */
export interface Traffic {
  /** Undefined if there are too many already: the call must be refused before it begins. */
  begin(): { end(): void } | undefined
  /** Told of a handler that threw anything but a ServiceError: a bug, or something it stands on is away. */
  readonly onError: (method: string, error: unknown) => void
  readonly callsUnderWay: number
}

export function createTraffic(maxCalls: number, onError: Traffic['onError']): Traffic {
  let callsUnderWay = 0
  const work = { end: () => void callsUnderWay-- }
  return {
    begin: () => {
      if (callsUnderWay >= maxCalls) return undefined
      callsUnderWay++
      return work
    },
    onError,
    get callsUnderWay() {
      return callsUnderWay
    },
  }
}
