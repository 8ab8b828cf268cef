import type { LockstepError } from '../base/errors.ts'
import type { ResolvedComponent } from '../fleet/resolved.ts'
import { substitute } from '../fleet/substitute.ts'
import { digestJson } from '../kube/canonical.ts'
import { formatRef, type Manifest, toGroup, toRef, toRefKey } from '../kube/object.ts'
import type { DesiredObject } from './desired.ts'
import { createRenderError } from './errors.ts'
import { dedupeEnv } from './keyed-lists.ts'
import { isClusterScoped } from './namespaced.ts'
import { findRandom } from './random.ts'
import type { RenderedDocument } from './rendered.ts'

/** What {@link normalizeDocuments} is told. */
export type NormalizeOptions = { readonly component: ResolvedComponent; readonly warn: (warning: string) => void }

/**
 * Makes documents what the server would store of them, as far as that is certain: lists flattened, the default namespace
 * set, `stringData` moved to `data`, and refuses what could only go wrong later. Errors name the file.
 */
export const normalizeDocuments = (
  documents: readonly RenderedDocument[],
  options: NormalizeOptions,
): DesiredObject[] => {
  const flat = documents.flatMap(flattenList)
  const defined = new Map(flat.flatMap(({ value }) => listDefined(value)))
  const seen = new Map<string, string>()
  return flat.map((document) => {
    const manifest = normalizeManifest(document, defined, options)
    const key = toRefKey(toRef(manifest))
    const first = seen.get(key)
    if (first !== undefined && !document.hook) {
      throw createRenderError(
        'MANIFEST_DUPLICATE',
        `${formatRef(toRef(manifest))} is in ${first} and in ${document.origin}`,
        {
          subject: formatRef(toRef(manifest)),
          hint: 'keep one of them',
        },
      )
    }
    if (!document.hook) seen.set(key, document.origin)
    const { hook, again, origin } = document
    const random =
      again === undefined
        ? []
        : findRandom(manifest, normalizeManifest({ ...document, value: again }, defined, options))
    return {
      manifest,
      origin,
      digest: digestJson(manifest),
      ...(hook ? { hook } : {}),
      ...(random.length > 0 ? { random } : {}),
    }
  })
}

const flattenList = (document: RenderedDocument): RenderedDocument[] => {
  const items = listItems(document.value)
  if (!items) return [document]
  const others = listItems(document.again)
  return items.flatMap((value, index) => {
    const { again: _, ...item } = { ...document, value }
    return flattenList(others?.length === items.length ? { ...item, again: others[index] } : item)
  })
}

const listItems = (value: unknown): unknown[] | undefined => {
  const { apiVersion, kind, items } = (value ?? {}) as { apiVersion?: unknown; kind?: unknown; items?: unknown }
  if (typeof kind !== 'string' || !kind.endsWith('List') || !Array.isArray(items)) return undefined
  const itemKind = kind.slice(0, -'List'.length)
  return itemKind === '' ? items : items.map((item) => ({ apiVersion, kind: itemKind, ...(item as object) }))
}

/** The kind that a definition defines, as `GROUP/KIND`, and whether it has a namespace. */
export const listDefined = (value: unknown): [string, boolean][] => {
  const { kind, spec } = (value ?? {}) as {
    kind?: string
    spec?: { group?: string; scope?: string; names?: { kind?: string } }
  }
  return kind === 'CustomResourceDefinition' && spec?.names?.kind
    ? [[`${spec.group}/${spec.names.kind}`, spec.scope === 'Namespaced']]
    : []
}

const normalizeManifest = (
  document: RenderedDocument,
  defined: ReadonlyMap<string, boolean>,
  options: NormalizeOptions,
): Manifest => {
  const { component, warn } = options
  const manifest = assertManifest(
    component.substitute && document.mayRefer ? substituteAll(document, component) : document.value,
    document.origin,
  )
  const { status: _, ...content } = manifest
  const group = toGroup(manifest.apiVersion)
  const isNamespaced = defined.get(`${group}/${manifest.kind}`) ?? !isClusterScoped(group, manifest.kind)
  const { namespace: stated, ...metadata } = cleanMetadata(manifest.metadata as unknown as Record<string, unknown>)
  const namespace = (stated as string | undefined) ?? component.namespace ?? 'default'
  const normalized = {
    ...content,
    metadata: { ...metadata, ...(isNamespaced ? { namespace } : {}) },
  } as unknown as Manifest
  return dedupeEnv(
    toStoredSecret(normalized),
    (message) => warn(`${document.origin}: ${message}`),
    (message) => invalid(document.origin, message),
  )
}

const substituteAll = ({ value, origin }: RenderedDocument, component: ResolvedComponent): unknown => {
  const { value: replaced, problems } = substitute(value, component.variables)
  const [first] = problems
  if (first) throw invalid(origin, `${(first as { message?: string }).message ?? 'a reference names nothing'}`)
  return replaced
}

/**
 * Corrects the scope of kinds that only the cluster or another component knows: a custom resource without a namespace must
 * not get the default one. Apart from {@link normalizeDocuments}, so that one cached rendering serves all clusters, which
 * hold one list where nothing is to be corrected.
 */
export const correctScopes = (
  objects: readonly DesiredObject[],
  component: { readonly namespace?: string },
  isNamespaced: (group: string, kind: string) => boolean | undefined,
): readonly DesiredObject[] => {
  const all = objects.map((object) => {
    const { manifest } = object
    const scoped = isNamespaced(toGroup(manifest.apiVersion), manifest.kind)
    if (scoped === undefined || scoped === (manifest.metadata.namespace !== undefined)) return object
    const { namespace: _, ...metadata } = manifest.metadata
    const corrected = {
      ...manifest,
      metadata: scoped ? { ...metadata, namespace: component.namespace ?? 'default' } : metadata,
    } as Manifest
    return { ...object, manifest: corrected, digest: digestJson(corrected) }
  })
  return all.every((object, index) => object === objects[index]) ? objects : all
}

const assertManifest = (value: unknown, origin: string): Manifest => {
  if (value === null || typeof value !== 'object' || Array.isArray(value))
    throw invalid(origin, 'a document is not a map')
  const { apiVersion, kind, metadata } = value as {
    apiVersion?: unknown
    kind?: unknown
    metadata?: Record<string, unknown> | null
  }
  if (typeof apiVersion !== 'string' || apiVersion === '') throw invalid(origin, 'a document has no apiVersion')
  if (typeof kind !== 'string' || kind === '') throw invalid(origin, `a document of ${apiVersion} has no kind`)
  if (metadata?.generateName !== undefined)
    throw invalid(
      origin,
      `${kind} has generateName: an object whose name Git does not state cannot be kept true to Git; give it a name`,
    )
  if (typeof metadata?.name !== 'string' || metadata.name === '') throw invalid(origin, `${kind} has no metadata.name`)
  for (const field of ['labels', 'annotations']) {
    const map = metadata[field] ?? {}
    if (typeof map !== 'object' || Array.isArray(map))
      throw invalid(origin, `${kind} ${metadata.name} has ${field} that are no map`)
  }
  const { namespace } = metadata
  if (namespace !== undefined && namespace !== null && typeof namespace !== 'string') {
    throw invalid(
      origin,
      `${kind} ${metadata.name} has the namespace ${JSON.stringify(namespace)}, which is no text: quote it`,
    )
  }
  return value as Manifest
}

const invalid = (origin: string, reason: string): LockstepError =>
  createRenderError('MANIFEST_INVALID', `${origin}: ${reason}`, { subject: origin, position: { file: origin } })

/** Metadata that tools write as null, and what only the server sets. */
const SERVER_SET = new Set([
  'creationTimestamp',
  'uid',
  'resourceVersion',
  'generation',
  'managedFields',
  'selfLink',
  'deletionTimestamp',
])
const LAST_APPLIED = 'kubectl.kubernetes.io/last-applied-configuration'

const cleanMetadata = (metadata: Record<string, unknown>): Record<string, unknown> => {
  const kept = keepEntries(metadata, (key, value) => value !== null && value !== undefined && !SERVER_SET.has(key))
  for (const field of ['labels', 'annotations']) {
    if (kept[field]) kept[field] = keepEntries(kept[field], (key, value) => value !== null && key !== LAST_APPLIED)
  }
  return kept
}

const keepEntries = (map: object, isKept: (key: string, value: unknown) => boolean): Record<string, unknown> =>
  Object.fromEntries(Object.entries(map).filter(([key, value]) => isKept(key, value)))

const toStoredSecret = (manifest: Manifest): Manifest => {
  if (manifest.kind !== 'Secret' || manifest.apiVersion !== 'v1' || !manifest.stringData) return manifest
  const { stringData, ...rest } = manifest
  const encoded = Object.entries(stringData as Record<string, unknown>).map(([key, value]) => [
    key,
    Buffer.from(String(value ?? '')).toString('base64'),
  ])
  return {
    ...rest,
    data: { ...(rest.data as object | undefined), ...Object.fromEntries(encoded) },
  } as unknown as Manifest
}
