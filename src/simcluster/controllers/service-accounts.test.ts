import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const SECRET = `
apiVersion: v1
kind: Secret
metadata: {name: token, annotations: {kubernetes.io/service-account.name: default}}
type: kubernetes.io/service-account-token
`

test('a Secret for the token of an account is filled, and goes with the account', async () => {
  await using lab = await openLab()
  await lab.create('apiVersion: v1\nkind: ServiceAccount\nmetadata: {name: robot}\n')
  await lab.create(SECRET.replace('name: default', 'name: robot'))
  const uid = lab.get('serviceaccounts/default/robot')?.metadata.uid
  expect(lab.get('secrets/default/token')).toMatchObject({
    metadata: { annotations: { 'kubernetes.io/service-account.uid': uid } },
    data: { 'ca.crt': expect.any(String), namespace: 'ZGVmYXVsdA==', token: expect.any(String) },
  })
  expect(lab.managersOf('secrets/default/token')).toEqual(['kube-controller-manager', 'kubectl'])

  await lab.delete('serviceaccounts/default/robot')

  expect(lab.get('secrets/default/token')).toBeUndefined()
})
