import type { KubeObject } from '../../kube/object.ts'
import type { FieldSchema } from '../schema/field-schema.ts'

/** One resource type in one version. */
export type ResourceType = {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly listKind: string
  readonly plural: string
  readonly singular: string
  readonly namespaced: boolean
  readonly verbs: readonly string[]
  readonly shortNames: readonly string[]
  readonly categories: readonly string[]
  /** By name, as discovery tells them. */
  readonly subresources: ReadonlyMap<string, unknown>
  readonly schema: () => FieldSchema
  readonly strategy: Strategy
  /** Of a CustomResourceDefinition. */
  readonly custom?: boolean
  /** Kinds that are stored as another one share its key. */
  readonly storageKey?: string
  /** A stored object in this version. */
  readonly convert?: (object: KubeObject) => KubeObject
}

/** What is wrong with a field, in the words of the API server: `FieldValueInvalid`, `FieldValueRequired`, … */
export type FieldError = {
  readonly type: string
  readonly field: string
  readonly detail: string
  readonly badValue?: unknown
}

/** How a request writes. */
export type StrategyContext = {
  readonly fieldValidation: string
  readonly subresource: string | undefined
  readonly now: Date
}

/** What a kind makes of what is written. Pure. */
export type Strategy = {
  /** The object as the server's types hold it: what they do not know is told, or refused, as the request wants. */
  decode(body: unknown, context: StrategyContext): { object: KubeObject; warnings: readonly string[] }
  setDefaults(object: KubeObject): KubeObject
  prepareForCreate(object: KubeObject, context: StrategyContext): KubeObject
  prepareForUpdate(next: KubeObject, previous: KubeObject, context: StrategyContext): KubeObject
  validate(object: KubeObject, context: StrategyContext): readonly FieldError[]
  validateUpdate(next: KubeObject, previous: KubeObject, context: StrategyContext): readonly FieldError[]
}

/** The resource types of one server. */
export type Registry = {
  find(group: string, version: string, plural: string): ResourceType | undefined
  list(): readonly ResourceType[]
  addDefinition(definition: KubeObject): void
  removeDefinition(definition: KubeObject): void
}
