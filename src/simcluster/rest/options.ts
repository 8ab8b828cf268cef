import { createBadRequest, createInvalidOptions, type OptionError } from './failures.ts'
import { isPrintable, quoteGo } from './go-quote.ts'

/** How to write. */
export type WriteOptions = {
  readonly dryRun: boolean
  /** Empty: the manager is named by the user agent. */
  readonly fieldManager: string
  readonly fieldValidation: 'Ignore' | 'Warn' | 'Strict'
  /** Of an apply. */
  readonly force: boolean
}

/** The kinds of options that the server has for its writes. */
export type OptionsKind = 'CreateOptions' | 'UpdateOptions' | 'PatchOptions'

/** Reads and checks the options of a write. `isApply`: a patch that is a server-side apply. */
export const readWriteOptions = (query: URLSearchParams, kind: OptionsKind, isApply = false): WriteOptions => {
  const fieldManager = query.get('fieldManager') ?? ''
  const fieldValidation = query.get('fieldValidation') ?? ''
  const force = kind === 'PatchOptions' ? readBoolean(query, 'force') : undefined
  const errors: OptionError[] = []
  if (kind === 'PatchOptions' && isApply && fieldManager === '')
    errors.push(required('fieldManager', 'is required for apply patch'))
  if (kind === 'PatchOptions' && !isApply && force !== undefined)
    errors.push(forbidden('force', 'may not be specified for non-apply patch'))
  errors.push(...checkFieldManager(fieldManager), ...checkDryRun(query.getAll('dryRun')))
  if (!FIELD_VALIDATIONS.includes(fieldValidation)) {
    errors.push(notSupported('fieldValidation', quoteGo(fieldValidation), FIELD_VALIDATIONS))
  }
  if (errors.length > 0) throw createInvalidOptions(kind, errors)
  return {
    dryRun: query.has('dryRun'),
    fieldManager,
    fieldValidation: (fieldValidation || 'Warn') as WriteOptions['fieldValidation'],
    force: force === true,
  }
}

const FIELD_VALIDATIONS: readonly string[] = ['', 'Ignore', 'Strict', 'Warn']

/** Whether something is wrong with the name of a field manager. */
const checkFieldManager = (name: string): OptionError[] => {
  const errors: OptionError[] = []
  if (Buffer.byteLength(name) > 128)
    errors.push({
      field: 'fieldManager',
      type: 'FieldValueTooLong',
      message: 'Too long: may not be more than 128 bytes',
    })
  let position = 0
  for (const character of name) {
    if (!isPrintable(character)) {
      const code = (character.codePointAt(0) as number).toString(16).toUpperCase().padStart(4, '0')
      errors.push(invalid('fieldManager', quoteGo(name), `invalid character U+${code} (at position ${position})`))
    }
    position += Buffer.byteLength(character)
  }
  return errors
}

/** Whether `dryRun` is something else than `All`. */
export const checkDryRun = (values: readonly string[]): OptionError[] =>
  values.every((value) => value === 'All')
    ? []
    : [notSupported('dryRun', `[${values.map((value) => quoteGo(value)).join(',')}]`, ['All'])]

/** The name that a write is tracked under: the one given, or the program's of the user agent. */
export const toManager = (fieldManager: string, userAgent: string | undefined): string => {
  if (fieldManager !== '') return fieldManager
  let name = ''
  for (const character of (userAgent ?? '').split('/')[0] as string) {
    if (!isPrintable(character)) continue
    if (Buffer.byteLength(name + character) > 128) break
    name += character
  }
  return name
}

/** How to list or watch. */
export type ListOptions = {
  readonly labelSelector: string
  readonly fieldSelector: string
  readonly watch: boolean
  readonly allowWatchBookmarks: boolean
  readonly resourceVersion: string
  readonly resourceVersionMatch: string
  readonly timeoutSeconds: number | undefined
  /** 0: everything. */
  readonly limit: number
  readonly continue: string
  readonly sendInitialEvents: boolean | undefined
}

/** Reads and checks the options of a list or watch. */
export const readListOptions = (query: URLSearchParams, isWatch: boolean): ListOptions => {
  const options: ListOptions = {
    labelSelector: query.get('labelSelector') ?? '',
    fieldSelector: query.get('fieldSelector') ?? '',
    watch: isWatch,
    allowWatchBookmarks: readBoolean(query, 'allowWatchBookmarks') ?? false,
    resourceVersion: query.get('resourceVersion') ?? '',
    resourceVersionMatch: query.get('resourceVersionMatch') ?? '',
    timeoutSeconds: readInteger(query, 'timeoutSeconds'),
    limit: readInteger(query, 'limit') ?? 0,
    continue: query.get('continue') ?? '',
    sendInitialEvents: readBoolean(query, 'sendInitialEvents'),
  }
  const errors = isWatch ? checkWatchOptions(options) : checkListOptions(options)
  if (errors.length > 0) throw createInvalidOptions('ListOptions', errors)
  return options
}

const MATCH = 'resourceVersionMatch'

const checkListOptions = ({
  resourceVersionMatch: match,
  resourceVersion,
  continue: token,
  sendInitialEvents,
}: ListOptions): OptionError[] => {
  const errors: OptionError[] = []
  if (match !== '') {
    if (resourceVersion === '')
      errors.push(forbidden(MATCH, `${MATCH} is forbidden unless resourceVersion is provided`))
    if (token !== '') errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
    if (match !== 'Exact' && match !== 'NotOlderThan')
      errors.push(notSupported(MATCH, quoteGo(match), ['Exact', 'NotOlderThan', '']))
    if (match === 'Exact' && resourceVersion === '0')
      errors.push(forbidden(MATCH, `${MATCH} "exact" is forbidden for resourceVersion "0"`))
  }
  if (sendInitialEvents !== undefined)
    errors.push(forbidden('sendInitialEvents', 'sendInitialEvents is forbidden for list'))
  return errors
}

const checkWatchOptions = ({
  resourceVersionMatch: match,
  continue: token,
  sendInitialEvents,
}: ListOptions): OptionError[] => {
  const errors: OptionError[] = []
  if (sendInitialEvents !== undefined && match !== 'NotOlderThan')
    errors.push(forbidden(MATCH, `sendInitialEvents requires setting ${MATCH} to NotOlderThan`))
  if (match === '') return errors
  if (sendInitialEvents === undefined)
    errors.push(forbidden(MATCH, `${MATCH} is forbidden for watch unless sendInitialEvents is provided`))
  if (match !== 'NotOlderThan') errors.push(notSupported(MATCH, quoteGo(match), ['NotOlderThan']))
  if (token !== '') errors.push(forbidden(MATCH, `${MATCH} is forbidden when continue is provided`))
  return errors
}

/** A boolean of a query, as the server reads it: `?force` and anything but `false` and `0` is true. */
export const readBoolean = (query: URLSearchParams, name: string): boolean | undefined => {
  const value = query.get(name)
  if (value === null) return undefined
  return !(value.toLowerCase() === 'false' || value === '0')
}

/** An integer of a query, or 400. */
export const readInteger = (query: URLSearchParams, name: string): number | undefined => {
  const value = query.get(name)
  if (value === null || value === '') return undefined
  if (!/^[+-]?\d+$/.test(value)) throw createBadRequest(`strconv.ParseInt: parsing ${quoteGo(value)}: invalid syntax`)
  return Number(value)
}

const forbidden = (field: string, detail: string): OptionError => ({
  field,
  type: 'FieldValueForbidden',
  message: `Forbidden: ${detail}`,
})
const required = (field: string, detail: string): OptionError => ({
  field,
  type: 'FieldValueRequired',
  message: `Required value: ${detail}`,
})
const invalid = (field: string, value: string, detail: string): OptionError => ({
  field,
  type: 'FieldValueInvalid',
  message: `Invalid value: ${value}: ${detail}`,
})
const notSupported = (field: string, value: string, supported: readonly string[]): OptionError => ({
  field,
  type: 'FieldValueNotSupported',
  message: `Unsupported value: ${value}: supported values: ${supported.map((each) => quoteGo(each)).join(', ')}`,
})
