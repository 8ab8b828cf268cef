/** What may be done: one rule of a Role or ClusterRole. */
export type RbacRule = {
  readonly verbs: readonly string[]
  readonly apiGroups?: readonly string[]
  readonly resources?: readonly string[]
  readonly resourceNames?: readonly string[]
  readonly nonResourceURLs?: readonly string[]
}

/** A request about resources. Absent namespace: on the whole cluster, or all namespaces. Absent name: none in particular. */
export type ResourceRequest = {
  readonly verb: string
  readonly group: string
  /** The plural. */
  readonly resource: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
}

/** A request, as an authoriser sees it: about resources, or about a path. */
export type AccessRequest = ResourceRequest | { readonly verb: string; readonly path: string }

/** Does the rule allow the request, wherever the role holds? As the API server decides it. */
export const allowsRequest = (rule: RbacRule, request: AccessRequest): boolean => {
  if (!hasOrAll(rule.verbs, request.verb)) return false
  if ('path' in request) return matchesPath(rule, request.path)
  const { group, resource, subresource = '', name = '' } = request
  return (
    hasOrAll(rule.apiGroups, group) &&
    matchesResource(rule, resource, subresource) &&
    (!rule.resourceNames?.length || rule.resourceNames.includes(name))
  )
}

const hasOrAll = (values: readonly string[] | undefined, value: string): boolean =>
  values?.some((each) => each === '*' || each === value) ?? false

const matchesResource = ({ resources = [] }: RbacRule, resource: string, subresource: string): boolean => {
  const whole = subresource === '' ? resource : `${resource}/${subresource}`
  return resources.some((each) => each === '*' || each === whole || (subresource !== '' && each === `*/${subresource}`))
}

const matchesPath = ({ nonResourceURLs = [] }: RbacRule, path: string): boolean =>
  nonResourceURLs.some(
    (url) => url === '*' || url === path || (url.endsWith('*') && path.startsWith(url.replace(/\*+$/, ''))),
  )
