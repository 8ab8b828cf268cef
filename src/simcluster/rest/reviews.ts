import type { ApiUser } from '../api.ts'
import { type AccessAttributes, authorize } from './authorize.ts'
import { createBadRequest } from './failures.ts'
import { completeGroups } from './identity.ts'
import { createInvalid } from './invalid.ts'
import { formatTime, type Scope } from './scope.ts'

/** What a review was sent: the answer repeats it. */
type Review = {
  readonly metadata?: Readonly<Record<string, unknown>>
  readonly spec?: Readonly<Record<string, unknown>>
}
/** The members of a review that is answered, besides apiVersion and kind. */
export type ReviewAnswer = Required<Review> & { readonly status: Readonly<Record<string, unknown>> }

/** How reviews of a resource are answered; undefined for what is no review. Nothing is stored. */
export const getReviewer = ({ type }: Scope): ((scope: Scope, sent: Review) => Partial<ReviewAnswer>) | undefined =>
  REVIEWERS[`${type.group}/${type.plural}`]

const REVIEWERS: Readonly<Record<string, (scope: Scope, sent: Review) => Partial<ReviewAnswer>>> = {
  'authentication.k8s.io/selfsubjectreviews': ({ request, now }) => ({
    metadata: { creationTimestamp: formatTime(now) },
    status: { userInfo: toUserInfo(request.user) },
  }),
  'authentication.k8s.io/tokenreviews': ({ backend }, { metadata = {}, spec = {} }) => {
    const user = backend.users.find(String(spec.token ?? ''))
    const audiences = ['https://kubernetes.default.svc.cluster.local']
    return {
      metadata,
      spec,
      status: user
        ? { authenticated: true, user: toUserInfo(user), audiences }
        : { user: {}, error: 'invalid bearer token' },
    }
  },
  'authorization.k8s.io/selfsubjectaccessreviews': (scope, sent) => review(scope, sent, scope.request.user),
  'authorization.k8s.io/subjectaccessreviews': (scope, sent) => review(scope, sent, toSubject(sent)),
  'authorization.k8s.io/localsubjectaccessreviews': (scope, sent) => {
    const { namespace } = (sent.spec?.resourceAttributes ?? {}) as { namespace?: string }
    if (namespace !== scope.info.namespace)
      throw createBadRequest(`spec.resourceAttributes.namespace must match namespace: ${scope.info.namespace}`)
    return review(scope, sent, toSubject(sent))
  },
  'authorization.k8s.io/selfsubjectrulesreviews': () => ({
    metadata: {},
    spec: {},
    status: {
      resourceRules: [{ verbs: ['*'], apiGroups: ['*'], resources: ['*'] }],
      nonResourceRules: [{ verbs: ['*'], nonResourceURLs: ['*'] }],
      incomplete: false,
    },
  }),
}

const toUserInfo = ({ username, uid, groups, extra }: ApiUser) => ({
  username,
  ...(uid === undefined ? {} : { uid }),
  groups,
  ...(extra ? { extra } : {}),
})

const toSubject = ({ spec = {} }: Review): ApiUser => {
  const { user = '', groups = [], uid } = spec as { user?: string; groups?: readonly string[]; uid?: string }
  return { username: user, groups: completeGroups(user, groups), ...(uid === undefined ? {} : { uid }) }
}

type ResourceAttributes = Readonly<
  Record<'namespace' | 'verb' | 'group' | 'version' | 'resource' | 'subresource' | 'name', string | undefined>
>

const review = (
  { backend, type }: Scope,
  { metadata = {}, spec = {} }: Review,
  user: ApiUser,
): Partial<ReviewAnswer> => {
  const { resourceAttributes: resource, nonResourceAttributes: other } = spec as {
    resourceAttributes?: ResourceAttributes
    nonResourceAttributes?: { readonly path?: string; readonly verb?: string }
  }
  if (Boolean(resource) === Boolean(other)) {
    const detail = 'exactly one of nonResourceAttributes or resourceAttributes must be specified'
    throw createInvalid({ group: type.group, kind: '' }, '', [
      { type: 'FieldValueInvalid', field: 'spec.resourceAttributes', badValue: null, detail },
    ])
  }
  const attributes: AccessAttributes = {
    user,
    verb: resource?.verb ?? other?.verb ?? '',
    group: resource?.group ?? '',
    version: resource?.version ?? '',
    plural: resource?.resource ?? '',
    subresource: resource?.subresource ?? '',
    namespace: resource?.namespace ?? '',
    name: resource?.name ?? '',
    path: other?.path,
  }
  const { allowed, reason } = authorize(attributes, backend)
  return { metadata, spec, status: { allowed, ...(reason === '' ? {} : { reason }) } }
}
