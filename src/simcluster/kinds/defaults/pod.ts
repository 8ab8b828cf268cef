import { change, changeEach, type Fields, withDefaults } from './fields.ts'

const HTTP = { scheme: 'HTTP', path: '/' }
const PROBE = { timeoutSeconds: 1, periodSeconds: 10, successThreshold: 1, failureThreshold: 3 }

/** A pod spec with what the server fills in, in a pod and in a template alike. */
export const setPodSpecDefaults = (spec: Fields): Fields => {
  let filled = withDefaults(spec, {
    restartPolicy: 'Always',
    dnsPolicy: 'ClusterFirst',
    terminationGracePeriodSeconds: 30,
    securityContext: {},
    schedulerName: 'default-scheduler',
  })
  // Two names of one field, the older one only written.
  const account = filled.serviceAccountName ?? filled.serviceAccount
  if (account !== filled.serviceAccountName || account !== filled.serviceAccount)
    filled = { ...filled, serviceAccountName: account, serviceAccount: account }
  for (const key of ['containers', 'initContainers', 'ephemeralContainers'])
    filled = changeEach(filled, key, setContainerDefaults)
  return changeEach(filled, 'volumes', setVolumeDefaults)
}

const setContainerDefaults = (container: Fields): Fields => {
  let filled = withDefaults(container, {
    terminationMessagePath: '/dev/termination-log',
    terminationMessagePolicy: 'File',
    ...(container.image === undefined ? {} : { imagePullPolicy: toPullPolicy(String(container.image)) }),
  })
  filled = changeEach(filled, 'ports', (port) => withDefaults(port, { protocol: 'TCP' }))
  for (const key of ['livenessProbe', 'readinessProbe', 'startupProbe']) filled = change(filled, key, setProbeDefaults)
  filled = change(filled, 'lifecycle', (lifecycle) =>
    ['postStart', 'preStop'].reduce((all, key) => change(all, key, setHttpDefaults), lifecycle),
  )
  return changeEach(filled, 'env', (variable) =>
    change(variable, 'valueFrom', (from) =>
      change(
        change(from, 'fieldRef', (reference) => withDefaults(reference, { apiVersion: 'v1' })),
        'resourceFieldRef',
        setDivisor,
      ),
    ),
  )
}

const setDivisor = (reference: Fields): Fields => withDefaults(reference, { divisor: '0' })

/** An image without a tag, or of the newest one, is pulled every time. */
const toPullPolicy = (image: string): string => {
  const [name = ''] = image.split('@')
  if (image.includes('@')) return 'IfNotPresent'
  const tag = name.slice(name.lastIndexOf('/') + 1).split(':')[1]
  return tag === undefined || tag === 'latest' ? 'Always' : 'IfNotPresent'
}

const setProbeDefaults = (probe: Fields): Fields =>
  change(setHttpDefaults(withDefaults(probe, PROBE)), 'grpc', (grpc) => withDefaults(grpc, { service: '' }))

const setHttpDefaults = (handler: Fields): Fields => change(handler, 'httpGet', (get) => withDefaults(get, HTTP))

const MODE = { defaultMode: 420 }
const VOLUME_DEFAULTS: Readonly<Record<string, Fields>> = {
  secret: MODE,
  configMap: MODE,
  downwardAPI: MODE,
  projected: MODE,
  hostPath: { type: '' },
  iscsi: { iscsiInterface: 'default' },
  rbd: { pool: 'rbd', user: 'admin', keyring: '/etc/ceph/keyring' },
  azureDisk: { cachingMode: 'ReadWrite', fsType: 'ext4', readOnly: false, kind: 'Shared' },
  scaleIO: { storageMode: 'ThinProvisioned', fsType: 'xfs' },
}

const setVolumeDefaults = (volume: Fields): Fields => {
  if (Object.keys(volume).every((key) => key === 'name')) return { ...volume, emptyDir: {} }
  let filled = volume
  for (const [key, defaults] of Object.entries(VOLUME_DEFAULTS))
    filled = change(filled, key, (source) => withDefaults(source, defaults))
  filled = change(filled, 'downwardAPI', setItemDefaults)
  filled = change(filled, 'projected', (projected) =>
    changeEach(projected, 'sources', (source) =>
      change(change(source, 'downwardAPI', setItemDefaults), 'serviceAccountToken', (token) =>
        withDefaults(token, { expirationSeconds: 3600 }),
      ),
    ),
  )
  return change(filled, 'ephemeral', (ephemeral) =>
    change(ephemeral, 'volumeClaimTemplate', (template) =>
      change(template, 'spec', (spec) => withDefaults(spec, { volumeMode: 'Filesystem' })),
    ),
  )
}

const setItemDefaults = (source: Fields): Fields =>
  changeEach(source, 'items', (item) =>
    change(
      change(item, 'fieldRef', (reference) => withDefaults(reference, { apiVersion: 'v1' })),
      'resourceFieldRef',
      setDivisor,
    ),
  )

/** A pod has more than a template: requests follow limits, and services are told of. */
export const setPodDefaults = (spec: Fields): Fields => {
  let filled = withDefaults(setPodSpecDefaults(spec), { enableServiceLinks: true })
  for (const key of ['containers', 'initContainers'])
    filled = changeEach(filled, key, (container) =>
      change(container, 'resources', (resources) =>
        resources.limits === undefined
          ? resources
          : { ...resources, requests: { ...(resources.limits as Fields), ...(resources.requests as Fields) } },
      ),
    )
  return filled
}

/** A pod template. */
export const setTemplateDefaults = (template: Fields): Fields => change(template, 'spec', setPodSpecDefaults)
