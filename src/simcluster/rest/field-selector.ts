import type { KubeObject } from '../../kube/object.ts'
import { createBadRequest, type GroupResource } from './failures.ts'

/** One term of a field selector. */
export type FieldTerm = { readonly field: string; readonly negated: boolean; readonly value: string }

/** The terms of a field selector: `metadata.name=a,status.phase!=Running`, with `\` before a character that is meant as such. */
export const parseFieldSelector = (text: string): readonly FieldTerm[] =>
  splitTerms(text).map((term) => {
    const [, field, operator, value] = /^(.*?)(!=|==|=)(.*)$/s.exec(term) ?? []
    if (field === undefined || value === undefined) {
      throw createBadRequest(`invalid selector: '${text}'; can't understand '${term}'`)
    }
    return { field, negated: operator === '!=', value: unescapeValue(value, text) }
  })

const splitTerms = (text: string): string[] => {
  const terms: string[] = []
  let term = ''
  for (let at = 0; at < text.length; at++) {
    const character = text[at] as string
    if (character === '\\') term += character + (text[++at] ?? '')
    else if (character === ',') {
      terms.push(term)
      term = ''
    } else term += character
  }
  return [...terms, term].filter((each) => each !== '')
}

const unescapeValue = (value: string, selector: string): string =>
  value.replace(/\\(.?)|=/gs, (match, escaped: string | undefined) => {
    if (match === '=') throw createBadRequest(`invalid field selector: invalid field value ${JSON.stringify(selector)}`)
    if (escaped === ',' || escaped === '=' || escaped === '\\') return escaped
    throw createBadRequest(`invalid field selector: invalid escape sequence: ${match}`)
  })

/** A field that can be selected by, and its value in an object. Absent values are the empty text. */
export type SelectableFields = Readonly<Record<string, (object: KubeObject) => string>>

/** The fields that objects of a resource can be selected by, as the server's own types say. */
export const getSelectableFields = ({ group, plural }: GroupResource): SelectableFields => {
  const more = BY_RESOURCE[`${group}/${plural}`] ?? []
  return { ...COMMON, ...Object.fromEntries(more.map((path) => [path, readPath(path)])) }
}

const readPath = (path: string): ((object: KubeObject) => string) => {
  const keys = (ALIASES[path] ?? path).split('.')
  return (object) => {
    const found = keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], object)
    return found === undefined || found === null ? (DEFAULTS[path] ?? '') : String(found)
  }
}

const COMMON: SelectableFields = {
  'metadata.name': ({ metadata }) => metadata.name,
  'metadata.namespace': ({ metadata }) => metadata.namespace ?? '',
}

const EVENT = [
  'involvedObject.kind',
  'involvedObject.namespace',
  'involvedObject.name',
  'involvedObject.uid',
  'involvedObject.apiVersion',
  'involvedObject.resourceVersion',
  'involvedObject.fieldPath',
  'reason',
  'reportingComponent',
  'source',
  'type',
]

const BY_RESOURCE: Readonly<Record<string, readonly string[]>> = {
  '/pods': [
    'spec.nodeName',
    'spec.restartPolicy',
    'spec.schedulerName',
    'spec.serviceAccountName',
    'spec.hostNetwork',
    'status.phase',
    'status.podIP',
    'status.podIPs',
    'status.nominatedNodeName',
  ],
  '/events': EVENT,
  '/namespaces': ['status.phase', 'name'],
  '/nodes': ['spec.unschedulable'],
  '/secrets': ['type'],
  '/services': ['spec.clusterIP', 'spec.type'],
  '/replicationcontrollers': ['status.replicas'],
  '/persistentvolumes': ['name'],
  '/persistentvolumeclaims': ['name'],
  'apps/replicasets': ['status.replicas'],
  'batch/jobs': ['status.successful'],
  'certificates.k8s.io/certificatesigningrequests': ['spec.signerName'],
  'resource.k8s.io/resourceslices': ['spec.driver', 'spec.nodeName'],
}

const ALIASES: Readonly<Record<string, string>> = {
  name: 'metadata.name',
  reportingComponent: 'reportingComponent',
  source: 'source.component',
  'status.successful': 'status.succeeded',
}

const DEFAULTS: Readonly<Record<string, string>> = {
  'spec.unschedulable': 'false',
  'spec.hostNetwork': 'false',
  'status.replicas': '0',
  'status.successful': '0',
}

/** A matcher of objects; undefined where the selector selects everything. 400 for a field that cannot be selected by. */
export const compileFieldSelector = (
  terms: readonly FieldTerm[],
  fields: SelectableFields,
): ((object: KubeObject) => boolean) | undefined => {
  if (terms.length === 0) return undefined
  const matchers = terms.map(({ field, negated, value }) => {
    const read = fields[field]
    if (!read) throw createBadRequest(`field label not supported: ${field}`)
    return (object: KubeObject): boolean => (read(object) === value) !== negated
  })
  return (object) => matchers.every((matches) => matches(object))
}
