// Fetches one Git source as a process of its own: `node fetch-once.ts CACHE_DIR URL`.
import { tmpdir } from 'node:os'
import { createGitSource } from '../git/git-source.ts'
import { createTestDeps } from './world.ts'

const [cacheDir = '', url = ''] = process.argv.slice(2)
const fetchSource = createGitSource({ cacheDir }, createTestDeps(tmpdir()))
const { digest, tree } = await fetchSource({
  type: 'git',
  repository: { type: 'git', name: 'app', url },
  path: 'deploy',
})
process.stdout.write(`${digest} ${(await tree.list()).join(',')}\n`)
