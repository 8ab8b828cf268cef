import { expect, test } from 'vitest'
import type { ResolvedCluster, ResolvedProvider } from '../../fleet/resolved.ts'
import { pickProvider } from '../provider.ts'
import { createExistingProvider } from './existing-provider.ts'

const toKubeconfig = (server: string): string =>
  JSON.stringify({
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: ['main', 'other'].map((name) => ({ name, context: { cluster: 'c', user: 'u' } })),
    'current-context': 'main',
  })

const FILES: Readonly<Record<string, string>> = {
  '/default': toKubeconfig('https://default'),
  '/home/ana/own': toKubeconfig('https://home'),
  '/fleet/keys/own': toKubeconfig('https://fleet'),
}

const provider = createExistingProvider(
  { fleetFolder: '/fleet', home: '/home/ana', kubeconfigs: ['/default'], allowExec: [] },
  {
    clock: { now: () => new Date(0), sleep: async () => undefined },
    env: {},
    readFile: async (path) => Buffer.from(FILES[path] ?? ''),
  },
)

const toCluster = (spec: ResolvedProvider): ResolvedCluster => ({
  name: 'prod',
  labels: {},
  provider: spec,
  shape: {},
  components: [],
  origin: { file: 'clusters/prod.yaml', line: 3 },
})

const openServer = async (kubeconfig: { path?: string; context?: string }): Promise<string> =>
  (await provider.openAccess(toCluster({ type: 'existing', kubeconfig }))).server

test('a kubeconfig is looked for in the fleet, at home, or where kubectl would', async () => {
  expect(await openServer({})).toBe('https://default')
  expect(await openServer({ path: 'keys/own', context: 'other' })).toBe('https://fleet')
  expect(await openServer({ path: '~/own' })).toBe('https://home')
})

test('a context that is not there is an error', async () => {
  await expect(openServer({ context: 'mian' })).rejects.toMatchObject({ code: 'KUBECONFIG_CONTEXT_NOT_FOUND' })
})

test('a provider that is not brought along is an error that names those that are', () => {
  expect(pickProvider([provider], toCluster({ type: 'existing', kubeconfig: {} }))).toBe(provider)
  expect(() => pickProvider([provider], toCluster({ type: 'agent' }))).toThrow(
    expect.objectContaining({ code: 'PROVIDER_UNSUPPORTED', hint: 'use one of: existing' }),
  )
})
