export { buildJava, startJava } from './java.ts'
export { startProgram, type Program } from './process.ts'
export { startZooKeepers, type ZooKeepers } from './zookeepers.ts'
