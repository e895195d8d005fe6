export { delivered } from './delivered.ts'
