import { expect, test } from 'vitest'
import type { DriftKind } from './report.ts'
import { computeSeverity } from './severity.ts'

const deployment = { group: 'apps', kind: 'Deployment', namespace: 'n', name: 'web' }
const roleBinding = { group: 'rbac.authorization.k8s.io', kind: 'RoleBinding', namespace: 'n', name: 'b' }

test.each<[string, { group: string; kind: string; name: string }, DriftKind, string | undefined, unknown]>([
  ['critical', roleBinding, 'modified', '/subjects/0', undefined],
  ['critical', roleBinding, 'unmanaged', undefined, undefined],
  ['critical', deployment, 'added', '/spec/template/spec/hostNetwork', true],
  [
    'critical',
    deployment,
    'added',
    '/spec/template/spec/containers/[name=x]',
    { name: 'x', securityContext: { privileged: true } },
  ],
  ['critical', { group: 'networking.k8s.io', kind: 'NetworkPolicy', name: 'p' }, 'missing', undefined, undefined],
  [
    'critical',
    { group: '', kind: 'Namespace', name: 'n' },
    'modified',
    '/metadata/labels/pod-security.kubernetes.io~1enforce',
    undefined,
  ],
  ['high', deployment, 'added', '/spec/template/spec/containers/[name=x]', { name: 'x' }],
  ['high', deployment, 'modified', '/spec/template/spec/containers/[name=web]/image', 'x'],
  ['high', deployment, 'missing', undefined, undefined],
  ['high', { group: '', kind: 'Secret', name: 's' }, 'modified', '/data/password', undefined],
  ['medium', deployment, 'modified', '/spec/replicas', 5],
  ['low', deployment, 'added', '/metadata/labels/team', 'x'],
  ['low', roleBinding, 'added', '/metadata/annotations/note', 'x'],
  ['info', deployment, 'added', '/spec/template/metadata/annotations/kubectl.kubernetes.io~1restartedAt', 'now'],
])('%s: %o %s %s', (severity, ref, drift, field, value) => {
  expect(computeSeverity({ ref, drift, ...(field ? { field } : {}), value })).toBe(severity)
})
