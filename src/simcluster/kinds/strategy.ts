import { isDeepStrictEqual } from 'node:util'
import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'
import { StatusFailure } from '../status-failure.ts'
import { decodeBuiltIn } from './decode.ts'
import { DEFAULTS } from './defaults/by-kind.ts'
import { PREPARE_CREATE, PREPARE_UPDATE } from './prepare.ts'
import type { Strategy, StrategyContext } from './resource-type.ts'
import { validateImmutable } from './validate-immutable.ts'
import { validateMetadata, validateMetadataUpdate } from './validate-metadata.ts'
import { validateSize } from './validate-size.ts'

/** Which kind, and whether it has a status that is written apart. */
export type KindInfo = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly namespaced: boolean
  readonly hasStatus: boolean
  readonly schema: () => FieldSchema
}

/** Kinds that count changes of what was asked for; custom resources do so, too. */
const COUNTED = new Set([
  'Pod',
  'PodTemplate',
  'Deployment',
  'ReplicaSet',
  'StatefulSet',
  'DaemonSet',
  'ReplicationController',
  'Job',
  'CronJob',
  'Ingress',
  'IngressClass',
  'NetworkPolicy',
  'PodDisruptionBudget',
  'EndpointSlice',
  'CustomResourceDefinition',
  'FlowSchema',
  'PriorityLevelConfiguration',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
])

/** Kinds whose updates are compared as Go holds them: an empty list that is stated counts as a change each time. */
const TELLS_EMPTY = new Set(['NetworkPolicy', 'MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'])
/** Marks such an object until it is stored: equal in all members, and yet no equal. */
const EMPTIED = Symbol('emptied')

/** Its generation stays the first. */
const COUNTED_ONCE = 'PriorityClass'

/** Groups that extend the API; their finalizers may have any name. */
const EXTENSIONS = new Set(['apiextensions.k8s.io', 'apiregistration.k8s.io'])

/** What a built-in kind makes of what is written. */
export const createBuiltInStrategy = (info: KindInfo): Strategy => {
  const key = `${info.group}/${info.kind}`
  const named = { kind: info.kind, anyFinalizer: EXTENSIONS.has(info.group) }
  return {
    decode: (body, context) => decode(body as Readonly<Record<string, unknown>>, info, context),
    setDefaults: (object) => (DEFAULTS[key]?.(object) ?? object) as KubeObject,
    prepareForCreate: (object, { now }) => {
      const fresh = info.hasStatus && key !== '/Node' ? withStatus(object, emptyStatus(info)) : object
      const prepared = PREPARE_CREATE[key]?.(fresh, now) ?? fresh
      return COUNTED.has(info.kind) || info.kind === COUNTED_ONCE ? withGeneration(prepared, 1) : prepared
    },
    prepareForUpdate: (next, previous, context) => {
      if (context.subresource === 'finalize')
        return { ...previous, metadata: next.metadata, spec: next.spec ?? {} } as KubeObject
      const kept = keepApart(next, previous, info, context, key === 'apps/Deployment' ? ['labels'] : [])
      const prepared = PREPARE_UPDATE[key]?.(kept, previous) ?? kept
      if (!COUNTED.has(info.kind)) return prepared
      const counted = countGeneration(prepared, previous)
      return key === 'apps/Deployment' &&
        !context.subresource &&
        counted.metadata.generation === previous.metadata.generation
        ? countAnnotations(counted, previous)
        : counted
    },
    validate: (object) => [...validateMetadata(object, named), ...validateSize(key, object)],
    validateUpdate: (next, previous) => [
      ...validateMetadataUpdate(next, previous, named),
      ...validateImmutable(key, next, previous),
      ...validateSize(key, next),
    ],
  }
}

const decode = (
  body: Readonly<Record<string, unknown>>,
  info: KindInfo,
  { fieldValidation }: StrategyContext,
): { object: KubeObject; warnings: readonly string[] } => {
  const { value, unknown, emptied } = decodeBuiltIn(body, info.schema(), info)
  const { creationTimestamp, ...typed } = value.metadata as ObjectMeta
  // No managed fields at all is a wish to reset them.
  const { managedFields } = body.metadata as Partial<ObjectMeta>
  const metadata = managedFields?.length === 0 ? { ...typed, managedFields } : typed
  const object = {
    ...value,
    metadata: creationTimestamp ? { ...metadata, creationTimestamp } : metadata,
    ...(emptied && TELLS_EMPTY.has(info.kind) ? { [EMPTIED]: true } : {}),
  } as unknown as KubeObject
  const problems = unknown.map((path) => `unknown field ${JSON.stringify(path)}`)
  if (problems.length > 0 && fieldValidation === 'Strict')
    throw new StatusFailure(
      400,
      'BadRequest',
      `${info.kind} in version ${JSON.stringify(info.version)} cannot be handled as a ${info.kind}: strict decoding error: ${problems.join(', ')}`,
    )
  return { object, warnings: fieldValidation === 'Ignore' ? [] : problems }
}

/** The status of a new object: what its type has at least. */
const emptyStatus = ({ schema, kind, version }: KindInfo): unknown => {
  const struct = schema()
  const status = struct.kind === 'struct' ? struct.fields().get('status') : undefined
  return status === undefined ? undefined : decodeBuiltIn({}, status, { kind, version }).value
}

const withStatus = (object: KubeObject, status: unknown): KubeObject => {
  const { status: _, ...rest } = object
  return status === undefined ? (rest as KubeObject) : { ...rest, status: status as KubeObject['status'] }
}

/** A write of the object leaves its status, a write of the status leaves all else, and of its metadata what is `kept`. */
export const keepApart = (
  next: KubeObject,
  previous: KubeObject,
  { hasStatus }: Pick<KindInfo, 'hasStatus'>,
  { subresource }: StrategyContext,
  kept: readonly (keyof ObjectMeta)[] = [],
): KubeObject => {
  if (!hasStatus) return next
  if (subresource === 'status')
    return { ...withStatus(previous, next.status), metadata: keepMetadata(next.metadata, previous.metadata, kept) }
  return withStatus(next, previous.status)
}

const keepMetadata = (next: ObjectMeta, previous: ObjectMeta, kept: readonly (keyof ObjectMeta)[]): ObjectMeta => {
  const changed = Object.entries(next).filter(([key]) => !kept.includes(key as keyof ObjectMeta))
  const own = kept.flatMap((key) => (previous[key] === undefined ? [] : [[key, previous[key]]]))
  return Object.fromEntries([...changed, ...own]) as ObjectMeta
}

/** Counts a change of anything but metadata and status. */
export const countGeneration = (next: KubeObject, previous: KubeObject): KubeObject => {
  const { generation = 1 } = previous.metadata
  return withGeneration(next, isDeepStrictEqual(toAsked(next), toAsked(previous)) ? generation : generation + 1)
}

/** Annotations of a Deployment are copied to its ReplicaSets, so that a change of them is one to observe. */
const countAnnotations = (next: KubeObject, previous: KubeObject): KubeObject => {
  const { generation = 1, annotations } = previous.metadata
  return isDeepStrictEqual(next.metadata.annotations ?? {}, annotations ?? {})
    ? next
    : withGeneration(next, generation + 1)
}

const toAsked = ({ metadata: _, status: __, ...asked }: KubeObject): unknown => asked

const withGeneration = (object: KubeObject, generation: number): KubeObject => {
  const { generation: _, ...metadata } = object.metadata
  return {
    ...object,
    metadata: { ...metadata, generation } as KubeObject['metadata'],
  }
}
