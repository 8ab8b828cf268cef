import type { Json, JsonObject } from '../../kube/object.ts'

/**
 * One request. In its texts `{ns}` stands for the case's own namespace (also as part of names outside it), and
 * `{name.path.to.field}` for what the answer to the step called `name` says there.
 */
export type RequestStep = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the server's own: `/api/v1/namespaces/{ns}/configmaps`. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | readonly string[]>>
  /** By lower-case name. `content-type` is by the method and the body otherwise, `user-agent` is `contract`. */
  readonly headers?: Readonly<Record<string, string>>
  /** An object is sent as JSON; a text as it is. */
  readonly body?: Json
  /** Sends the answer to the step of this name, with `body` merged into it (null removes), in place of `body` alone. */
  readonly base?: string
  /** Who asks, impersonated: `alice` is in group `team-a`, `bob` in `team-b`, `carol` may everything. The administrator by default. */
  readonly user?: string
  /** What later steps call the answer. */
  readonly as?: string
  /** Must succeed, and is not compared: it only prepares. */
  readonly setup?: true
  /** Asks again until this is true of the answer, some seconds long: for what controllers do. The last answer counts. */
  readonly until?: (answer: { readonly status: number; readonly body: Loose }) => boolean
  /** Further headers of the answer to compare. */
  readonly keep?: readonly string[]
}

/** Opens a watch and goes on with the next step; `ReadStep`s read from it by its name. */
export type WatchStep = Pick<RequestStep, 'path' | 'query' | 'headers' | 'user'> & { readonly watch: string }

/** Reads as many events from a watch, or all until the server ends it. What does not come in some seconds is missing. */
export type ReadStep = { readonly read: string; readonly events: number | 'all' }

/** Lets so many milliseconds pass. */
export type WaitStep = { readonly wait: number; readonly setup?: true }

/** One step of a case. */
export type Step = RequestStep | WatchStep | ReadStep | WaitStep

/** What one sentence claims: steps whose answers are those of the real server. */
export type ContractCase = {
  readonly steps: readonly Step[]
  /** Why the simulated server answers otherwise. Told in the guide; the case must fail there as long as it is said here. */
  readonly differs?: string
}

/** The cases of an area, by sentence; most are only their steps. */
export type ContractCases = Readonly<Record<string, readonly Step[] | ContractCase>>

/** Parsed JSON that a case looks into without a type. */
// biome-ignore lint/suspicious/noExplicitAny: a case that looks in vain fails by its comparison
export type Loose = any

/** The one shape of both. */
export const toCase = (given: readonly Step[] | ContractCase): ContractCase =>
  'steps' in given ? given : { steps: given }

type Options = Omit<RequestStep, 'method' | 'path' | 'body'>
type ApplyOptions = Options & { readonly manager?: string; readonly force?: boolean }

/** GET of an object or of a list. */
export const get = (path: string, options: Options = {}): RequestStep => ({ method: 'GET', path, ...options })

/** POST. */
export const create = (path: string, body: Json, options: Options = {}): RequestStep => ({
  method: 'POST',
  path,
  body,
  ...options,
})

/** PUT. */
export const update = (path: string, body: Json, options: Options = {}): RequestStep => ({
  method: 'PUT',
  path,
  body,
  ...options,
})

/** DELETE of an object or of a collection, with delete options as `body`. */
export const remove = (path: string, options: Options & { readonly body?: Json } = {}): RequestStep => ({
  method: 'DELETE',
  path,
  ...options,
})

const patchAs =
  (type: string) =>
  (path: string, body: Json, options: Options = {}): RequestStep => ({
    method: 'PATCH',
    path,
    body,
    ...options,
    headers: { 'content-type': type, ...options.headers },
  })

/** PATCH with a JSON patch. */
export const jsonPatch = patchAs('application/json-patch+json')
/** PATCH with a JSON merge patch. */
export const mergePatch = patchAs('application/merge-patch+json')
/** PATCH with a strategic merge patch. */
export const strategicPatch = patchAs('application/strategic-merge-patch+json')

/** PATCH with a server-side apply, by `manager-a` where nobody is named. */
export const apply = (
  path: string,
  body: Json,
  { manager = 'manager-a', force, query, ...options }: ApplyOptions = {},
): RequestStep =>
  patchAs('application/apply-patch+yaml')(path, body, {
    ...options,
    query: { fieldManager: manager, ...(force === undefined ? {} : { force: String(force) }), ...query },
  })

/** Opens a watch by this name. */
export const watch = (name: string, path: string, options: Pick<WatchStep, 'query' | 'headers' | 'user'> = {}) =>
  ({ watch: name, path, ...options }) satisfies WatchStep

/** Reads events of a watch. */
export const read = (name: string, events: number | 'all'): ReadStep => ({ read: name, events })

/** Sets up a custom resource definition, to be used by the steps that follow. Its group has to begin with `{ns}.`. */
export const define = (definition: JsonObject): readonly RequestStep[] => {
  const { spec } = definition as Loose
  const definitions = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
  const isServed = (status: number): boolean => status === 200
  return [
    create(
      definitions,
      {
        apiVersion: 'apiextensions.k8s.io/v1',
        kind: 'CustomResourceDefinition',
        metadata: { name: `${spec.names.plural}.${spec.group}` },
        ...definition,
      },
      { setup: true },
    ),
    ...spec.versions.map(({ name }: Loose) =>
      get(`/apis/${spec.group}/${name}/${spec.names.plural}`, { setup: true, until: ({ status }) => isServed(status) }),
    ),
  ]
}
