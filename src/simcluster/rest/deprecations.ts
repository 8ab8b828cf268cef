import type { ResourceType } from '../kinds/resource-type.ts'
import type { Backend } from './scope.ts'

const BUILT_IN: Readonly<Record<string, string>> = {
  '/v1/endpoints': 'v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice',
  '/v1/componentstatuses': 'v1 ComponentStatus is deprecated in v1.19+',
}

type Version = { readonly name: string; readonly deprecated?: boolean; readonly deprecationWarning?: string }

/** What is told with every answer about a kind that should be used no more. */
export const listDeprecations = ({ store }: Pick<Backend, 'store'>, type: ResourceType): readonly string[] => {
  const { group, version, plural, kind } = type
  if (!type.custom) {
    const warning = BUILT_IN[`${group}/${version}/${plural}`]
    return warning === undefined ? [] : [warning]
  }
  const stored = store.get('apiextensions.k8s.io/customresourcedefinitions', `${plural}.${group}`)
  const { versions = [] } = ((stored && store.read(stored).spec) ?? {}) as { versions?: readonly Version[] }
  const own = versions.find(({ name }) => name === version)
  return own?.deprecated ? [own.deprecationWarning ?? `${group}/${version} ${kind} is deprecated`] : []
}
