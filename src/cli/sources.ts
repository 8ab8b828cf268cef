import type { SourceResolver } from '../source/artifact.ts'
import type { FleetOptions } from './options.ts'
import type { World } from './world.ts'

/** Sources that load their code, and open connections, when the first one is fetched: most fleets need none. */
export const createLazySources = (
  { cacheDir, offline, allowPrivate }: FleetOptions & { readonly cacheDir: string },
  { clock, env }: World,
): SourceResolver & AsyncDisposable => {
  let opened: Promise<SourceResolver & AsyncDisposable> | undefined
  const open = async (): Promise<SourceResolver & AsyncDisposable> => {
    const { createSourceResolver } = await import('../source/source-resolver.ts')
    return createSourceResolver(
      { cacheDir, ...(offline ? { offline } : {}), ...(allowPrivate ? { allowPrivate } : {}) },
      { clock, env },
    )
  }
  const fetch: SourceResolver['fetch'] = async (...args: Parameters<SourceResolver['fetch']>) => {
    opened ??= open()
    return (await opened).fetch(...args) as never
  }
  return { fetch, [Symbol.asyncDispose]: async () => (await opened)?.[Symbol.asyncDispose]() }
}
