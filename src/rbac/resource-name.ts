/** A resource as people name it. */
export type NamedResource = { readonly group: string; readonly resource: string; readonly subresource?: string }

/** The resources of Kubernetes itself that are not in the core group. */
const RESOURCES: Readonly<Record<string, string>> = {
  'admissionregistration.k8s.io':
    'mutatingwebhookconfigurations validatingwebhookconfigurations validatingadmissionpolicies validatingadmissionpolicybindings mutatingadmissionpolicies mutatingadmissionpolicybindings',
  'apiextensions.k8s.io': 'customresourcedefinitions',
  'apiregistration.k8s.io': 'apiservices',
  apps: 'deployments statefulsets daemonsets replicasets controllerrevisions',
  autoscaling: 'horizontalpodautoscalers',
  batch: 'jobs cronjobs',
  'certificates.k8s.io': 'certificatesigningrequests signers',
  'coordination.k8s.io': 'leases',
  'discovery.k8s.io': 'endpointslices',
  'networking.k8s.io': 'ingresses ingressclasses networkpolicies',
  policy: 'poddisruptionbudgets',
  'rbac.authorization.k8s.io': 'roles clusterroles rolebindings clusterrolebindings',
  'scheduling.k8s.io': 'priorityclasses',
  'storage.k8s.io': 'storageclasses csidrivers csinodes volumeattachments',
}
const CORE =
  'bindings configmaps endpoints events groups limitranges namespaces nodes persistentvolumeclaims persistentvolumes pods podtemplates replicationcontrollers resourcequotas secrets serviceaccounts services users'

const SHORT: Readonly<Record<string, string>> = {
  cm: 'configmaps',
  cj: 'cronjobs',
  crd: 'customresourcedefinitions',
  crds: 'customresourcedefinitions',
  deploy: 'deployments',
  ds: 'daemonsets',
  ep: 'endpoints',
  hpa: 'horizontalpodautoscalers',
  ing: 'ingresses',
  netpol: 'networkpolicies',
  no: 'nodes',
  ns: 'namespaces',
  pdb: 'poddisruptionbudgets',
  po: 'pods',
  pv: 'persistentvolumes',
  pvc: 'persistentvolumeclaims',
  rs: 'replicasets',
  sa: 'serviceaccounts',
  sts: 'statefulsets',
  svc: 'services',
}

const GROUPS = new Map([
  ...CORE.split(' ').map((resource) => [resource, ''] as const),
  ...Object.entries(RESOURCES).flatMap(([group, names]) =>
    names.split(' ').map((resource) => [resource, group] as const),
  ),
])

/**
 * `pods`, `pods/log`, `deployments.apps/scale`, `deploy`, `widgets.example.com`; a singular is understood. Undefined where
 * the group of a resource is not said and not known.
 */
export const parseResourceName = (text: string): NamedResource | undefined => {
  const [, written = '', dotted, subresource] = /^([^./]+)(?:\.([^/]+))?(?:\/(.+))?$/.exec(text.toLowerCase()) ?? []
  const resource = [SHORT[written] ?? written, `${written}s`, `${written}es`, written.replace(/y$/, 'ies')].find(
    (each) => GROUPS.has(each),
  )
  const group = dotted ?? (written === '*' ? '*' : GROUPS.get(resource ?? ''))
  if (written === '' || group === undefined) return undefined
  const isKnown = dotted === undefined || GROUPS.get(resource ?? '') === dotted
  return {
    group,
    resource: isKnown && resource !== undefined ? resource : written,
    ...(subresource === undefined ? {} : { subresource }),
  }
}

/** `deployments.apps/scale`. */
export const formatResourceName = ({ group, resource, subresource }: NamedResource): string =>
  `${resource}${group === '' ? '' : `.${group}`}${subresource === undefined ? '' : `/${subresource}`}`
