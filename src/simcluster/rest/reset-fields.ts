import type { ResourceType } from '../kinds/resource-type.ts'
import { type FieldSet, toFieldSet } from '../merge/field-set.ts'

/** The fields that a write through this resource or subresource never changes; undefined where it may change all. */
export const getResetFields = (
  { group, plural, subresources, custom }: Pick<ResourceType, 'group' | 'plural' | 'subresources' | 'custom'>,
  subresource: string | undefined,
): FieldSet | undefined => {
  const resource = `${group}/${plural}`
  const special = SPECIAL[subresource === undefined ? resource : `${resource}/${subresource}`]
  if (special) return special
  if (subresource === 'status') return custom || KEEPS_METADATA.has(resource) ? METADATA_AND_SPEC : SPEC
  return subresource === undefined && subresources.has('status') ? STATUS : undefined
}

const toSet = (...paths: readonly string[]): FieldSet =>
  toFieldSet(paths.map((path) => path.split('.').map((name) => `f:${name}`)))

const STATUS = toSet('status')
const SPEC = toSet('spec')
const METADATA_AND_SPEC = toSet('metadata', 'spec')

/** The status of these is written without their metadata, as that of custom resources. */
const KEEPS_METADATA = new Set([
  'admissionregistration.k8s.io/validatingadmissionpolicies',
  'apiextensions.k8s.io/customresourcedefinitions',
  'apiregistration.k8s.io/apiservices',
  'flowcontrol.apiserver.k8s.io/flowschemas',
  'flowcontrol.apiserver.k8s.io/prioritylevelconfigurations',
  'networking.k8s.io/servicecidrs',
  'resource.k8s.io/resourceclaims',
  'storage.k8s.io/volumeattachments',
])

const SPECIAL: Readonly<Record<string, FieldSet>> = {
  '/namespaces/finalize': STATUS,
  '/pods/status': toSet('spec', 'metadata.deletionTimestamp', 'metadata.ownerReferences'),
  'apps/deployments/status': toSet('spec', 'metadata.labels'),
  'certificates.k8s.io/certificatesigningrequests': toSet('spec', 'status'),
  'certificates.k8s.io/certificatesigningrequests/status': toSet('spec', 'status.conditions'),
  'certificates.k8s.io/certificatesigningrequests/approval': toSet('spec', 'status.certificate'),
}
