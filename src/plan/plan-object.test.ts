import { expect, test } from 'vitest'
import type { Difference } from '../drift/compare.ts'
import type { ObservedObject } from '../drift/observe.ts'
import { computeFingerprint } from '../inventory/fingerprint.ts'
import type { InventoryEntry } from '../inventory/inventory.ts'
import type { Resource } from '../kube/client.ts'
import { parseFieldPath } from '../kube/field-path.ts'
import { type KubeObject, toRef } from '../kube/object.ts'
import { object } from '../kube/testing/object.ts'
import { type PlanDesiredInput, planDesired, planRemoved, type ReconcileMode } from './plan-object.ts'

const resource: Resource = {
  group: '',
  version: 'v1',
  kind: 'ConfigMap',
  plural: 'configmaps',
  namespaced: true,
  verbs: [],
}
const live = object`
  apiVersion: v1
  kind: ConfigMap
  metadata:
    name: c
    namespace: n
    uid: u
    resourceVersion: "1"
    managedFields: [{manager: lockstep, operation: Apply, apiVersion: v1, fieldsV1: {}}]
  data: {a: "1"}`
const foreign: KubeObject = {
  ...live,
  metadata: { name: 'c', namespace: 'n', uid: 'u', annotations: { 'meta.helm.sh/release-name': 'x' } },
}
const ref = toRef(live)
const entry: InventoryEntry = {
  ref,
  apiVersion: 'v1',
  uid: 'u',
  fingerprint: computeFingerprint({ object: live, digest: 'git', revision: 'r', key: undefined }),
}
const changed: Difference = { path: parseFieldPath('/data/a'), change: 'changed', drift: 'modified' }
const finalizer: Difference = { path: parseFieldPath('/metadata/finalizers/["x"]'), change: 'added', drift: 'added' }
const policy = {
  apply: 'auto',
  drift: 'heal',
  prune: true,
  adopt: 'ifUnowned',
  replace: false,
  waitMs: 0,
  intervalMs: 0,
  exclusive: [],
  ignore: [],
  health: [],
} as const

const seen = (state: ObservedObject['state'], object: KubeObject | undefined = live): ObservedObject => ({
  ref,
  resource,
  state,
  isFull: state === 'suspect',
  ...(object && state !== 'absent' ? { live: object } : {}),
})
const plan = (
  over: Partial<PlanDesiredInput> & {
    apply?: 'auto' | 'manual'
    drift?: 'heal' | 'report' | 'ignore'
    adopt?: 'never' | 'always'
  },
): string => {
  const { apply = 'auto', drift = 'heal', adopt = 'ifUnowned', ...input } = over
  const planned = planDesired({
    component: 'x',
    desired: { manifest: live },
    digest: 'git',
    entry,
    observed: seen('untouched'),
    differences: [],
    mode: 'reconcile',
    ...input,
    policy: { ...policy, apply, drift, adopt },
  })
  return [planned.action, planned.reason ?? planned.skip?.reason, planned.heals ? 'heals' : '']
    .filter(Boolean)
    .join(' ')
}

test.each<[string, string, Parameters<typeof plan>[0]]>([
  ['what is untouched stays', 'unchanged', {}],
  ['what Git changed is applied', 'configure gitAhead', { digest: 'new' }],
  ['what Git changed waits where apply is manual', 'skip manual', { digest: 'new', apply: 'manual' }],
  ['a person applies what waits', 'configure gitAhead', { digest: 'new', apply: 'manual', mode: 'sync' }],
  ['healing applies nothing new', 'skip manual', { digest: 'new', mode: 'heal' }],
  ['what others changed is undone', 'configure drift heals', { observed: seen('suspect'), differences: [changed] }],
  [
    'what others changed is told where drift is report',
    'skip reportOnly',
    { observed: seen('suspect'), differences: [changed], drift: 'report' },
  ],
  [
    'a person undoes what is only reported',
    'configure drift heals',
    { observed: seen('suspect'), differences: [changed], drift: 'report', mode: 'sync' },
  ],
  [
    'not even a person undoes what is ignored',
    'skip reportOnly',
    { observed: seen('suspect'), differences: [changed], drift: 'ignore', mode: 'sync' },
  ],
  [
    'a foreign finalizer alone is no reason to write',
    'unchanged',
    { observed: seen('suspect'), differences: [finalizer] },
  ],
  ['what was deleted is made again', 'create missing', { observed: seen('absent') }],
  ['what was never there is made', 'create new', { observed: seen('absent'), entry: undefined }],
  [
    'what was never there waits where apply is manual',
    'skip manual',
    { observed: seen('absent'), entry: undefined, apply: 'manual' },
  ],
  ['what is being deleted is left alone', 'skip terminating', { observed: seen('terminating') }],
  ['a kind that is not served is said', 'skip unserved', { observed: { ref, state: 'unserved', isFull: false } }],
  [
    'an object of nobody is adopted',
    'configure adopt heals',
    { observed: seen('suspect', { ...live, metadata: { name: 'c', namespace: 'n', uid: 'u' } }), entry: undefined },
  ],
  ['an object of another tool is not', 'skip notAdopted', { observed: seen('suspect', foreign), entry: undefined }],
  [
    'an object of another tool is, where always',
    'configure adopt heals',
    { observed: seen('suspect', foreign), entry: undefined, adopt: 'always' },
  ],
  [
    'an object of nobody is not, where never',
    'skip notAdopted',
    { observed: seen('suspect', foreign), entry: undefined, adopt: 'never' },
  ],
  [
    'what was announced and never recorded is applied',
    'configure unrecorded heals',
    { observed: seen('suspect'), entry: { ref, apiVersion: 'v1' } },
  ],
  [
    'what lost our ownership is applied again',
    'configure unowned',
    { observed: seen('suspect', { ...live, metadata: { name: 'c', namespace: 'n', uid: 'u' } }) },
  ],
  [
    'what another component had is handed over',
    'configure handover',
    { observed: seen('suspect'), entry: undefined, previous: 'y' },
  ],
])('%s', (_, expected, input) => {
  expect(plan(input)).toBe(expected)
})

test.each<[string, string | undefined, Parameters<typeof planRemoved>[0]]>([
  [
    'what Git dropped is deleted',
    'delete pruned',
    { component: 'x', entry, observed: seen('untouched'), prune: true, mode: 'sync' },
  ],
  [
    'healing deletes nothing',
    undefined,
    { component: 'x', entry, observed: seen('untouched'), prune: true, mode: 'heal' as ReconcileMode },
  ],
  [
    'without prune it stays',
    'skip pruneDisabled',
    { component: 'x', entry, observed: seen('untouched'), prune: false, mode: 'sync' },
  ],
  [
    'access that has ended goes all the same',
    'delete expired',
    { component: 'x', entry, observed: seen('untouched'), prune: false, mode: 'sync', isExpired: true },
  ],
  [
    'what its manifest said to keep stays',
    'skip pruneDisabled',
    { component: 'x', entry: { ...entry, keep: true }, observed: seen('untouched'), prune: true, mode: 'sync' },
  ],
  [
    'what moved to another component is only forgotten',
    'skip replaced',
    { component: 'x', entry, observed: seen('untouched'), prune: true, mode: 'sync', movedTo: 'y' },
  ],
])('%s: %s', (_, expected, input) => {
  const planned = planRemoved(input)

  expect(planned && [planned.action, planned.reason ?? planned.skip?.reason].join(' ')).toBe(expected)
})
