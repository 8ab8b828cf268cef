import { expect, test } from 'vitest'
import { openLab } from './testing/open-lab.ts'

const toClaim = (name: string, extra = ''): string => `
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: ${name}}
spec: {accessModes: [ReadWriteOnce], ${extra} resources: {requests: {storage: 1Gi}}}
`
const toVolume = (name: string, size: string): string => `
apiVersion: v1
kind: PersistentVolume
metadata: {name: ${name}}
spec: {capacity: {storage: ${size}}, accessModes: [ReadWriteOnce], storageClassName: slow, hostPath: {path: /data}}
`
const CLAIM = 'persistentvolumeclaims/default/data'
const toPodWith = (claim: string): string => `
apiVersion: v1
kind: Pod
metadata: {name: user}
spec:
  containers: [{name: main, image: web}]
  volumes: [{name: data, persistentVolumeClaim: {claimName: ${claim}}}]
`

test('a claim of the default class gets a volume that is made for it, and takes it along', async () => {
  await using lab = await openLab()
  await lab.create(toClaim('data'))

  expect(lab.statusOf(CLAIM)).toBe('Current')
  expect(lab.managersOf(CLAIM)).toEqual(['kube-controller-manager', 'kube-controller-manager status', 'kubectl'])
  const [volume] = lab.list('persistentvolumes')
  expect(lab.get(CLAIM)).toMatchObject({
    metadata: {
      annotations: {
        'pv.kubernetes.io/bind-completed': 'yes',
        'pv.kubernetes.io/bound-by-controller': 'yes',
        'volume.kubernetes.io/storage-provisioner': 'kubernetes.io/host-path',
      },
      finalizers: ['kubernetes.io/pvc-protection'],
    },
    spec: { storageClassName: 'standard', volumeName: volume?.metadata.name },
    status: { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } },
  })
  expect(volume?.status.phase).toBe('Bound')

  await lab.delete(CLAIM)
  expect(lab.get(CLAIM)).toBeUndefined()
  expect(lab.list('persistentvolumes')).toEqual([])
})

test('a claim gets the smallest volume that is large enough, which stays when it goes', async () => {
  await using lab = await openLab()
  await lab.create(`${toVolume('tiny', '1Mi')}---${toVolume('fitting', '2Gi')}---${toVolume('huge', '9Gi')}`)
  expect(lab.get('persistentvolumes/fitting')?.status.phase).toBe('Available')

  await lab.create(toClaim('data', 'storageClassName: slow,'))
  expect(lab.get(CLAIM)).toMatchObject({ spec: { volumeName: 'fitting' }, status: { capacity: { storage: '2Gi' } } })

  await lab.delete(CLAIM)
  expect(lab.get('persistentvolumes/fitting')?.status.phase).toBe('Released')
})

test('a claim for which there is nothing waits until there is', async () => {
  await using lab = await openLab()
  await lab.create(toClaim('data', 'storageClassName: slow,'))
  await lab.pass(3_600)
  expect(lab.statusOf(CLAIM)).toBe('InProgress')

  await lab.create(toVolume('fitting', '2Gi'))

  expect(lab.statusOf(CLAIM)).toBe('Current')
})

test('a class that waits for a consumer is bound when a pod comes', async () => {
  await using lab = await openLab()
  await lab.create(`
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: later}
provisioner: example.com/disks
volumeBindingMode: WaitForFirstConsumer
`)
  await lab.create(toClaim('data', 'storageClassName: later,'))
  expect(lab.get(CLAIM)?.status.phase).toBe('Pending')

  await lab.create(toPodWith('data'))
  await lab.pass(1)

  expect(lab.get(CLAIM)?.status.phase).toBe('Bound')
  expect(lab.statusOf('pods/default/user')).toBe('Current')
})

test('a claim in use is held until the pod is gone', async () => {
  await using lab = await openLab()
  await lab.create(`${toClaim('data')}---${toPodWith('data')}`)
  await lab.pass(1)

  await lab.delete(CLAIM)
  expect(lab.statusOf(CLAIM)).toBe('Terminating')
  await lab.delete('pods/default/user')
  await lab.pass(1)

  expect(lab.get(CLAIM)).toBeUndefined()
})

test('a pod without its claim is not put on a node', async () => {
  await using lab = await openLab()
  await lab.create(toPodWith('data'))
  await lab.pass(1)
  expect(lab.get('pods/default/user')?.status.conditions[0].message).toBe(
    '0/2 nodes are available: persistentvolumeclaim "data" not found. not found',
  )

  await lab.create(toClaim('data'))
  await lab.pass(1)

  expect(lab.statusOf('pods/default/user')).toBe('Current')
})
