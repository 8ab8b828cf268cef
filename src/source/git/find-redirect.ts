import type { HttpClient } from '../http-client.ts'

const SUFFIX = '/info/refs'
const MAX_BYTES = 16 * 1024 * 1024

/**
 * Where a repository that answers with a redirect is now: forges redirect to the name with `.git` behind it, and from
 * old names of renamed ones. Every step is checked; git itself follows none.
 */
export const findRedirect = async (
  repository: URL,
  http: HttpClient,
  { signal }: { readonly signal?: AbortSignal | undefined },
): Promise<URL | undefined> => {
  const start = new URL(repository)
  start.pathname = start.pathname.replace(/\/+$/, '') + SUFFIX
  start.search = '?service=git-upload-pack'
  const { url: end } = await http.get(start, { headers: { 'git-protocol': 'version=2' }, maxBytes: MAX_BYTES, signal })
  if (!end.pathname.endsWith(SUFFIX) || end.href === start.href) return undefined
  const found = new URL(end)
  found.pathname = end.pathname.slice(0, -SUFFIX.length)
  found.search = ''
  return found
}
