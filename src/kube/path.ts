import type { ListAddress, ObjectAddress, Resource } from './client.ts'

/** The URL path of a resource's collection. */
export const toCollectionPath = (resource: Resource, namespace?: string): string => {
  const root = `${resource.group === '' ? '/api' : '/apis'}/${formatApiVersion(resource)}`
  const scope = resource.namespaced && namespace !== undefined ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  return `${root}${scope}/${resource.plural}`
}

/** The URL path of one object, or of its subresource. Some names hold characters that paths do not (`system:node`). */
export const toObjectPath = ({ resource, namespace, name, subresource }: ObjectAddress): string =>
  `${toCollectionPath(resource, namespace)}/${encodeURIComponent(name)}${subresource ? `/${subresource}` : ''}`

/** A query string of what is defined, with its `?`. */
export const toQuery = (parameters: Readonly<Record<string, string | number | boolean | undefined>>): string => {
  const query = new URLSearchParams()
  for (const [key, value] of Object.entries(parameters)) if (value !== undefined) query.set(key, String(value))
  return query.size === 0 ? '' : `?${query}`
}

/** How a list is named in messages: `Deployment`, `Deployment/shop`. */
export const formatListAddress = ({ resource, namespace }: ListAddress): string =>
  namespace === undefined ? resource.kind : `${resource.kind}/${namespace}`

/** `apps/v1`; `v1` for the core group. */
export const formatApiVersion = ({ group, version }: { readonly group: string; readonly version: string }): string =>
  group === '' ? version : `${group}/${version}`
