export { readNodeConfiguration } from './configuration.ts'
export { startNode } from './node.ts'
