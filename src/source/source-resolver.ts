import type { Artifact, SourceReference, SourceResolver } from './artifact.ts'
import { createChartSource } from './chart-source.ts'
import { createChartStore } from './chart-store.ts'
import { createGitSource } from './git/git-source.ts'
import { createHelmOrigin } from './helm/helm-origin.ts'
import { createHttpClient } from './http-client.ts'
import { createOciOrigin } from './oci/oci-origin.ts'
import type { SourceDeps, SourceOptions } from './source-deps.ts'
import { createUrlGuard } from './url-guard.ts'

const REFRESH_MS = 60_000

/** Fetches sources of every kind into one cache. Dispose of it to close its connections. */
export const createSourceResolver = (options: SourceOptions, deps: SourceDeps): SourceResolver & AsyncDisposable => {
  const { cacheDir, refreshMs = REFRESH_MS } = options
  const guard = createUrlGuard(options.allowPrivate)
  const http = createHttpClient({ ...deps, guard })
  const oci = createOciOrigin({ refreshMs }, { ...deps, http })
  const helm = createHelmOrigin({ cacheDir, refreshMs }, { ...deps, http, downloadOci: oci.downloadUrl })
  const fetchGit = createGitSource(options, { ...deps, guard, http })
  const fetchChart = createChartSource(
    ({ repository }) => (repository.url.startsWith('oci://') ? oci : helm),
    createChartStore(cacheDir),
    options,
  )
  const fetch = (reference: SourceReference, fetchOptions?: { signal?: AbortSignal }): Promise<Artifact> =>
    reference.type === 'git' ? fetchGit(reference, fetchOptions) : fetchChart(reference, fetchOptions)
  return { fetch: fetch as SourceResolver['fetch'], [Symbol.asyncDispose]: () => http[Symbol.asyncDispose]() }
}
