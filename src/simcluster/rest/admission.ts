import type { KubeObject } from '../../kube/object.ts'
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

const IMMORTAL = new Set(['default', 'kube-system', 'kube-public'])

/** Some namespaces cannot be deleted. */
export const admitDelete = ({ type }: Scope, name: string): void => {
  if (type.group === '' && type.plural === 'namespaces' && IMMORTAL.has(name))
    throw createForbidden(type, name, 'this namespace may not be deleted')
}
