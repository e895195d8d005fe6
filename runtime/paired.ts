/** Each with what was answered to it, in order. Throws where there are more or fewer answers. */
export function paired<Asked, Answer>(asked: readonly Asked[], answers: readonly Answer[]): [Asked, Answer][] {
  if (asked.length !== answers.length) throw new Error(`${asked.length} were asked about, and ${answers.length} answered`)
  return asked.map((each, index) => [each, answers[index] as Answer])
}
