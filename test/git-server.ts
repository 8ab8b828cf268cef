import { execFile, spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { promisify } from 'node:util'

/** What a test changes of a Git server while it runs. */
export type GitServerOptions = {
  /** The folder whose repositories are served. */
  readonly root: string
  /** `user:password` that every request must carry. */
  readonly credentials?: string
  /** Serves files alone, as an ordinary web server would: neither depth nor filter nor commits by their id. */
  readonly dumb?: boolean
}

/** Real Git over HTTP: `git http-backend` behind an in-process server on 127.0.0.1. */
export type GitServer = AsyncDisposable & {
  readonly url: string
  /** The requests so far: `GET /repo.git/info/refs?service=git-upload-pack`. */
  readonly requests: readonly string[]
  /** The Authorization headers so far. */
  readonly authorizations: readonly (string | undefined)[]
  /** Set to answer every request with a redirect to this base URL. */
  redirectTo: string | undefined
}

/** Serves the repositories below `root`. */
export const startGitServer = async ({ root, credentials, dumb = false }: GitServerOptions): Promise<GitServer> => {
  const requests: string[] = []
  const authorizations: (string | undefined)[] = []
  const server = createServer((request, response) => {
    requests.push(`${request.method} ${request.url}`)
    authorizations.push(request.headers.authorization)
    if (state.redirectTo !== undefined) {
      response.writeHead(301, { location: state.redirectTo + request.url }).end()
    } else if (credentials && request.headers.authorization !== `Basic ${btoa(credentials)}`) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    } else runBackend(root, dumb, request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const state: GitServer = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    authorizations,
    redirectTo: undefined,
    [Symbol.asyncDispose]: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
  return state
}

const runBackend = (root: string, dumb: boolean, request: IncomingMessage, response: ServerResponse): void => {
  const url = new URL(request.url ?? '/', 'http://127.0.0.1')
  const backend = spawn('git', ['http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_VALUE_0: '*',
      GIT_CONFIG_KEY_1: 'uploadpack.allowFilter',
      GIT_CONFIG_VALUE_1: 'true',
      PATH_INFO: url.pathname,
      QUERY_STRING: dumb ? '' : url.search.slice(1),
      REQUEST_METHOD: request.method,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      REMOTE_ADDR: '127.0.0.1',
      ...(request.headers['content-length'] ? { CONTENT_LENGTH: request.headers['content-length'] } : {}),
      ...(request.headers['content-encoding'] ? { HTTP_CONTENT_ENCODING: request.headers['content-encoding'] } : {}),
      ...(request.headers['git-protocol'] ? { GIT_PROTOCOL: String(request.headers['git-protocol']) } : {}),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  request.pipe(backend.stdin)
  backend.stdin.on('error', () => {})
  let head = Buffer.alloc(0)
  backend.stdout.on('data', (chunk: Buffer) => {
    if (response.headersSent) {
      response.write(chunk)
      return
    }
    head = Buffer.concat([head, chunk])
    const end = head.indexOf('\r\n\r\n')
    if (end < 0) return
    const headers = head
      .toString('latin1', 0, end)
      .split('\r\n')
      .map((line) => line.split(': ') as [string, string])
    const status = headers.find(([name]) => name === 'Status')?.[1] ?? '200'
    response.writeHead(Number.parseInt(status, 10), Object.fromEntries(headers.filter(([name]) => name !== 'Status')))
    response.write(head.subarray(end + 4))
  })
  backend.on('close', () => response.end())
}

/** Runs git for a test, with an identity, a fixed time and no configuration of the machine. */
export const runTestGit = async (cwd: string, ...args: readonly string[]): Promise<string> => {
  const { stdout } = await promisify(execFile)('git', args, {
    cwd,
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.com',
      GIT_AUTHOR_DATE: '2026-01-01T00:00:00Z',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.com',
      GIT_COMMITTER_DATE: '2026-01-01T00:00:00Z',
      GIT_ALLOW_PROTOCOL: 'file',
    },
  })
  return stdout.trim()
}
