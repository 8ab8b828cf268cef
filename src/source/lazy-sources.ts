import type { SourceResolver } from './artifact.ts'
import type { SourceDeps, SourceOptions } from './source-deps.ts'

/** Sources that load their code, and open connections, when the first one is fetched: most fleets need none. */
export const createLazySources = (options: SourceOptions, deps: SourceDeps): SourceResolver & AsyncDisposable => {
  let opened: Promise<SourceResolver & AsyncDisposable> | undefined
  const open = async (): Promise<SourceResolver & AsyncDisposable> => {
    const { createSourceResolver } = await import('./source-resolver.ts')
    return createSourceResolver(options, deps)
  }
  const fetch: SourceResolver['fetch'] = async (...args: Parameters<SourceResolver['fetch']>) => {
    opened ??= open()
    return (await opened).fetch(...args) as never
  }
  return { fetch, [Symbol.asyncDispose]: async () => (await opened)?.[Symbol.asyncDispose]() }
}
