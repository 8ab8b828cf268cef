/** Who asks, after authentication. */
export type ApiUser = {
  readonly username: string
  readonly groups: readonly string[]
  readonly uid?: string
  readonly extra?: Readonly<Record<string, readonly string[]>>
}

/** One request to the API server, its body read but not parsed. */
export type ApiRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's own prefix: `/apis/apps/v1/namespaces/default/deployments/web`. */
  readonly path: string
  readonly query: URLSearchParams
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string | undefined>>
  readonly body: string
  /** What the body would say as JSON, where its sender has it at hand; it is not read then. Nobody may change it. */
  readonly value?: object
  readonly user: ApiUser
  readonly signal?: AbortSignal
}

/** One answer. A watch answers with a stream of lines, each a JSON event with its line feed. */
export type ApiResponse = {
  readonly status: number
  readonly headers: Readonly<Record<string, string | string[]>>
  readonly body: string | AsyncIterable<string>
}
