import type { ApiRequest, ApiResponse } from '../api.ts'
import { respondNoSuchPath, respondText } from './respond.ts'
import type { Backend } from './scope.ts'

/** Answers a request that is not about objects. */
export const handleOther = (_backend: Backend, path: string, request: ApiRequest): ApiResponse => {
  const [, endpoint] = /^\/(healthz|livez|readyz)(?:\/|$)/.exec(path) ?? []
  if (endpoint) return respondText(200, request.query.has('verbose') ? `[+]ping ok\n${endpoint} check passed\n` : 'ok')
  if (path === '/version' || path === '/version/') return respondVersion()
  return respondNoSuchPath()
}

const VERSION = {
  major: '1',
  minor: '36',
  emulationMajor: '1',
  emulationMinor: '36',
  minCompatibilityMajor: '1',
  minCompatibilityMinor: '35',
  gitVersion: 'v1.36.3',
  gitCommit: '',
  gitTreeState: '',
  buildDate: '1970-01-01T00:00:00Z',
  goVersion: '',
  compiler: 'gc',
  platform: 'linux/amd64',
}

const respondVersion = (): ApiResponse => ({
  status: 200,
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify(VERSION, undefined, 2),
})
