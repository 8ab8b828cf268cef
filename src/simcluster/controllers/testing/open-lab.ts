import { createVirtualClock } from '../../../base/virtual-clock.ts'
import type { KubeObject } from '../../../kube/object.ts'
import { toGroup } from '../../../kube/object.ts'
import { computeStatus } from '../../../kube/status.ts'
import { parseYaml } from '../../../kube/yaml.ts'
import type { ApiRequest } from '../../api.ts'
import { createSimCluster, type SimCluster } from '../../create-sim-cluster.ts'
import { furnishCluster } from '../../furnish-cluster.ts'
import { type ControllersOptions, startControllers } from '../start-controllers.ts'

/** Any object, whose fields a test reads as it likes. */
// biome-ignore lint/suspicious/noExplicitAny: a test reads what it expects to be there
export type Seen = KubeObject & Record<string, any>

/** A cluster with two nodes and its controllers, whose time stands until a test lets it pass. */
export type Lab = AsyncDisposable & {
  readonly cluster: SimCluster
  /** Creates each document, as kubectl would; 422 and the like are errors. Controllers have worked, time has not passed. */
  readonly create: (yaml: string) => Promise<void>
  /** `pods/default/web`, `deployments.apps/default/web`, `nodes/one`. */
  readonly get: (path: string) => Seen | undefined
  /** All of a namespace, or of the cluster. */
  readonly list: (path: string) => readonly Seen[]
  readonly patch: (path: string, body: object, type?: string) => Promise<void>
  readonly delete: (path: string, options?: object) => Promise<void>
  /** Lets so many seconds pass, in which everything happens at its time. */
  readonly pass: (seconds: number) => Promise<void>
  /** As kstatus says. */
  readonly statusOf: (path: string) => string
  /** `manager subresource` of each entry of managed fields, in order of name. */
  readonly managersOf: (path: string) => readonly string[]
}

const USER = { username: 'admin', groups: ['system:masters', 'system:authenticated'] }

/** Opens a lab. */
export const openLab = async (options: ControllersOptions = {}): Promise<Lab> => {
  const clock = createVirtualClock(new Date('2026-01-01T00:00:00Z'))
  const cluster = createSimCluster({ name: 'lab', clock })
  const controllers = startControllers(cluster, { automatic: false, ...options })
  furnishCluster(cluster)
  await controllers.settle()

  const send = (method: ApiRequest['method'], path: string, body?: object, type = 'application/json') => {
    const headers = { 'user-agent': 'kubectl/v1.36.3', 'content-type': type }
    const text = body === undefined ? '' : JSON.stringify(body)
    const answer = cluster.requestInside({
      method,
      path,
      query: new URLSearchParams(),
      headers,
      body: text,
      user: USER,
    })
    return { status: answer.status, body: JSON.parse(answer.body as string) as Seen }
  }
  const expectSuccess = (told: string, { status, body }: ReturnType<typeof send>): void => {
    if (status >= 300) throw new Error(`${told} gave ${status}: ${body.message}`)
  }
  const find = (test: (type: { kind: string; plural: string; group: string }) => boolean) => {
    const type = cluster.registry.list().find(test)
    if (!type) throw new Error('Nothing of this kind is served')
    const api = type.group === '' ? `/api/${type.version}` : `/apis/${type.group}/${type.version}`
    return { api, plural: type.plural, namespaced: type.namespaced }
  }
  const toPath = (path: string): string => {
    const [resource = '', ...rest] = path.split('/')
    const [plural, ...group] = resource.split('.')
    const found = find((type) => type.plural === plural && type.group === group.join('.'))
    const [namespace, name] = found.namespaced ? rest : [undefined, rest[0]]
    return `${found.api}${namespace ? `/namespaces/${namespace}` : ''}/${found.plural}${name ? `/${name}` : ''}`
  }
  const get = (path: string): Seen | undefined => {
    const { status, body } = send('GET', toPath(path))
    return status === 404 ? undefined : body
  }

  return {
    cluster,
    create: async (yaml) => {
      for (const document of parseYaml(yaml) as readonly KubeObject[]) {
        const group = toGroup(document.apiVersion)
        const { api, plural, namespaced } = find((type) => type.kind === document.kind && type.group === group)
        const { namespace = 'default', name } = document.metadata
        const path = `${api}${namespaced ? `/namespaces/${namespace}` : ''}/${plural}`
        expectSuccess(`POST ${path} ${name}`, send('POST', path, document))
        await controllers.settle()
      }
    },
    get,
    list: (path) => send('GET', toPath(path)).body.items as readonly Seen[],
    patch: async (path, body, type = 'application/merge-patch+json') => {
      expectSuccess(`PATCH ${path}`, send('PATCH', toPath(path), body, type))
      await controllers.settle()
    },
    delete: async (path, deletion) => {
      expectSuccess(`DELETE ${path}`, send('DELETE', toPath(path), deletion))
      await controllers.settle()
    },
    pass: async (seconds) => {
      const end = clock.now().getTime() + seconds * 1_000
      for (let due = controllers.nextDue(); due && due.getTime() <= end; due = controllers.nextDue()) {
        clock.set(due)
        await controllers.settle()
      }
      clock.set(new Date(end))
      await controllers.settle()
    },
    statusOf: (path) => computeStatus(get(path)).status,
    managersOf: (path) =>
      (get(path)?.metadata.managedFields ?? [])
        .map(({ manager, subresource = '' }) => `${manager} ${subresource}`.trim())
        .sort(),
    [Symbol.asyncDispose]: async () => {
      await controllers[Symbol.asyncDispose]()
      await cluster[Symbol.asyncDispose]()
    },
  }
}
