import type { GroupResource } from './failures.ts'

/** How the server's own storage of a resource differs from that of others. */
export type ResourceRules = {
  /** PUT of a name that does not exist creates it. */
  readonly createsOnUpdate: boolean
  /** PUT needs no resourceVersion. */
  readonly updatesUnconditionally: boolean
  /** DELETE answers with the object; else with a Status. */
  readonly returnsDeleted: boolean
  /** What becomes of dependents when a DELETE does not say. */
  readonly dependents: 'delete' | 'orphan' | 'unsupported'
}

const toSet = (text: string): ReadonlySet<string> => new Set(text.trim().split(/\s+/))

const CREATES_ON_UPDATE = toSet(`
  node.k8s.io/runtimeclasses rbac.authorization.k8s.io/roles rbac.authorization.k8s.io/rolebindings
  rbac.authorization.k8s.io/clusterroles rbac.authorization.k8s.io/clusterrolebindings coordination.k8s.io/leases
  coordination.k8s.io/leasecandidates /limitranges /events events.k8s.io/events /services /endpoints`)

const NEEDS_VERSION = toSet(`
  certificates.k8s.io/podcertificaterequests certificates.k8s.io/clustertrustbundles node.k8s.io/runtimeclasses
  policy/poddisruptionbudgets storage.k8s.io/csidrivers storage.k8s.io/csistoragecapacities
  storage.k8s.io/volumeattachments storage.k8s.io/csinodes coordination.k8s.io/leases coordination.k8s.io/leasecandidates
  admissionregistration.k8s.io/validatingadmissionpolicies admissionregistration.k8s.io/mutatingadmissionpolicies
  admissionregistration.k8s.io/mutatingwebhookconfigurations admissionregistration.k8s.io/validatingwebhookconfigurations
  admissionregistration.k8s.io/mutatingadmissionpolicybindings
  admissionregistration.k8s.io/validatingadmissionpolicybindings
  apiextensions.k8s.io/customresourcedefinitions apiregistration.k8s.io/apiservices`)

const RETURNS_DELETED = toSet(`
  resource.k8s.io/resourceclaimtemplates resource.k8s.io/resourceslices resource.k8s.io/resourceclaims
  resource.k8s.io/deviceclasses storage.k8s.io/csidrivers storage.k8s.io/storageclasses
  storage.k8s.io/volumeattachments storage.k8s.io/csinodes storage.k8s.io/volumeattributesclasses /resourcequotas
  /persistentvolumes /persistentvolumeclaims /serviceaccounts /namespaces /pods /services /podtemplates`)

const ORPHANS = toSet('batch/jobs /replicationcontrollers')
const UNSUPPORTED = toSet('/events events.k8s.io/events')

/** The rules of a resource; custom resources have those of all others, but are never updated unconditionally. */
export const getResourceRules = ({ group, plural }: GroupResource, isCustom: boolean): ResourceRules => {
  const key = `${group}/${plural}`
  return {
    createsOnUpdate: CREATES_ON_UPDATE.has(key),
    updatesUnconditionally: !isCustom && !NEEDS_VERSION.has(key),
    returnsDeleted: RETURNS_DELETED.has(key),
    dependents: UNSUPPORTED.has(key) ? 'unsupported' : ORPHANS.has(key) ? 'orphan' : 'delete',
  }
}
