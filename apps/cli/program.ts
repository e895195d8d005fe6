import { fileURLToPath } from 'node:url'

/** The file of this program: what it starts as processes of their own are commands of its. */
export const program = fileURLToPath(new URL('./main.ts', import.meta.url))

/** Where the repository is, with a slash at its end. */
export const repository = fileURLToPath(new URL('../../', import.meta.url))
