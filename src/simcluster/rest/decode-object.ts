import type { KubeObject } from '../../kube/object.ts'
import type { ResourceType, StrategyContext } from '../kinds/resource-type.ts'
import { StatusFailure } from '../status-failure.ts'
import { createBadRequest } from './failures.ts'
import { quoteGo } from './go-quote.ts'
import { type Scope, toApiVersion } from './scope.ts'

/**
 * A body as the server's types hold it, with defaults. Where it does not name its version and kind, the request does.
 * Unknown fields and other `problems` are warned of, or refused, as the request wants.
 */
export const decodeObject = (
  scope: Scope,
  body: unknown,
  context: StrategyContext,
  problems: readonly string[] = [],
): KubeObject => {
  const { type, warnings } = scope
  if (typeof body !== 'object' || Array.isArray(body)) throw createNoObject(type, body)
  const given = (body ?? {}) as Partial<KubeObject>
  const own = toApiVersion(type)
  const named = {
    ...given,
    apiVersion: given.apiVersion || own,
    kind: given.kind || type.kind,
    metadata: given.metadata ?? {},
  }
  if (named.kind !== type.kind || named.apiVersion !== own) assertKind(scope, named, context)
  const decoded = decodeStrictly(scope, named, context, problems)
  warnings.push(...decoded.warnings, ...(context.fieldValidation === 'Warn' ? problems : []))
  return type.strategy.setDefaults(decoded.object)
}

/** What is stated twice is as wrong as what is not known. */
const decodeStrictly = (
  { type }: Scope,
  named: object,
  context: StrategyContext,
  problems: readonly string[],
): ReturnType<ResourceType['strategy']['decode']> => {
  if (context.fieldValidation !== 'Strict' || problems.length === 0) return type.strategy.decode(named, context)
  const { warnings } = type.strategy.decode(named, { ...context, fieldValidation: 'Warn' })
  throw createBadRequest(
    `${type.kind} in version ${quoteGo(type.version)} cannot be handled as a ${type.kind}: strict decoding error: ${[...warnings, ...problems].join(', ')}`,
  )
}

type Named = { readonly apiVersion: string; readonly kind: string }

/** What else a body can be: of no kind at all, of another kind, or of another version of the same. */
const assertKind = ({ backend, type }: Scope, named: Named, context: StrategyContext): void => {
  const { apiVersion, kind } = named
  const version = apiVersion.split('/').at(-1) as string
  const refuse = (why: string): StatusFailure =>
    createBadRequest(`${kind} in version ${quoteGo(version)} cannot be handled as a ${type.kind}: ${why}`)
  const other = backend.registry.list().find((each) => each.kind === kind && toApiVersion(each) === apiVersion)
  const isKnown = (other && other.group === type.group) || OLD_VERSIONS.has(apiVersion)
  if (type.custom || (isKnown && kind === type.kind)) {
    throw createBadRequest(
      `the API version in the data (${apiVersion}) does not match the expected API version (${toApiVersion(type)})`,
    )
  }
  if (!other)
    throw refuse(
      `no kind ${quoteGo(kind)} is registered for version ${quoteGo(apiVersion)} in scheme "pkg/runtime/scheme.go:111"`,
    )
  try {
    other.strategy.decode(named, context)
  } catch (error) {
    if (!(error instanceof StatusFailure)) throw error
    throw refuse(error.message.replace(/^.*? cannot be handled as a \w+: /, ''))
  }
  const packageOf = ({ group }: Pick<ResourceType, 'group'>): string => group.split('.')[0] || 'core'
  throw refuse(`converting (${version}.${kind}) to (${packageOf(type)}.${type.kind}): unknown conversion`)
}

/** Versions that are served no more, but that the server still knows. */
const OLD_VERSIONS = new Set([
  'extensions/v1beta1',
  'apps/v1beta1',
  'apps/v1beta2',
  'batch/v1beta1',
  'policy/v1beta1',
  'autoscaling/v2beta1',
  'autoscaling/v2beta2',
  'networking.k8s.io/v1beta1',
  'rbac.authorization.k8s.io/v1beta1',
  'rbac.authorization.k8s.io/v1alpha1',
  'storage.k8s.io/v1beta1',
  'scheduling.k8s.io/v1beta1',
  'events.k8s.io/v1beta1',
  'discovery.k8s.io/v1beta1',
  'coordination.k8s.io/v1beta1',
])

const createNoObject = (type: ResourceType, body: unknown): StatusFailure => {
  const what = Array.isArray(body) ? 'array' : typeof body === 'boolean' ? 'bool' : typeof body
  const struct = `struct { APIVersion string ${quoteGo('json:"apiVersion,omitempty"')}; Kind string ${quoteGo('json:"kind,omitempty"')} }`
  const text = JSON.stringify(body)
  const summary = Buffer.from(text).toString('hex')
  return createBadRequest(
    `the object provided is unrecognized (must be of type ${type.kind}): couldn't get version/kind; json parse error: json: cannot unmarshal ${what} into Go value of type ${struct} (${summary})`,
  )
}
