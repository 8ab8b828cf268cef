import { createHash } from 'node:crypto'
import { formatBasic, type SourceCredentials } from '../credentials.ts'
import { createSourceError } from '../errors.ts'
import { formatUrl, type HttpAnswer, type HttpClient, type HttpGet } from '../http-client.ts'
import type { OciRepository } from './oci-url.ts'

/** One repository of a registry, read-only. */
export type Registry = {
  /** The bytes of a manifest by tag or digest; undefined where there is none. */
  readonly readManifest: (reference: string, options: Options) => Promise<Buffer | undefined>
  /** A blob, checked against its digest. */
  readonly readBlob: (digest: string, options: Options & { readonly maxBytes: number }) => Promise<Buffer>
  /** All tags; undefined where the repository is not there. */
  readonly listTags: (options: Options) => Promise<readonly string[] | undefined>
}

type Options = { readonly signal?: AbortSignal | undefined }

const MANIFEST_TYPES =
  'application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json'
const MAX_MANIFEST_BYTES = 4 * 1024 * 1024
const MAX_TOKEN_BYTES = 1024 * 1024
const MAX_TAG_PAGES = 100

/** A client of the distribution API for one repository. It answers challenges with a token, or with the credentials. */
export const createRegistry = (
  repository: OciRepository,
  credentials: SourceCredentials | undefined,
  http: HttpClient,
): Registry => {
  const { registry, name } = repository
  const display = `oci://${registry.host}/${name}`
  let authorization: string | undefined

  const get = async (url: URL, options: HttpGet): Promise<HttpAnswer> => {
    const send = (): Promise<HttpAnswer> =>
      http.get(url, {
        ...options,
        authorization: authorization === undefined ? undefined : { origin: registry.origin, value: authorization },
      })
    const answer = await send()
    if (answer.status !== 401 || authorization !== undefined) return assertAccess(answer, display)
    authorization = await answerChallenge(String(answer.headers['www-authenticate'] ?? ''), options)
    return assertAccess(await send(), display)
  }

  const answerChallenge = async (challenge: string, { signal }: Options): Promise<string | undefined> => {
    if (/^basic/i.test(challenge)) return credentials && formatBasic(credentials)
    const { realm, service } = parseChallenge(challenge)
    if (!/^bearer/i.test(challenge) || realm === undefined || !URL.canParse(realm)) return undefined
    const url = new URL(realm)
    if (service !== undefined) url.searchParams.set('service', service)
    // What is asked for is known here; a registry's own words are not repeated to its token server.
    url.searchParams.set('scope', `repository:${name}:pull`)
    const answer = await http.get(url, {
      maxBytes: MAX_TOKEN_BYTES,
      signal,
      authorization: credentials && { origin: url.origin, value: formatBasic(credentials) },
    })
    if (answer.status >= 400) throw toDeniedError(display, answer.status)
    const body = parseJson(answer, display)
    const token = body.token ?? body.access_token
    return typeof token === 'string' ? `Bearer ${token}` : undefined
  }

  return {
    readManifest: async (reference, { signal }) => {
      const url = new URL(`/v2/${name}/manifests/${reference}`, registry)
      const answer = await get(url, { headers: { accept: MANIFEST_TYPES }, maxBytes: MAX_MANIFEST_BYTES, signal })
      if (answer.status >= 400) return undefined
      const told = answer.headers['docker-content-digest']
      if (typeof told === 'string' && told.startsWith('sha256:')) assertDigest(answer.body, told, display)
      return answer.body
    },
    readBlob: async (digest, { maxBytes, signal }) => {
      if (!/^sha256:[0-9a-f]{64}$/.test(digest)) throw toInvalidError(display, `its digest is "${digest}"`)
      const answer = await get(new URL(`/v2/${name}/blobs/${digest}`, registry), { maxBytes, signal })
      if (answer.status >= 400) throw toInvalidError(display, `its content ${digest} is not there`)
      assertDigest(answer.body, digest, display)
      return answer.body
    },
    listTags: async ({ signal }) => {
      const tags: string[] = []
      let url: URL | undefined = new URL(`/v2/${name}/tags/list?n=1000`, registry)
      for (let page = 0; url !== undefined && page < MAX_TAG_PAGES; page++) {
        const answer = await get(url, { maxBytes: MAX_MANIFEST_BYTES, signal })
        if (answer.status >= 400) return undefined
        const body = parseJson(answer, display)
        if (Array.isArray(body.tags)) tags.push(...body.tags.filter((tag) => typeof tag === 'string'))
        url = findNext(answer, registry)
      }
      return tags
    },
  }
}

const parseChallenge = (challenge: string): { readonly realm?: string; readonly service?: string } =>
  Object.fromEntries(
    [...challenge.matchAll(/([a-z_]+)="([^"]*)"/gi)].map(([, key, value]) => [key!.toLowerCase(), value]),
  )

const findNext = ({ url, headers }: HttpAnswer, registry: URL): URL | undefined => {
  const [, target] = /<([^>]+)>;\s*rel="?next"?/.exec(String(headers.link ?? '')) ?? []
  if (target === undefined || !URL.canParse(target, url.href)) return undefined
  const next = new URL(target, url)
  return next.origin === registry.origin ? next : undefined
}

const parseJson = ({ body }: HttpAnswer, display: string): Record<string, unknown> => {
  try {
    const value: unknown = JSON.parse(body.toString())
    if (typeof value === 'object' && value !== null) return value as Record<string, unknown>
  } catch (error) {
    throw toInvalidError(display, 'its answer is not JSON', error)
  }
  throw toInvalidError(display, 'its answer is not an object')
}

const assertAccess = (answer: HttpAnswer, display: string): HttpAnswer => {
  if (answer.status === 401 || answer.status === 403) throw toDeniedError(display, answer.status)
  if (answer.status === 400) throw toInvalidError(display, `${formatUrl(answer.url)} answers 400`)
  return answer
}

const assertDigest = (content: Buffer, digest: string, display: string): void => {
  if (`sha256:${createHash('sha256').update(content).digest('hex')}` === digest) return
  throw createSourceError('SOURCE_DIGEST_MISMATCH', `${display} gave content that is not ${digest}`, {
    subject: display,
    hint: 'the content was damaged on its way: try again, or ask whoever runs the registry',
  })
}

const toDeniedError = (display: string, status: number) =>
  createSourceError('SOURCE_UNAUTHORIZED', `${display} refuses access (${status})`, {
    subject: display,
    hint: 'check the repository’s `credentials`; registries answer so for what is not there, too',
  })

const toInvalidError = (display: string, reason: string, cause?: unknown) =>
  createSourceError('SOURCE_INVALID', `${display} cannot be read: ${reason}`, { subject: display, cause })
