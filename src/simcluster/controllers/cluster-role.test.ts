import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const toRole = (name: string, resource: string): string => `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: ${name}, labels: {part: "yes"}}
rules: [{apiGroups: [""], resources: [${resource}], verbs: [get]}]
`
const WHOLE = `
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: whole}
aggregationRule: {clusterRoleSelectors: [{matchLabels: {part: "yes"}}]}
`

test('a role that is made of others has their rules, and follows them', async () => {
  await using lab = await openLab()
  await lab.create(`${toRole('a', 'pods')}---${WHOLE}`)
  const readResources = (): string[] =>
    lab
      .get('clusterroles.rbac.authorization.k8s.io/whole')
      ?.rules.flatMap((rule: { resources: string[] }) => rule.resources)
  expect(readResources()).toEqual(['pods'])

  await lab.create(toRole('b', 'secrets'))
  expect(readResources()).toEqual(['pods', 'secrets'])
  await lab.delete('clusterroles.rbac.authorization.k8s.io/a')

  expect(readResources()).toEqual(['secrets'])
  expect(lab.managersOf('clusterroles.rbac.authorization.k8s.io/whole')).toEqual([
    'clusterrole-aggregation-controller',
    'kubectl',
  ])
})
