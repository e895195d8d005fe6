export { startJava } from './java.ts'
export { cpuMs, measureCalls } from './measure.ts'
export { startProgram, type Program } from './process.ts'
