/**
 * The structure of a value, as server-side apply, strategic merge, decoding and pruning see it. Built-in kinds have
 * theirs from the server's OpenAPI documents, custom ones from their CustomResourceDefinition. References are resolved
 * when a field is first asked for, so that a recursive schema (JSONSchemaProps) ends.
 */
export type FieldSchema = ScalarSchema | ListSchema | MapSchema | StructSchema | AnySchema

/** One value that is never merged. */
export type ScalarSchema = {
  readonly kind: 'scalar'
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'int-or-string'
  /** `quantity`, `date-time`, `micro-time`, `byte`, `int32`, `int64`, `duration`, … where the value has a canonical form. */
  readonly format?: string
  /** A pointer of the server's Go types: a zero that was stated stays, where it else is as good as absent. */
  readonly pointer?: boolean
  readonly default?: unknown
  readonly nullable?: boolean
}

/** A list, by `x-kubernetes-list-type`. */
export type ListSchema = {
  readonly kind: 'list'
  readonly items: () => FieldSchema
  readonly topology: 'atomic' | 'set' | 'map'
  /** Of a `map` list. */
  readonly keys: readonly string[]
  /** What strategic merge patch does, where the document says (`x-kubernetes-patch-strategy`, `x-kubernetes-patch-merge-key`). */
  readonly patch?: { readonly strategy: readonly string[]; readonly mergeKey?: string }
  readonly default?: unknown
  readonly nullable?: boolean
}

/** A map of free keys (`additionalProperties`). */
export type MapSchema = {
  readonly kind: 'map'
  readonly values: () => FieldSchema
  readonly atomic: boolean
  readonly default?: unknown
  readonly nullable?: boolean
}

/** An object of known fields. */
export type StructSchema = {
  readonly kind: 'struct'
  /** The name of a built-in type in OpenAPI: `io.k8s.api.apps.v1.DeploymentSpec`. */
  readonly name?: string
  readonly fields: () => ReadonlyMap<string, FieldSchema>
  readonly required: readonly string[]
  /** `x-kubernetes-map-type: atomic`. */
  readonly atomic: boolean
  /** Unknown fields stay (`x-kubernetes-preserve-unknown-fields`). */
  readonly preservesUnknown: boolean
  /** An embedded object with apiVersion, kind and metadata of its own. */
  readonly embedded?: boolean
  readonly patch?: { readonly strategy: readonly string[] }
  readonly default?: unknown
  readonly nullable?: boolean
}

/** Anything: its structure is deduced from the value (maps merge by key, lists are atomic). */
export type AnySchema = { readonly kind: 'any'; readonly default?: unknown; readonly nullable?: boolean }
