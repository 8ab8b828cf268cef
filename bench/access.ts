import type { RbacObjects } from '../src/kube/rbac.ts'
import { createRbacIndex, listWhoCan } from '../src/kube/rbac-access.ts'
import { type ClusterAccess, computeAccessChange } from '../src/rbac/access-change.ts'
import type { Bench, Row } from './lib/bench.ts'

const CLUSTERS = 1_000
const BINDINGS = 200
const ROLES = 40
const NAMESPACES = 25
const GOAL_MS = 2_000

/**
 * Who can read Secrets in one namespace, and what a commit that changes one role of forty and adds a binding on every
 * tenth cluster gives and takes. No index is kept between the questions.
 */
export const accessBench: Bench = {
  name: 'access',
  title: `access over ${CLUSTERS.toLocaleString('en')} clusters of ${BINDINGS} bindings`,
  run: async () => {
    const base = Array.from({ length: CLUSTERS }, (_, at) => createCluster(at, 'base'))
    const head = Array.from({ length: CLUSTERS }, (_, at) => createCluster(at, 'head'))
    const request = { verb: 'get', group: '', resource: 'secrets', namespace: 'team-7' }
    const [whoCanMs, found] = measure(() =>
      base.reduce((sum, { objects }) => sum + listWhoCan(createRbacIndex(objects), request).length, 0),
    )
    const [changeMs, changes] = measure(() => computeAccessChange(base, head).length)
    return [
      toRow('who can read Secrets in one namespace', whoCanMs, `${found} ways`),
      toRow('what a commit gives and takes', changeMs, `${changes} sentences`),
    ]
  },
}

const toRow = (what: string, millis: number, found: string): Row => ({
  what,
  measured: `${millis} ms, ${found}`,
  goal: `< ${GOAL_MS / 1_000} s`,
  reached: millis < GOAL_MS,
})

const measure = <Result>(run: () => Result): [number, Result] => {
  const started = performance.now()
  const result = run()
  return [Math.round(performance.now() - started), result]
}

const createCluster = (cluster: number, version: 'base' | 'head'): ClusterAccess => {
  const roles = Array.from({ length: ROLES }, (_, role): RbacObjects['roles'][number] => ({
    kind: 'ClusterRole',
    name: `role-${role}`,
    labels: {},
    rules: [
      { apiGroups: ['apps'], resources: ['deployments', 'statefulsets'], verbs: ['get', 'list', 'watch', 'patch'] },
      {
        apiGroups: [''],
        resources: role % 8 === 0 ? ['secrets'] : ['configmaps', `things-${role}`],
        verbs: role === 3 && version === 'head' ? ['get', 'list', 'delete'] : ['get', 'list'],
      },
    ],
  }))
  const count = version === 'head' && cluster % 10 === 0 ? BINDINGS + 1 : BINDINGS
  const bindings = Array.from({ length: count }, (_, binding): RbacObjects['bindings'][number] => ({
    kind: 'RoleBinding',
    name: `binding-${binding}`,
    namespace: `team-${binding % NAMESPACES}`,
    subjects: [
      { kind: 'Group', name: `team-${(binding * 7) % 60}` },
      { kind: 'User', name: `user-${(cluster + binding) % 500}` },
    ],
    roleRef: { kind: 'ClusterRole', name: `role-${binding === BINDINGS ? 8 : binding % ROLES}` },
  }))
  return { cluster: `cluster-${cluster}`, objects: { roles, bindings } }
}
