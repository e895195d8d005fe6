export { createLog, logLevels, silentLog, type Log, type LogLevel } from './log.ts'
export { countedMarks, noMarks, type CountedMarks, type Marks } from './marks.ts'
export { createNews } from './news.ts'
export { newTraceparent, traceparentOr } from './trace.ts'
