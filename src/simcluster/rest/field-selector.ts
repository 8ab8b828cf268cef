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

/** Reads the value that a field is selected by; absent values are the empty text. */
type FieldReader = (object: KubeObject) => string

/** The fields of a resource that objects can be selected by, and the words for all others. */
export type SelectableFields = {
  readonly fields: Readonly<Record<string, FieldReader>>
  readonly refuse: (field: string) => string
}

/** What the server knows of a resource; of a custom one, the paths that its definition names besides (`spec.colour`). */
export const getSelectableFields = (
  { group, plural }: GroupResource,
  customPaths?: readonly string[],
): SelectableFields => {
  if (customPaths) return { fields: { ...METADATA, ...toReaders(customPaths) }, refuse: refuseShortly }
  return BY_RESOURCE[`${group}/${plural}`] ?? { fields: METADATA, refuse: refuseLongly }
}

const refuseShortly = (field: string): string => `field label not supported: ${field}`
const refuseLongly = (field: string): string =>
  `${JSON.stringify(field)} is not a known field selector: only "metadata.name", "metadata.namespace"`

const read = (path: string, absent = ''): FieldReader => {
  const keys = path.split('.').filter((key) => key !== '')
  return (object) => {
    const found = keys.reduce<unknown>((node, key) => (node as Record<string, unknown> | undefined)?.[key], object)
    return found === undefined || found === null ? absent : String(found)
  }
}
const toReaders = (paths: readonly string[]): Readonly<Record<string, FieldReader>> =>
  Object.fromEntries(paths.map((path) => [path.replace(/^\./, ''), read(path)]))

const NAME = toReaders(['metadata.name'])
const METADATA = toReaders(['metadata.name', 'metadata.namespace'])

const readPodIp: FieldReader = ({ status }) =>
  (status as { podIPs?: readonly { ip?: string }[] } | undefined)?.podIPs?.[0]?.ip ?? ''
const readSource: FieldReader = (event) => read('source.component')(event) || read('reportingComponent')(event)

const INVOLVED = ['kind', 'namespace', 'name', 'uid', 'apiVersion', 'resourceVersion', 'fieldPath']

const toSelectable = (
  fields: SelectableFields['fields'],
  refuse: SelectableFields['refuse'] = refuseShortly,
): SelectableFields => ({ fields, refuse })

const BY_RESOURCE: Readonly<Record<string, SelectableFields>> = {
  '/pods': toSelectable({
    ...METADATA,
    ...toReaders([
      'spec.nodeName',
      'spec.restartPolicy',
      'spec.schedulerName',
      'spec.serviceAccountName',
      'status.phase',
      'status.nominatedNodeName',
    ]),
    'spec.hostNetwork': read('spec.hostNetwork', 'false'),
    'spec.host': read('spec.nodeName'),
    'status.podIP': readPodIp,
    'status.podIPs': () => '',
  }),
  '/events': toSelectable({
    ...METADATA,
    ...toReaders([...INVOLVED.map((key) => `involvedObject.${key}`), 'reason', 'reportingComponent', 'type']),
    source: readSource,
  }),
  'events.k8s.io/events': toSelectable({
    ...METADATA,
    ...toReaders([...INVOLVED.map((key) => `regarding.${key}`), 'reason', 'reportingController', 'type']),
  }),
  '/namespaces': toSelectable({ ...NAME, ...toReaders(['status.phase']) }),
  '/nodes': toSelectable({ ...NAME, 'spec.unschedulable': read('spec.unschedulable', 'false') }),
  '/secrets': toSelectable({ ...METADATA, ...toReaders(['type']) }),
  '/services': toSelectable({ ...METADATA, ...toReaders(['spec.clusterIP', 'spec.type']) }),
  '/replicationcontrollers': toSelectable({ ...METADATA, 'status.replicas': read('status.replicas', '0') }),
  'batch/jobs': toSelectable(
    { ...METADATA, 'status.successful': read('status.succeeded', '0') },
    (field) => `field label ${JSON.stringify(field)} not supported for Job`,
  ),
  'certificates.k8s.io/certificatesigningrequests': toSelectable({ ...NAME, ...toReaders(['spec.signerName']) }),
  'resource.k8s.io/resourceslices': toSelectable(
    { ...NAME, ...toReaders(['spec.nodeName', 'spec.driver']) },
    (field) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${field}`,
  ),
}

/** A matcher of objects; undefined where the selector selects everything. 400 for a field that cannot be selected by. */
export const compileFieldSelector = (
  terms: readonly FieldTerm[],
  { fields, refuse }: SelectableFields,
): ((object: KubeObject) => boolean) | undefined => {
  if (terms.length === 0) return undefined
  const matchers = terms.map(({ field, negated, value }) => {
    const readField = fields[field]
    if (!readField) throw createBadRequest(refuse(field))
    return (object: KubeObject): boolean => (readField(object) === value) !== negated
  })
  return (object) => matchers.every((matches) => matches(object))
}
