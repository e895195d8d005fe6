export { readNodeConfiguration } from './configuration.ts'
export type { NodeNews } from './news.ts'
export { startNode } from './node.ts'
