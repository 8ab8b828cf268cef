import { StatusFailure } from '../status-failure.ts'
import { createNotAcceptable } from './failures.ts'

/** In which form an answer is wanted. */
export type Wanted = {
  readonly as: 'object' | 'partial' | 'partial-list' | 'table'
  /** Of the meta group, where converted: `v1`, `v1beta1`. */
  readonly metaVersion: string
  readonly format: 'json' | 'yaml'
  readonly pretty: boolean
}

/** One clause of an Accept header. */
export type AcceptClause = { readonly type: string; readonly parameters: Readonly<Record<string, string>> }

/** Where an answer goes: custom resources are served beside the router that the others pass. */
export type AcceptOptions = {
  readonly userAgent: string | undefined
  readonly pretty: string | null
  readonly stream?: boolean
  /** Of GET of a built-in collection, which may be a watch. */
  readonly routed?: 'one' | 'many'
}

const MEDIA_TYPES: readonly string[] = ['application/json', 'application/yaml', 'application/vnd.kubernetes.protobuf']
const STREAM_TYPES: readonly string[] = MEDIA_TYPES.map((type) => `${type};stream=watch`)

/** The form of the answer by `Accept`, or 406. What would have to be protobuf is refused as if it did not exist. */
export const negotiate = (header: string | undefined, options: AcceptOptions): Wanted => {
  const pretty = wantsPretty(options)
  const plain: Wanted = { as: 'object', metaVersion: 'v1', format: 'json', pretty }
  if (!header) return plain
  const clauses = parseAccept(header)
  if (options.routed && !clauses.some(({ type }) => ROUTED.has(type))) throw createNotRouted(options.routed)
  for (const clause of clauses) {
    const format = toFormat(clause.type)
    const as = format && toForm(clause)
    if (!format || !as) continue
    const { v: metaVersion = 'v1', pretty: asked } = clause.parameters
    return { as, metaVersion, format, pretty: pretty || asked === '1' }
  }
  throw createNotAcceptable(options.stream ? STREAM_TYPES : MEDIA_TYPES)
}

const ROUTED = new Set([...MEDIA_TYPES, '*/*'])

const createNotRouted = (routed: 'one' | 'many'): StatusFailure => {
  const types =
    routed === 'one'
      ? MEDIA_TYPES
      : [...MEDIA_TYPES, 'application/json;stream=watch', 'application/vnd.kubernetes.protobuf;stream=watch']
  const message = `406: Not Acceptable\n\nAvailable representations: ${types.join(', ')}`
  return new StatusFailure(406, 'NotAcceptable', message, {})
}

/** The clauses of an Accept header, most wanted first. */
export const parseAccept = (header: string): readonly AcceptClause[] =>
  header
    .split(',')
    .map((text) => {
      const [type = '', ...parameters] = text.split(';').map((part) => part.trim())
      const named = Object.fromEntries(parameters.map((parameter) => parameter.split('=', 2)))
      const { q, ...others } = named as Record<string, string>
      return { type, parameters: others, weight: q === undefined ? 1 : Number(q) }
    })
    .filter(({ weight }) => !Number.isNaN(weight))
    .sort((left, right) => right.weight - left.weight)

const toFormat = (type: string): 'json' | 'yaml' | undefined => {
  if (type === 'application/json' || type === 'application/*' || type === '*/*') return 'json'
  return type === 'application/yaml' ? 'yaml' : undefined
}

const FORMS: Readonly<Record<string, Wanted['as']>> = {
  Table: 'table',
  PartialObjectMetadata: 'partial',
  PartialObjectMetadataList: 'partial-list',
}

const toForm = ({ parameters }: AcceptClause): Wanted['as'] | undefined => {
  const { as, g, v, stream } = parameters
  if (stream !== undefined && stream !== '' && stream !== 'watch') return undefined
  if (as === undefined && g === undefined && v === undefined) return 'object'
  if (g !== 'meta.k8s.io' || (v !== 'v1' && v !== 'v1beta1')) return undefined
  return FORMS[as ?? '']
}

/** `?pretty=true`, or a program that people look at. */
export const wantsPretty = ({
  userAgent,
  pretty,
}: {
  userAgent: string | undefined
  pretty: string | null
}): boolean =>
  pretty ? /^(?:1|t|T|TRUE|true|True)$/.test(pretty) : /^(?:curl|Wget|Mozilla\/5\.0)/.test(userAgent ?? '')
