import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import { type Controller, itself, type ObjectChange, type Outcome, toManagerAgent } from './controller.ts'
import type { World } from './world.ts'

const NAMESPACES = '/namespaces'

/** Namespaces, and those of objects with this name that went or changed. */
const toNamespaces =
  (name: string) =>
  ({ key }: ObjectChange): readonly string[] => {
    const [namespace = '', own] = key.split('/')
    return own === name ? [namespace] : []
  }

/** What every namespace has, made again when it goes. */
const keepInNamespaces = (
  name: string,
  resource: string,
  make: (namespace: string, world: World) => KubeObject,
  keepsContent = false,
): Controller => ({
  name,
  agent: toManagerAgent(name),
  triggers: {
    [NAMESPACES]: itself,
    [resource]: toNamespaces(make('', {} as World).metadata.name),
  },
  reconcile: (namespace, world) => {
    const above = world.get(NAMESPACES, namespace)
    if (!above || above.metadata.deletionTimestamp) return undefined
    const wish = make(namespace, world)
    const live = world.get(resource, `${namespace}/${wish.metadata.name}`)
    if (!live) return toOutcome(world.create(resource, wish))
    const isSame = JSON.stringify(live.data) === JSON.stringify(wish.data)
    return keepsContent && !isSame ? toOutcome(world.update(resource, { ...live, data: wish.data })) : undefined
  },
})

const toOutcome = (written: { readonly ok: boolean; readonly reason?: string }): Outcome =>
  written.ok || written.reason === 'AlreadyExists' || written.reason === 'Forbidden' ? undefined : 'failed'

/** The account that pods have which name none. */
export const DEFAULT_ACCOUNTS = keepInNamespaces('service-account-controller', '/serviceaccounts', (namespace) => ({
  apiVersion: 'v1',
  kind: 'ServiceAccount',
  metadata: { name: 'default', namespace },
}))

const DESCRIPTION =
  'Contains a CA bundle that can be used to verify the kube-apiserver when using internal endpoints such as the internal service IP or kubernetes.default.svc. No other usage is guaranteed across distributions of Kubernetes clusters.'

/** Looks like a certificate. Nobody here is verified by it. */
const CERTIFICATE = `-----BEGIN CERTIFICATE-----
${Buffer.from('Simulated clusters are their own certificate authority.').toString('base64')}
-----END CERTIFICATE-----
`

/** The certificate that pods know the server by. */
export const ROOT_CERTIFICATES = keepInNamespaces(
  'root-ca-cert-publisher',
  '/configmaps',
  (namespace) => ({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: {
      name: 'kube-root-ca.crt',
      namespace,
      annotations: { 'kubernetes.io/description': DESCRIPTION },
    } as ObjectMeta,
    data: { 'ca.crt': CERTIFICATE },
  }),
  true,
)

const SECRETS = '/secrets'
const ACCOUNT = 'kubernetes.io/service-account.name'
const TOKENS = 'tokens-controller'

/** Fills the token Secrets of accounts, and deletes those whose account is gone. */
export const ACCOUNT_TOKENS: Controller = {
  name: TOKENS,
  agent: toManagerAgent(TOKENS),
  triggers: {
    [SECRETS]: ({ key, object }) => (object.type === 'kubernetes.io/service-account-token' ? [key] : []),
    '/serviceaccounts': ({ type, key }, world) => {
      if (type === 'MODIFIED') return []
      const [namespace = '', name] = key.split('/')
      return world
        .keys(SECRETS, `${namespace}/`)
        .filter((each) => world.get(SECRETS, each)?.metadata.annotations?.[ACCOUNT] === name)
    },
  },
  reconcile: (key, world) => {
    const secret = world.get(SECRETS, key)
    if (secret?.type !== 'kubernetes.io/service-account-token') return undefined
    const { annotations = {}, namespace = '', name, uid } = secret.metadata
    const account = world.get('/serviceaccounts', `${namespace}/${annotations[ACCOUNT]}`)
    const isStranger = annotations['kubernetes.io/service-account.uid'] ?? account?.metadata.uid
    if (!account || isStranger !== account.metadata.uid) {
      world.delete(SECRETS, key, { uid: uid as string })
      return undefined
    }
    const data = (secret.data ?? {}) as Readonly<Record<string, string>>
    if (data.token && data['ca.crt'] && data.namespace && annotations['kubernetes.io/service-account.uid'])
      return undefined
    const claims = {
      iss: 'kubernetes/serviceaccount',
      sub: `system:serviceaccount:${namespace}:${account.metadata.name}`,
      secret: name,
    }
    const encode = (text: string): string => Buffer.from(text).toString('base64')
    const token = [{ alg: 'none' }, claims].map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    const written = world.update(SECRETS, {
      ...secret,
      metadata: {
        ...secret.metadata,
        annotations: { ...annotations, 'kubernetes.io/service-account.uid': account.metadata.uid as string },
      },
      data: {
        'ca.crt': encode(CERTIFICATE),
        namespace: encode(namespace),
        token: encode(`${token.join('.')}.simulated`),
        ...data,
      },
    })
    return toOutcome(written)
  },
}
