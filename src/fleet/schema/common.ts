import Type, { type Static, type TProperties, type TSchema } from 'typebox'
import { API_VERSION } from '../kind.ts'

/** A closed object: a field that is not listed is a mistake. */
export const object = <Properties extends TProperties>(
  description: string,
  properties: Properties,
  options: Record<string, unknown> = {},
) => Type.Object(properties, { additionalProperties: false, description, ...options })

/** Non-empty text. */
export const text = (description: string, options: Record<string, unknown> = {}) =>
  Type.String({ minLength: 1, description, ...options })

/** One of a few words. */
export const choice = <const Values extends readonly string[]>(description: string, values: Values) =>
  Type.Unsafe<Values[number]>({ enum: values, description })

/** Yes or no. */
export const flag = (description: string) => Type.Boolean({ description })

/** A list. */
export const list = <Item extends TSchema>(description: string, item: Item, options: Record<string, unknown> = {}) =>
  Type.Array(item, { description, ...options })

/** Any values under any keys. */
export const freeForm = (description: string) => Type.Record(Type.String(), Type.Unknown(), { description })

/** Text values under any keys. */
export const textMap = (description: string, options: Record<string, unknown> = {}) =>
  Type.Record(Type.String(), Type.String(options), { description })

/** A duration as Go and Kubernetes write it. */
export const duration = (description: string) =>
  Type.String({
    description: `${description} A duration: 30s, 5m, 1h30m.`,
    pattern: '^(0|([0-9]+(\\.[0-9]+)?(ms|s|m|h|d))+)$',
    'x-message': 'must be a duration',
    'x-hint': 'write it like 30s, 5m or 1h30m',
  })

/** A name that Kubernetes takes as a label value and most object names. */
export const name = (description: string) =>
  Type.String({
    description,
    pattern: '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$',
    minLength: 1,
    maxLength: 63,
    'x-message': 'must be a name',
    'x-hint': 'at most 63 small letters, digits, - and ., beginning and ending with a letter or digit',
  })

/** A path in the fleet repository. */
export const path = (description: string) =>
  text(`${description} Relative to this document.`, {
    pattern: '^[^/]',
    'x-message': 'must be a relative path',
    'x-hint': 'paths are relative to the document that names them',
  })

const LABEL_VALUE = {
  pattern: '^(([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9])?$',
  maxLength: 63,
  'x-message': 'must be a label value',
  'x-hint':
    'at most 63 letters, digits, -, _ and ., beginning and ending with a letter or digit; quote numbers and yes/no',
}

/** Labels, as Kubernetes takes them. */
const labels = (description: string) => textMap(description, LABEL_VALUE)

/** A moment that everybody reads the same. */
export const time = (description: string) =>
  text(description, {
    pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2}(\\.\\d+)?)?(Z|[+-]\\d{2}:\\d{2})$',
    'x-message': 'must be a time with its offset',
    'x-hint': 'write it like 2027-01-31T18:00:00+01:00',
  })

/** The one selector shape: names, or labels. */
export const selector = (description: string, what: string) =>
  object(
    `${description} Either names, or labels that must all match; {} is every ${what}.`,
    {
      names: Type.Optional(list(`Exactly these, by name.`, text(`The name of a ${what}.`), { minItems: 1 })),
      matchLabels: Type.Optional(textMap('Labels that must be there with exactly these values.')),
      matchExpressions: Type.Optional(
        list(
          'Conditions on labels, all of which must hold.',
          object('A condition on one label.', {
            key: text('The label.'),
            operator: choice('How the label is compared.', ['In', 'NotIn', 'Exists', 'DoesNotExist']),
            values: Type.Optional(list('The values for In and NotIn.', Type.String({ description: 'A value.' }))),
          }),
        ),
      ),
    },
    {
      if: { required: ['names'] },
      // biome-ignore lint/suspicious/noThenProperty: a JSON Schema keyword
      then: { maxProperties: 1 },
      'x-message': 'mixes names with labels',
      'x-hint': 'select either by names, or by matchLabels and matchExpressions',
    },
  )

/** A version of a Git repository. */
export const gitRef = (description: string) =>
  object(
    `${description} Exactly one of branch, tag, commit and semver.`,
    {
      branch: Type.Optional(text('The newest commit of this branch.')),
      tag: Type.Optional(text('This tag.')),
      commit: Type.Optional(
        Type.String({
          description: 'This commit, all 40 or 64 digits.',
          pattern: '^([0-9a-f]{40}|[0-9a-f]{64})$',
          'x-message': 'must be a whole commit id',
          'x-hint': 'write all 40 digits; quote it when it has only digits',
        }),
      ),
      semver: Type.Optional(text('The highest tag in this range of semantic versions: ">=1.2 <2".')),
    },
    {
      minProperties: 1,
      maxProperties: 1,
      'x-message': 'must have exactly one of branch, tag, commit and semver',
    },
  )

/** `metadata` of every document. */
const metadata = (what: string) =>
  object(`What the ${what} is called.`, {
    name: name(`The name of the ${what}, unique among its kind.`),
    labels: Type.Optional(labels(`Labels of the ${what}, for selectors and people.`)),
    annotations: Type.Optional(textMap('Notes for people and tools; Lockstep does not read them.')),
  })

/** A document of a kind. */
export const document = <Kind extends string, Spec extends TSchema>(
  kind: Kind,
  what: string,
  description: string,
  spec: Spec,
) =>
  object(description, {
    apiVersion: Type.Literal(API_VERSION, { description: 'The version of this format.' }),
    kind: Type.Literal(kind, { description: 'The kind of this document.' }),
    metadata: metadata(what),
    spec,
  })

/** The TypeScript type of a schema, read-only all the way down. */
export type Typed<Schema extends TSchema> = DeepReadonly<Static<Schema>>

type DeepReadonly<Value> = Value extends (infer Item)[]
  ? readonly DeepReadonly<Item>[]
  : Value extends object
    ? { readonly [Key in keyof Value]: DeepReadonly<Value[Key]> }
    : Value
