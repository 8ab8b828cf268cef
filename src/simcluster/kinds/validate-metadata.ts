import type { KubeObject } from '../../kube/object.ts'
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

/** What is wrong with the names and labels of an object. Pure. */
export const validateMetadata = (object: KubeObject, { kind }: { readonly kind: string }): readonly FieldError[] => {
  const { name, labels = {} } = object.metadata
  if (!name) return [{ type: 'FieldValueRequired', field: 'metadata.name', detail: 'name or generateName is required' }]
  return [...validateName(name, kind), ...Object.values(labels).flatMap(validateLabelValue)]
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
