import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { createForbidden, createNotFound } from './failures.ts'
import type { Scope } from './scope.ts'

/** Namespaces must exist, and not be on their way out, for something to be created in them. */
export const admitCreate = ({ backend, type, info }: Scope, object: KubeObject): void => {
  const { namespace } = info
  if (!type.namespaced || namespace === undefined || type.plural === 'localsubjectaccessreviews') return
  const stored = backend.store.get('/namespaces', namespace)
  if (!stored) throw createNotFound({ group: '', plural: 'namespaces' }, namespace)
  const { phase } = (backend.store.read(stored).status ?? {}) as { phase?: string }
  if (phase !== 'Terminating') return
  const why = `unable to create new content in namespace ${namespace} because it is being terminated`
  throw createForbidden(type, info.name ?? object.metadata.name ?? 'Unknown', why, [
    {
      reason: 'NamespaceTerminating',
      message: `namespace ${namespace} is being terminated`,
      field: 'metadata.namespace',
    },
  ])
}

/** A volume claim that names no class gets the default one. Nobody owns what is filled in here. */
export const admitClaim = ({ backend, type }: Scope, object: KubeObject): KubeObject => {
  const spec = object.spec as { readonly storageClassName?: string } | undefined
  if (type.group !== '' || type.kind !== 'PersistentVolumeClaim' || spec?.storageClassName !== undefined) return object
  const classes = (backend.store.list('storage.k8s.io/storageclasses') ?? []).map(backend.store.readMetadata)
  const [first] = classes.filter(({ annotations }) => annotations?.[IS_DEFAULT_CLASS] === 'true').sort(byAge)
  return first ? ({ ...object, spec: { ...spec, storageClassName: first.name } } as KubeObject) : object
}

const IS_DEFAULT_CLASS = 'storageclass.kubernetes.io/is-default-class'

/** Newer ones first. */
const byAge = (left: ObjectMeta, right: ObjectMeta): number =>
  (right.creationTimestamp ?? '').localeCompare(left.creationTimestamp ?? '') || left.name.localeCompare(right.name)

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public'])

/** Some namespaces cannot be deleted. */
export const admitDelete = ({ type }: Scope, name: string): void => {
  if (type.group === '' && type.plural === 'namespaces' && IMMORTAL.has(name))
    throw createForbidden(type, name, 'this namespace may not be deleted')
}
