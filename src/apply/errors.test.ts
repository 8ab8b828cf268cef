import { expect, test } from 'vitest'
import { createKubeError } from '../kube/errors.ts'
import { isImmutableError } from './errors.ts'

const said = (message: string, code: 'KUBE_INVALID' | 'KUBE_FORBIDDEN' = 'KUBE_INVALID'): boolean =>
  isImmutableError(createKubeError(code, message, { subject: 's', retry: 'terminal' }))

test.each([
  ['a Job', 'spec.template: Invalid value: core.PodTemplateSpec{}: field is immutable'],
  ['a volume claim', 'spec: Forbidden: spec is immutable after creation except resources.requests'],
  ['a StatefulSet', "spec: Forbidden: updates to statefulset spec for fields other than 'replicas' are forbidden"],
  ['a Pod', 'spec: Forbidden: pod updates may not change fields other than `spec.containers[*].image`'],
  ['a binding', 'roleRef: Invalid value: rbac.RoleRef{}: cannot change roleRef'],
  ['a storage class', 'parameters: Forbidden: updates to parameters are forbidden.'],
  ['a priority class', 'value: Forbidden: may not be changed in an update.'],
  ['a Service', 'spec.clusterIPs[0]: Invalid value: []string{"10.0.0.1"}: may not change once set'],
])('the server says of %s that a field is immutable', (_, message) => {
  expect(said(message)).toBe(true)
})

test('what is wrong for another reason is not immutable', () => {
  expect(said('spec.replicas: Invalid value: -1: must be greater than or equal to 0')).toBe(false)
  expect(said('field is immutable', 'KUBE_FORBIDDEN')).toBe(false)
})
