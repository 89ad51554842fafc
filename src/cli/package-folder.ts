import { fileURLToPath } from 'node:url'

/** The folder of this package: two folders above both this file and its build. */
export const packageFolder: string = fileURLToPath(new URL('../../', import.meta.url))
