import * as yaml from 'js-yaml'
import { LockstepError } from '../base/errors.ts'
import { computeExpandedSize } from '../base/expanded-size.ts'

/** Limits of one YAML stream; beyond them it is refused instead of read. */
const MAX_BYTES = 32 * 1024 * 1024
const MAX_ALIASES = 500
// Aliases of aliases multiply: 500 of them can stand for 2^250 values.
const MAX_VALUES = 5_000_000

// Kubernetes reads YAML with Go's rules (sigs.k8s.io/yaml): `yes`, `on`, `y` are booleans, `0644` and `0o644` are octal,
// `1_000` is a thousand; dates and sexagesimals stay strings. No schema of js-yaml says the same, so this one does.
const goInteger = yaml.defineScalarTag('tag:yaml.org,2002:int', {
  ...yaml.intYaml11Tag,
  implicit: true,
  implicitFirstChars: ['-', '+', ...'0123456789'],
  resolve(text: string) {
    const plain = text.replace(/_/g, '')
    if (!/^[-+]?(?:0b[01]+|0o?[0-7]+|0x[0-9a-fA-F]+|0|[1-9][0-9]*)$/.test(plain) || !/^[-+]?\d/.test(text)) {
      return yaml.NOT_RESOLVED
    }
    const digits = plain.replace(/^[-+]/, '')
    const octal = digits.startsWith('0o') ? digits : /^0[0-7]+$/.test(digits) ? `0o${digits.slice(1)}` : digits
    const value = plain.startsWith('-') ? -BigInt(octal) : BigInt(octal)
    return Number(value)
  },
})
const goFloat = yaml.defineScalarTag('tag:yaml.org,2002:float', {
  ...yaml.floatCoreTag,
  implicit: true,
  implicitFirstChars: ['-', '+', '.', ...'0123456789'],
  resolve(text: string, explicit: boolean, tag: string) {
    return yaml.floatCoreTag.resolve(text.replace(/(?<=\d)_(?=\d)/g, ''), explicit, tag)
  },
})
const GO_SCHEMA = new yaml.Schema([
  ...yaml.FAILSAFE_SCHEMA.tags,
  yaml.nullYaml11Tag,
  yaml.boolYaml11Tag,
  goInteger,
  goFloat,
  yaml.mergeTag,
  yaml.binaryTag,
])

/**
 * All documents of a YAML (or JSON) stream with the values Kubernetes would read; empty documents are left out.
 * Duplicate keys, alias bombs and streams over 32 MiB are errors (`YAML_INVALID`) that name the file and line.
 */
export const parseYaml = (text: string, options: { readonly file?: string } = {}): unknown[] => {
  const file = options.file ?? 'input'
  if (text.length > MAX_BYTES) {
    throw new LockstepError('YAML_INVALID', `${file} is larger than ${MAX_BYTES / 1024 / 1024} MiB`, { subject: file })
  }
  try {
    const documents = yaml
      .loadAll(text, { filename: file, schema: GO_SCHEMA, maxAliases: MAX_ALIASES })
      .filter((document) => document !== null && document !== undefined)
    if (text.includes('*') && documents.some((document) => computeExpandedSize(document) > MAX_VALUES)) {
      throw new LockstepError('YAML_INVALID', `${file} holds aliases that expand without end`, {
        subject: file,
        hint: 'write out what the aliases stand for',
      })
    }
    return documents
  } catch (error) {
    if (!(error instanceof yaml.YAMLException)) throw error
    const line = error.mark ? error.mark.line + 1 : undefined
    const column = error.mark ? error.mark.column + 1 : undefined
    throw new LockstepError('YAML_INVALID', `${file}${line ? `:${line}` : ''} is not valid YAML: ${error.reason}`, {
      subject: file,
      position: { file, ...(line ? { line } : {}), ...(column ? { column } : {}) },
      cause: error,
    })
  }
}

/** YAML text of a value, keys in their order, no anchors. */
export const formatYaml = (value: unknown): string =>
  yaml.dump(value, { noRefs: true, lineWidth: 140, schema: GO_SCHEMA })
