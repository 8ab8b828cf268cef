import { request } from 'node:https'

/** A request to an API server. An object as `body` is sent as JSON. */
export type ApiRequest = {
  readonly method: string
  /** Path and query. */
  readonly path: string
  readonly token?: string
  readonly body?: unknown
  /** JSON by default, a JSON merge patch for PATCH. */
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal | undefined
}

/** The status and the body, parsed where it is JSON. Any status is an answer, not an error. */
export type ApiResponse<Body> = { readonly status: number; readonly body: Body }

/** Sends one request on a connection of its own: independent of the product's client, for setting up and judging. */
export const sendApiRequest = <Body>(
  { server, ca }: { readonly server: string; readonly ca: string },
  { method, path, token, body, contentType, headers, signal }: ApiRequest,
): Promise<ApiResponse<Body>> =>
  new Promise((resolve, reject) => {
    const type = contentType ?? (method === 'PATCH' ? 'application/merge-patch+json' : 'application/json')
    const sent = request(
      new URL(path, server),
      {
        method,
        ca,
        agent: false,
        ...(signal && { signal }),
        headers: {
          accept: 'application/json',
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(body !== undefined && { 'content-type': type }),
          ...headers,
        },
      },
      (response) => {
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('error', reject)
        response.on('end', () => {
          const text = Buffer.concat(chunks).toString()
          const isJson = response.headers['content-type']?.includes('json')
          resolve({ status: response.statusCode ?? 0, body: (isJson ? JSON.parse(text) : text) as Body })
        })
      },
    )
    sent.on('error', reject)
    sent.end(body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body))
  })
