import type { KubeObject, ObjectMeta } from '../../kube/object.ts'
import type { FieldError } from './resource-type.ts'

const SUBDOMAIN = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*$/
const LABEL = /^[a-z0-9]([-a-z0-9]*[a-z0-9])?$/
const LABEL_1035 = /^[a-z]([-a-z0-9]*[a-z0-9])?$/
const VALUE = /^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$/

const SUBDOMAIN_RULE =
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character (e.g. 'example.com', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*')"
const LABEL_RULE =
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for validation is '[a-z0-9]([-a-z0-9]*[a-z0-9])?')"
const LABEL_1035_RULE =
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')"
const VALUE_RULE =
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or '12345', regex used for validation is '(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?')"

/** Kinds whose names are paths: anything without a slash. */
const PATH_NAMES = new Set(['Role', 'ClusterRole', 'RoleBinding', 'ClusterRoleBinding'])

/** A kind. Most built-in ones want finalizers that name a domain; definitions and custom resources take any. */
type Kind = { readonly kind: string; readonly anyFinalizer?: boolean }
type Owner = NonNullable<KubeObject['metadata']['ownerReferences']>[number]

/** What is wrong with the metadata of a new object. Pure. */
export const validateMetadata = (
  { metadata }: KubeObject,
  { kind, anyFinalizer = false }: Kind,
): readonly FieldError[] => [
  // A prefix may end as no name does.
  ...(metadata.generateName
    ? validateName(metadata.generateName.replace(/-$/, 'a'), kind).map((error) => ({
        ...error,
        field: 'metadata.generateName',
        badValue: metadata.generateName,
      }))
    : []),
  ...(metadata.name
    ? validateName(metadata.name, kind)
    : [{ type: 'FieldValueRequired', field: 'metadata.name', detail: 'name or generateName is required' }]),
  ...validateParts(metadata),
  ...(metadata.finalizers ?? []).flatMap((finalizer) => validateQualifiedName(finalizer, 'metadata.finalizers')),
  ...(anyFinalizer ? [] : validateFinalizers(metadata)),
]

/** What an update may not do to metadata. The server looks twice, and says so. Pure. */
export const validateMetadataUpdate = (next: KubeObject, previous: KubeObject, kind: Kind): readonly FieldError[] => {
  const changes = validateChange(next.metadata, previous.metadata)
  const own = [
    ...validateParts(next.metadata),
    ...(next.metadata.finalizers ?? []).flatMap((finalizer) => validateQualifiedName(finalizer, 'metadata.finalizers')),
  ]
  const finalizers = kind.anyFinalizer ? [] : validateFinalizers(next.metadata)
  return [...own, ...changes, ...changes, ...finalizers, ...(kind.anyFinalizer ? [] : [...own, ...finalizers])]
}

const IMMUTABLE = ['name', 'namespace', 'uid', 'creationTimestamp', 'deletionTimestamp', 'deletionGracePeriodSeconds']

const validateChange = (next: ObjectMeta, previous: ObjectMeta): FieldError[] => {
  const errors: FieldError[] = []
  if (previous.deletionTimestamp !== undefined) {
    const added = (next.finalizers ?? []).filter((finalizer) => !previous.finalizers?.includes(finalizer)).sort()
    if (added.length > 0)
      errors.push({
        type: 'FieldValueForbidden',
        field: 'metadata.finalizers',
        detail: `no new finalizers can be added if the object is being deleted, found new finalizers []string{${added.map((name) => JSON.stringify(name)).join(', ')}}`,
      })
  }
  for (const key of IMMUTABLE as (keyof ObjectMeta)[])
    if (next[key] !== previous[key])
      errors.push({
        type: 'FieldValueInvalid',
        field: `metadata.${key}`,
        badValue: next[key] ?? null,
        detail: 'field is immutable',
      })
  return [...errors, ...validateParts(next)]
}

const ANNOTATION_BYTES = 256 * 1024

const validateParts = ({ labels = {}, annotations = {}, ownerReferences = [] }: ObjectMeta): FieldError[] => {
  const bytes = Object.entries(annotations).reduce((sum, pair) => sum + Buffer.byteLength(pair.join('')), 0)
  return [
    ...Object.entries(labels).flatMap(([key, value]) => [
      ...validateQualifiedName(key, 'metadata.labels'),
      ...validateLabelValue(value),
    ]),
    ...Object.keys(annotations).flatMap((key) =>
      validateQualifiedName(key.toLowerCase(), 'metadata.annotations').map((error) => ({ ...error, badValue: key })),
    ),
    ...(bytes > ANNOTATION_BYTES
      ? [
          {
            type: 'FieldValueTooLong',
            field: 'metadata.annotations',
            detail: `may not be more than ${ANNOTATION_BYTES} bytes`,
          },
        ]
      : []),
    ...validateOwners(ownerReferences),
  ]
}

const validateOwners = (owners: readonly Owner[]): FieldError[] => {
  const controllers = owners.filter(({ controller }) => controller)
  const [first, ...others] = controllers.map(({ kind, name }) => `${kind}/${name}`)
  return [
    ...owners.flatMap(({ apiVersion = '', kind, name, uid }) => {
      const refuse = (field: string, value: string | undefined, detail: string): FieldError[] =>
        value ? [] : [{ type: 'FieldValueInvalid', field: `metadata.ownerReferences.${field}`, badValue: '', detail }]
      return [
        ...refuse('apiVersion', apiVersion.split('/').at(-1), 'version must not be empty'),
        ...refuse('kind', kind, 'must not be empty'),
        ...refuse('name', name, 'must not be empty'),
        ...refuse('uid', uid, 'must not be empty'),
      ]
    }),
    ...others.map((other) => ({
      type: 'FieldValueInvalid',
      field: 'metadata.ownerReferences',
      badValue: owners,
      detail: `Only one reference can have Controller set to true. Found "true" in references for ${first} and ${other}`,
    })),
  ]
}

const STANDARD_FINALIZERS = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

const validateFinalizers = ({ finalizers = [] }: ObjectMeta): FieldError[] =>
  finalizers.flatMap((finalizer, index) =>
    finalizer.includes('/') || STANDARD_FINALIZERS.has(finalizer)
      ? []
      : [
          {
            type: 'FieldValueInvalid',
            field: `metadata.finalizers[${index}]`,
            badValue: finalizer,
            detail: 'name is neither a standard finalizer name nor is it fully qualified',
          },
        ],
  )

const NAME = /^([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]$/
const NAME_RULE =
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')"

/** A name with an optional prefix that is a domain. */
const validateQualifiedName = (text: string, field: string): FieldError[] => {
  const invalid = (detail: string): FieldError => ({ type: 'FieldValueInvalid', field, badValue: text, detail })
  const parts = text.split('/')
  if (parts.length > 2)
    return [
      invalid(
        `a valid label key ${NAME_RULE} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`,
      ),
    ]
  const name = parts.at(-1) as string
  const [prefix] = parts.length === 2 ? parts : [undefined]
  return [
    ...(prefix === '' ? [invalid('prefix part must be non-empty')] : []),
    ...(prefix && !SUBDOMAIN.test(prefix) ? [invalid(`prefix part ${SUBDOMAIN_RULE}`)] : []),
    ...(name === '' ? [invalid('name part must be non-empty')] : []),
    ...(name.length > 63 ? [invalid('name part must be no more than 63 characters')] : []),
    ...(NAME.test(name) ? [] : [invalid(`name part ${NAME_RULE}`)]),
  ]
}

const validateName = (name: string, kind: string): FieldError[] => {
  const invalid = (detail: string): FieldError[] => [
    { type: 'FieldValueInvalid', field: 'metadata.name', badValue: name, detail },
  ]
  if (PATH_NAMES.has(kind)) return name.includes('/') ? invalid("may not contain '/'") : []
  if (kind === 'Namespace') return LABEL.test(name) ? [] : invalid(LABEL_RULE)
  if (kind === 'Service') return LABEL_1035.test(name) ? [] : invalid(LABEL_1035_RULE)
  return SUBDOMAIN.test(name) ? [] : invalid(SUBDOMAIN_RULE)
}

const validateLabelValue = (value: string): FieldError[] =>
  VALUE.test(value)
    ? []
    : [{ type: 'FieldValueInvalid', field: 'metadata.labels', badValue: value, detail: VALUE_RULE }]
