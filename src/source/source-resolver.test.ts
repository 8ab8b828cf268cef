import { join } from 'node:path'
import { expect, test } from 'vitest'
import { createSourceResolver } from './source-resolver.ts'
import { computeSha256, packChart } from './testing/chart.ts'
import { startRegistryServer } from './testing/registry-server.ts'
import { commitFiles, createTestDeps, createTestFolder } from './testing/world.ts'

test('fetches every kind of source into one cache', async () => {
  await using folder = await createTestFolder()
  const content = await packChart('web', '1.0.0')
  await using registry = await startRegistryServer({ charts: { web: { '1.0.0': { content } } } })
  const commit = await commitFiles(join(folder.path, 'app'), { 'deploy/a.yaml': 'a: 1' })
  const options = { cacheDir: join(folder.path, 'cache'), allowPrivate: ['127.0.0.1'] }
  await using resolver = createSourceResolver(options, createTestDeps(folder.path))

  const git = { type: 'git', name: 'app', url: `file://${folder.path}/app` } as const
  const helm = { type: 'helm', name: 'registry', url: `oci://127.0.0.1:${registry.port}` } as const
  const inFolder = await resolver.fetch({ type: 'git', repository: git, path: 'deploy' })
  const inArchive = await resolver.fetch({ type: 'chart', repository: helm, chart: 'web', version: '1.0.0' })

  expect(inFolder.revision).toBe(commit)
  expect(inArchive.digest).toBe(`sha256:${computeSha256(content)}`)
  for (const path of [inFolder.tree.directory, inArchive.file]) expect(path.startsWith(options.cacheDir)).toBe(true)
})
