/**
 * A consumer's shutdown waits for the poll under way, which the proxy holds for up to 20 s. The shortest that it allows
 * is 5 s, and costs an idle consumer one more empty answer every five seconds.
 */
export const longestPollMs = 5_000
