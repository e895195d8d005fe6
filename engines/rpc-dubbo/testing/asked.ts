/** What the calls of these tests say, as JSON in an echo. */
export interface Asked {
  /** Unlike any other's: a provider tells by it what it has begun. */
  readonly id: string
  readonly waitMs: number
  /** Asks a process one further, with what is left of the deadline. */
  readonly further: boolean
}

export interface Told {
  readonly by: string
  /** Of the deadline, when the call began. */
  readonly leftMs: number
  readonly traceparent: string | undefined
  /** What a process one further told, if it was asked. */
  readonly further: Told | undefined
}

/** The instance of the echo that is one further. */
export const further = 'further'
