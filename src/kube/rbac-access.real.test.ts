import { randomInt, randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeReal, sharedFleet } from '../../test/real/shared-fleet.ts'
import { waitUntil } from '../../test/real/wait-until.ts'
import { mapLimited } from '../base/limit.ts'
import { systemClock, systemRandom } from '../base/system-clock.ts'
import type { Discovery, KubeClient } from './client.ts'
import { createKubeClient } from './http-client.ts'
import { loadKubeconfig } from './kubeconfig.ts'
import type { KubeObject } from './object.ts'
import { aggregateRoles, RBAC_GROUP, type RbacObjects, readRbacObjects } from './rbac.ts'
import { canAccess, createRbacIndex, listWhoCan, type RbacIndex } from './rbac-access.ts'
import { type Identity, type RbacSubject, toIdentity } from './rbac-identity.ts'
import type { AccessRequest } from './rbac-rule.ts'

const DEPS = { clock: systemClock, random: systemRandom, env: {} }
const COMPARISONS = 12_000
const PREFIX = `rbac-${randomUUID().slice(0, 6)}`
const NAMESPACES = [`${PREFIX}-a`, `${PREFIX}-b`]

const pick = <Value>(values: readonly Value[]): Value => values[randomInt(values.length)] as Value
const some = <Value>(values: readonly Value[], most = 3): Value[] =>
  Array.from({ length: 1 + randomInt(most) }, () => pick(values))
const chance = (percent: number): boolean => randomInt(100) < percent

const VERBS = ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete', 'deletecollection', 'bind', 'use']
const GROUPS = ['', 'apps', 'batch', 'example.com']
const RESOURCES = ['pods', 'secrets', 'deployments', 'jobs', 'widgets']
const SUBRESOURCES = ['log', 'exec', 'scale', 'status']
const NAMES = ['web', 'db', 'x']
const PATHS = ['/metrics', '/healthz', '/healthz/etcd', '/logs/a/b', '/custom']
const URLS = [...PATHS, '/healthz/*', '/logs*', '*', '/custom/*']
const USERS = [`${PREFIX}-alice`, `${PREFIX}-bob`, `${PREFIX}-eve`]
const TEAMS = [`${PREFIX}-team-a`, `${PREFIX}-team-b`]
const ACCOUNTS = ['ci', 'app']

const makeRule = (isCluster: boolean): object =>
  isCluster && chance(20)
    ? { verbs: some([...VERBS, '*']), nonResourceURLs: some(URLS) }
    : {
        verbs: some([...VERBS, '*']),
        apiGroups: some([...GROUPS, '*']),
        resources: some([...RESOURCES, ...SUBRESOURCES.flatMap((sub) => [`pods/${sub}`, `*/${sub}`]), '*', 'pods/*']),
        ...(chance(25) ? { resourceNames: some(NAMES) } : {}),
      }
const makeRules = (isCluster: boolean): object[] => Array.from({ length: 1 + randomInt(2) }, () => makeRule(isCluster))

const makeSubject = (): object => {
  const apiGroup = RBAC_GROUP
  if (chance(40)) return { kind: 'User', apiGroup, name: pick(USERS) }
  if (chance(40)) return { kind: 'ServiceAccount', namespace: pick(NAMESPACES), name: pick(ACCOUNTS) }
  const own = NAMESPACES.map((namespace) => `system:serviceaccounts:${namespace}`)
  return { kind: 'Group', apiGroup, name: pick([...TEAMS, ...TEAMS, ...own]) }
}

const LABELS = [`${PREFIX}/one`, `${PREFIX}/two`]
const make = (kind: string, name: string, namespace: string | undefined, content: object): KubeObject => ({
  apiVersion: `${RBAC_GROUP}/v1`,
  kind,
  metadata: { name: `${PREFIX}-${name}`, ...(namespace ? { namespace } : {}) },
  ...content,
})

/** Roles, aggregated ones among them, and bindings, some of roles that are not there. Few, so that much is denied too. */
const makeObjects = (): KubeObject[] => {
  const clusterRoles = Array.from({ length: 10 }, (_, at) => {
    const role = make('ClusterRole', `c${at}`, undefined, { rules: makeRules(true) })
    return chance(40) ? { ...role, metadata: { ...role.metadata, labels: { [pick(LABELS)]: 'true' } } } : role
  })
  const aggregated = LABELS.map((label, at) => {
    const role = make('ClusterRole', `sum${at}`, undefined, {
      aggregationRule: { clusterRoleSelectors: [{ matchLabels: { [label]: 'true' } }] },
      rules: [],
    })
    // The second takes in the first.
    return at === 0 ? { ...role, metadata: { ...role.metadata, labels: { [LABELS[1] as string]: 'true' } } } : role
  })
  const roles = Array.from({ length: 8 }, (_, at) =>
    make('Role', `r${at % 4}`, NAMESPACES[at >> 2], { rules: makeRules(false) }),
  )
  const toBound = (namespace: string | undefined) => {
    const isRole = namespace !== undefined && chance(50)
    const name = isRole ? `r${randomInt(5)}` : pick(['c0', 'c1', 'c2', 'c3', 'c4', 'c5', 'c6', 'c7', 'sum0', 'sum1'])
    return { apiGroup: RBAC_GROUP, kind: isRole ? 'Role' : 'ClusterRole', name: `${PREFIX}-${name}` }
  }
  const bindings = Array.from({ length: 20 }, (_, at) => {
    const namespace = at < 4 ? undefined : pick(NAMESPACES)
    return make(namespace ? 'RoleBinding' : 'ClusterRoleBinding', `b${at}`, namespace, {
      roleRef: toBound(namespace),
      subjects: Array.from({ length: randomInt(4) }, makeSubject),
    })
  })
  return [...clusterRoles, ...aggregated, ...roles, ...bindings]
}

const makeIdentity = (): Identity => {
  if (chance(30))
    return toIdentity({ kind: 'ServiceAccount', namespace: pick(NAMESPACES), name: pick([...ACCOUNTS, 'new']) })
  const groups = chance(50) ? some(TEAMS, 2) : []
  return chance(2)
    ? toIdentity({ kind: 'Group', name: 'system:masters' })
    : toIdentity({ kind: 'User', name: pick([...USERS, 'system:anonymous', 'nobody']) }, groups)
}

const makeRequest = (): AccessRequest => {
  const verb = pick([...VERBS, '*'])
  if (chance(15)) return { verb, path: pick(PATHS) }
  return {
    verb,
    group: pick([...GROUPS, '*']),
    resource: pick([...RESOURCES, '*']),
    ...(chance(30) ? { subresource: pick(SUBRESOURCES) } : {}),
    ...(chance(75) ? { namespace: pick([...NAMESPACES, 'default']) } : {}),
    ...(chance(40) ? { name: pick(NAMES) } : {}),
  }
}

describeReal('access as computed and as the API server decides it', () => {
  let client: KubeClient
  let discovery: Discovery

  beforeAll(async () => {
    const access = await loadKubeconfig({ paths: [sharedFleet().clusters[0]!.kubeconfigFile], allowExec: [] }, DEPS)
    client = createKubeClient(access, DEPS)
    discovery = await client.discover()
    for (const name of NAMESPACES) await create({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } })
  })

  afterAll(async () => {
    for (const kind of ['ClusterRole', 'ClusterRoleBinding'])
      for (const { metadata } of await list(kind))
        if (metadata.name.startsWith(PREFIX))
          await client.delete({ resource: discovery.find(RBAC_GROUP, kind)!, name: metadata.name })
    for (const name of NAMESPACES) await client.delete({ resource: discovery.find('', 'Namespace')!, name })
    await client[Symbol.asyncDispose]()
  })

  const create = async (object: KubeObject): Promise<void> => {
    const resource = discovery.find(object.kind === 'Namespace' ? '' : RBAC_GROUP, object.kind)!
    const { namespace } = object.metadata
    await client.create({ resource, ...(namespace ? { namespace } : {}) }, object)
  }

  const list = async (kind: string): Promise<KubeObject[]> => {
    const { items } = await client.list({ resource: discovery.find(RBAC_GROUP, kind)! })
    return items.map((item) => ({ ...item, apiVersion: `${RBAC_GROUP}/v1`, kind }))
  }

  const readAll = async (): Promise<RbacObjects> => {
    const kinds = ['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding']
    return readRbacObjects((await Promise.all(kinds.map(list))).flat())
  }

  const review = async ({ user, groups }: Identity, request: AccessRequest): Promise<boolean> => {
    const attributes =
      'path' in request ? { nonResourceAttributes: request } : { resourceAttributes: { ...request, version: '*' } }
    const resource = discovery.find('authorization.k8s.io', 'SubjectAccessReview')!
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      metadata: { name: '' },
      spec: { user, groups, ...attributes },
    } as unknown as KubeObject
    const { status } = await client.create({ resource }, body)
    return (status as { allowed: boolean }).allowed
  }

  /** The authoriser works from caches: roles and bindings made last are known when these are. */
  const waitForAuthorizer = async (): Promise<void> => {
    const who = `${PREFIX}-marker-${randomUUID().slice(0, 6)}`
    const subjects = [{ kind: 'User', apiGroup: RBAC_GROUP, name: who }]
    const rules = (verb: string) => [{ apiGroups: ['example.com'], resources: ['markers'], verbs: [verb] }]
    const bind = (kind: string) => ({ subjects, roleRef: { apiGroup: RBAC_GROUP, kind, name: `${PREFIX}-${who}` } })
    await create(make('ClusterRole', who, undefined, { rules: rules('one') }))
    await create(make('ClusterRoleBinding', who, undefined, bind('ClusterRole')))
    await create(make('Role', who, NAMESPACES[0], { rules: rules('two') }))
    await create(make('RoleBinding', who, NAMESPACES[0], bind('Role')))
    const ask = (verb: string, namespace?: string) =>
      review(toIdentity({ kind: 'User', name: who }), {
        verb,
        group: 'example.com',
        resource: 'markers',
        ...(namespace ? { namespace } : {}),
      })
    await waitUntil('the authoriser', async () => (await ask('one')) && (await ask('two', NAMESPACES[0])))
  }

  const setUp = async (): Promise<{ index: RbacIndex; live: RbacObjects }> => {
    await mapLimited(makeObjects(), 8, create)
    const live = await waitUntil('the aggregated roles', async () => {
      const objects = await readAll()
      const sorted = (rules: readonly object[]): string =>
        JSON.stringify(rules.map((rule) => JSON.stringify(rule)).sort())
      const computed = new Map(
        aggregateRoles(objects.roles).map((role) => [`${role.kind} ${role.namespace} ${role.name}`, role]),
      )
      return (
        objects.roles.every(
          (role) =>
            sorted(role.rules) === sorted(computed.get(`${role.kind} ${role.namespace} ${role.name}`)?.rules ?? []),
        ) && objects
      )
    })
    await waitForAuthorizer()
    return { index: createRbacIndex({ ...live, roles: aggregateRoles(live.roles) }), live }
  }

  test(`SubjectAccessReview says the same ${COMPARISONS} times`, { timeout: 300_000 }, async () => {
    const { index } = await setUp()
    const cases = Array.from({ length: COMPARISONS }, () => ({ identity: makeIdentity(), request: makeRequest() }))
    const answers = await mapLimited(cases, 64, async ({ identity, request }) => ({
      identity,
      request,
      computed: canAccess(index, identity, request),
      reviewed: await review(identity, request),
    }))
    const allowed = answers.filter(({ reviewed }) => reviewed).length

    expect(answers.filter(({ computed, reviewed }) => computed !== reviewed)).toEqual([])
    // Neither all nor nothing: the comparison would be worth little.
    expect(allowed).toBeGreaterThan(COMPARISONS / 50)
    expect(allowed).toBeLessThan(COMPARISONS * 0.98)
  })

  test('who can is everybody whom a review allows', { timeout: 300_000 }, async () => {
    const live = await readAll()
    const index = createRbacIndex({ ...live, roles: aggregateRoles(live.roles) })
    const everybody: RbacSubject[] = [
      ...USERS.map((name): RbacSubject => ({ kind: 'User', name })),
      ...TEAMS.map((name): RbacSubject => ({ kind: 'Group', name })),
      ...NAMESPACES.flatMap((namespace) =>
        ACCOUNTS.map((name): RbacSubject => ({ kind: 'ServiceAccount', namespace, name })),
      ),
    ]
    const requests = Array.from({ length: 100 }, makeRequest)
    const differences = await mapLimited(requests, 8, async (request) => {
      const who = listWhoCan(index, request).map(({ subject }) => toKey(subject))
      const asked = await Promise.all(everybody.map((subject) => review(toIdentity(subject), request)))
      return everybody.filter((subject, at) => {
        const { user, groups } = toIdentity(subject)
        const named = [toKey(subject), `User//${user}`, ...groups.map((group) => `Group//${group}`)]
        return named.some((key) => who.includes(key)) !== asked[at]
      })
    })

    expect(differences.flat()).toEqual([])
  })

  const toKey = ({ kind, namespace = '', name }: RbacSubject): string => `${kind}/${namespace}/${name}`
})
