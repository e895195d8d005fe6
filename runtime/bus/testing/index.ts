export { delivered } from './delivered.ts'
export { aWhile, busConformance, letter, mailbox, publish, publisher, retryDelaysMs, until } from './conformance/index.ts'
