import { readFileSync } from 'node:fs'
import { brotliDecompressSync } from 'node:zlib'

/** What a real API server says of itself, taken by `scripts/take-openapi.ts`. */
export type ServerDocuments = {
  /** Paths of the documents that there are: `/version`, `/api` and `/apis` (aggregated discovery), `/openapi/v3/…`. */
  readonly paths: readonly string[]
  /** A document as JSON text; undefined where there is none. */
  readonly read: (path: string) => string | undefined
}

let loaded: ServerDocuments | undefined

/** The documents; unpacked once a process, which takes some 30 ms. */
export const loadServerDocuments = (): ServerDocuments => {
  loaded ??= unpack(brotliDecompressSync(readFileSync(new URL('./generated/server-documents.br', import.meta.url))))
  return loaded
}

const unpack = (content: Buffer): ServerDocuments => {
  const places = new Map<string, readonly [start: number, end: number]>()
  for (let start = 0; start < content.length; ) {
    const end = content.indexOf(10, start)
    const space = content.indexOf(32, start)
    places.set(content.toString('utf8', start, space), [space + 1, end])
    start = end + 1
  }
  return {
    paths: [...places.keys()],
    read: (path) => {
      const place = places.get(path)
      return place && content.toString('utf8', ...place)
    },
  }
}
