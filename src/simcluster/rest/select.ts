import type { KubeObject } from '../../kube/object.ts'
import { readLabels, type StoredObject } from '../store/stored-object.ts'
import { compileFieldSelector, getSelectableFields, parseFieldSelector } from './field-selector.ts'
import { parseLabelSelector } from './label-selector.ts'
import { readStored, type Scope } from './scope.ts'

/** Which objects a list or watch is about. */
export type Selection = {
  /** Keys begin with it. */
  readonly prefix: string
  readonly isEverything: boolean
  readonly matches: (stored: StoredObject) => boolean
}

/** The selection of a request by its namespace, selectors and name. */
export const compileSelection = (
  scope: Scope,
  selectors: { readonly labelSelector: string; readonly fieldSelector: string },
): Selection => {
  const { type, info } = scope
  const byLabels = parseLabelSelector(selectors.labelSelector)
  const terms = parseFieldSelector(selectors.fieldSelector)
  // In a path with `/watch/`, the name is part of the path.
  const named =
    info.isWatchPath && info.name !== undefined ? [{ field: 'metadata.name', negated: false, value: info.name }] : []
  const byFields = compileFieldSelector(
    [...terms, ...named],
    getSelectableFields(type, type.custom ? readPaths(scope) : undefined),
  )
  const prefix = type.namespaced && info.namespace !== undefined ? `${info.namespace}/` : ''
  return {
    prefix,
    isEverything: !byLabels && !byFields,
    matches: (stored) =>
      (!byLabels || byLabels(readLabels(stored))) && (!byFields || byFields(readStored(scope, stored) as KubeObject)),
  }
}

type Version = { readonly name: string; readonly selectableFields?: readonly { readonly jsonPath: string }[] }

/** The paths that the definition of a custom kind names, besides name and namespace. */
const readPaths = ({ backend, type }: Scope): readonly string[] => {
  const stored = backend.store.get('apiextensions.k8s.io/customresourcedefinitions', `${type.plural}.${type.group}`)
  const { versions = [] } = ((stored && backend.store.read(stored).spec) ?? {}) as { versions?: readonly Version[] }
  const version = versions.find(({ name }) => name === type.version)
  return version?.selectableFields?.map(({ jsonPath }) => jsonPath) ?? []
}
