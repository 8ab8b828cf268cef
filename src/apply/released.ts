import { type IgnoreRule, matchesIgnoreRule } from '../fleet/policy.ts'
import { coversPath, type FieldPath, getAtPath, parseFieldPath, toFieldPath, toKeySegment } from '../kube/field-path.ts'
import type { Json, KubeObject, Manifest, ObjectRef } from '../kube/object.ts'
import type { DesiredObject } from '../render/desired.ts'

/** Who may write which fields beside us. */
export type ReleasedContext = {
  readonly ref: ObjectRef
  readonly ignore: readonly IgnoreRule[]
  readonly isAutoscaled: (ref: ObjectRef) => boolean
}

/**
 * The manifest with the live values of fields that others are entitled to (an autoscaler's replicas, ignored fields,
 * values that come out differently at each render). Their value stays as it is: leaving such a field out would let it
 * fall back to its default (replicas: 1) as soon as nobody owned it. Creation applies what was rendered.
 */
export const keepReleased = (
  desired: DesiredObject,
  live: KubeObject | undefined,
  context: ReleasedContext,
): Manifest => {
  if (!live) return desired.manifest
  const patterns: FieldPath[] = [
    ...(context.isAutoscaled(context.ref) ? [toFieldPath('spec', 'replicas')] : []),
    ...context.ignore
      .filter((rule) => matchesIgnoreRule(rule, context.ref))
      .flatMap((rule) => rule.fields.map(parseFieldPath)),
    ...(desired.random ?? []).map(parseFieldPath),
  ]
  if (patterns.length === 0) return desired.manifest
  return replaceCovered(desired.manifest as unknown as Json, live, [], patterns) as unknown as Manifest
}

const replaceCovered = (
  node: Json,
  live: KubeObject,
  path: FieldPath,
  patterns: readonly FieldPath[],
): Json | undefined => {
  if (patterns.some((pattern) => coversPath(pattern, path))) return getAtPath(live, path) as Json | undefined
  if (!patterns.some((pattern) => pattern.length > path.length)) return node
  if (Array.isArray(node)) {
    return node.flatMap((item, index) => {
      const segment = toItemSegment(item as Json, index, patterns, path.length)
      const replaced = replaceCovered(item as Json, live, [...path, segment], patterns)
      return replaced === undefined ? [] : [replaced]
    })
  }
  if (node === null || typeof node !== 'object') return node
  const entries = Object.entries(node).map(
    ([key, value]) => [key, replaceCovered(value as Json, live, [...path, toKeySegment(key)], patterns)] as const,
  )
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}

/** Patterns name items by their keys; an item is addressed by the keys that some pattern uses at this depth. */
const toItemSegment = (item: Json, index: number, patterns: readonly FieldPath[], depth: number): FieldPath[number] => {
  for (const pattern of patterns) {
    const segment = pattern[depth]
    if (segment?.type === 'item' && item !== null && typeof item === 'object') {
      const keys = Object.fromEntries(
        Object.keys(segment.keys).map((key) => [key, (item as Record<string, Json>)[key] ?? '']),
      )
      if (coversPath([segment], [{ type: 'item', keys }])) return { type: 'item', keys }
    }
  }
  return { type: 'index', index }
}
