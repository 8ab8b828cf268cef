import { createHmac } from 'node:crypto'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { Agent, request } from 'undici'
import { runCommand } from '../../bench/lib/command.ts'
import { systemClock, systemRandom } from '../../src/base/system-clock.ts'
import type { KubeClient } from '../../src/kube/client.ts'
import { createKubeClient } from '../../src/kube/http-client.ts'
import { loadKubeconfig } from '../../src/kube/kubeconfig.ts'
import type { KubeObject } from '../../src/kube/object.ts'
import { openSqliteStore } from '../../src/store/sqlite/open-sqlite.ts'
import type { Store } from '../../src/store/store.ts'
import { type GitServer, startGitServer } from '../git-server.ts'
import { type HubProcess, startHubProcess } from '../hub-process.ts'

/** A hub with a fleet repository behind a Git server, and clusters that somebody else runs. */
export type HubWorld = AsyncDisposable & {
  readonly names: readonly string[]
  readonly hub: () => HubProcess
  readonly store: Store
  readonly dataDir: string
  /** The working tree that is pushed from. */
  readonly work: string
  readonly git: GitServer
  /** Writes files, commits and pushes them, and tells the hub by a webhook. Gives the commit. */
  readonly push: (files: Readonly<Record<string, string>>) => Promise<string>
  readonly startHub: () => Promise<void>
  /** A stranger's client of a cluster. */
  readonly client: (name: string) => KubeClient
  readonly read: (name: string, kind: string, namespace: string, object: string) => Promise<KubeObject | undefined>
}

/** What the hub's webhooks are signed with. */
export const SECRET = 'a-secret-for-webhooks'
/** What the Git server wants. */
export const GIT_LOGIN = 'hub:git-canary'
const IDENTITY = ['-c', 'user.name=Ann', '-c', 'user.email=ann@example.com', '-c', 'commit.gpgsign=false']

/** The fleet: the first cluster goes first, the others three at a time; every cluster has the folder `app`. */
const toFleet = (names: readonly string[]): string =>
  [
    `apiVersion: lockstep.dev/v1alpha1
kind: Fleet
metadata: {name: acme}
spec:
  defaults: {wait: 30s}
  rollout: {first: {names: [${names[0]}]}, maxConcurrent: 3}
`,
    ...names.map(
      (name) => `apiVersion: lockstep.dev/v1alpha1
kind: Cluster
metadata: {name: ${name}}
spec: {provider: {existing: {kubeconfig: {context: ${name}}}}}
`,
    ),
    `apiVersion: lockstep.dev/v1alpha1
kind: Placement
metadata: {name: all}
spec:
  clusters: {}
  components: [{name: shop, source: {path: ./app}, namespace: hub-shop, owner: "@shop-team"}]
`,
  ].join('---\n')

/** Makes the repository and its first commit; the hub is not started yet. */
export const openHubWorld = async (options: {
  readonly kubeconfig: string
  readonly names: readonly string[]
  readonly files: Readonly<Record<string, string>>
  /** Further flags of the hub, and whose certificate it has where it serves HTTPS. */
  readonly hub?: { readonly hubArgs: readonly string[]; readonly authority?: string }
}): Promise<HubWorld> => {
  const { kubeconfig, names } = options
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-hub-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const [work, bare, dataDir] = ['work', 'remote/fleet.git', 'data'].map((part) => join(folder, part)) as [
    string,
    string,
    string,
  ]
  const git = (...args: string[]) => runCommand('git', ['-C', work, ...IDENTITY, ...args])
  await mkdir(work)
  await runCommand('git', ['init', '--quiet', '--bare', '--initial-branch=main', bare])
  await runCommand('git', ['-C', bare, 'config', 'http.receivepack', 'true'])
  await git('init', '--quiet', '--initial-branch=main')
  await git('remote', 'add', 'origin', bare)
  await writeFile(join(folder, 'secret'), `${SECRET}\n`)
  await writeFile(join(folder, 'git-login'), `${GIT_LOGIN}\n`)
  const server = stack.use(await startGitServer({ root: join(folder, 'remote'), credentials: GIT_LOGIN }))
  const clients = new Map<string, KubeClient>()
  for (const name of names) {
    const access = await loadKubeconfig(
      { paths: [kubeconfig], context: name, allowExec: [] },
      { clock: systemClock, env: {} },
    )
    clients.set(name, stack.use(createKubeClient(access, { clock: systemClock, random: systemRandom })))
  }

  const dispatcher = new Agent(options.hub?.authority === undefined ? {} : { connect: { ca: options.hub.authority } })
  stack.defer(() => dispatcher.close())
  let hub: HubProcess | undefined
  let deliveries = 0
  const commit = async (files: Readonly<Record<string, string>>): Promise<string> => {
    for (const [path, content] of Object.entries(files)) {
      await mkdir(dirname(join(work, path)), { recursive: true })
      await writeFile(join(work, path), content)
    }
    await git('add', '--all')
    await git(
      'commit',
      '--quiet',
      '--message',
      `Change ${Object.keys(files).join(', ')}`,
      '--message',
      'Reviewed-by: Bob',
    )
    await git('push', '--quiet', 'origin', 'main')
    return (await git('rev-parse', 'HEAD')).stdout.trim()
  }
  await commit({ 'fleet.yaml': toFleet(names), ...options.files })
  const store = stack.use(await openSqliteStore(join(dataDir, 'hub.db'), { clock: systemClock }))
  stack.defer(async () => hub?.[Symbol.asyncDispose]())
  const running = stack.move()
  const client = (name: string): KubeClient => clients.get(name) as KubeClient
  return {
    names,
    store,
    dataDir,
    work,
    git: server,
    client,
    hub: () => hub as HubProcess,
    startHub: async () => {
      hub = await startHubProcess([
        ...['--fleet', `${server.url}/fleet.git`, '--allow-private', '127.0.0.1', '--name', 'test'],
        ...['--git-credentials-file', join(folder, 'git-login')],
        ...['--data', dataDir, '--cache-dir', join(folder, 'cache'), '--kubeconfig', kubeconfig],
        ...[
          '--poll',
          '2s',
          '--connect-timeout',
          '5s',
          '--push-checkpoints',
          '--webhook-secret-file',
          join(folder, 'secret'),
        ],
        ...(options.hub?.hubArgs ?? []),
      ])
    },
    push: async (files) => {
      const pushed = await commit(files)
      const body = JSON.stringify({ ref: 'refs/heads/main', after: pushed })
      const signature = `sha256=${createHmac('sha256', SECRET).update(body).digest('hex')}`
      await request(`${hub?.url()}/webhooks/git`, {
        dispatcher,
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          'x-github-event': 'push',
          'x-github-delivery': `${++deliveries}`,
          'x-hub-signature-256': signature,
        },
        body,
      })
      return pushed
    },
    read: async (name, kind, namespace, object) => {
      const group = kind === 'Deployment' ? 'apps' : ''
      const resource = (await client(name).discover()).find(group, kind)
      if (!resource) throw new Error(`${name} does not serve ${kind}`)
      return client(name).get({ resource, namespace, name: object })
    },
    [Symbol.asyncDispose]: () => running.disposeAsync(),
  }
}

/** Waits until a condition holds, and fails with what it was about. */
export const until = async (what: string, condition: () => Promise<boolean>, timeoutMs = 60_000): Promise<void> => {
  const deadline = Date.now() + timeoutMs
  while (!(await condition())) {
    if (Date.now() > deadline) throw new Error(`not within ${timeoutMs} ms: ${what}`)
    await sleep(50)
  }
}
