import { readFileSync } from 'node:fs'

/** The version of this package. The sources and the packed package stand equally deep in it. */
export const VERSION: string = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')).version
