import { type StatusCause, StatusFailure } from '../status-failure.ts'

/** A resource as messages name it. */
export type GroupResource = { readonly group: string; readonly plural: string }

/** `deployments.apps`; `pods` of the core group. */
export const formatGroupResource = ({ group, plural }: GroupResource): string =>
  group === '' ? plural : `${plural}.${group}`

const toDetails = ({ group, plural }: GroupResource, name = '') => ({
  ...(name === '' ? {} : { name }),
  ...(group === '' ? {} : { group }),
  ...(plural === '' ? {} : { kind: plural }),
})

/** 404: there is no such object. */
export const createNotFound = (resource: GroupResource, name: string): StatusFailure =>
  new StatusFailure(
    404,
    'NotFound',
    `${formatGroupResource(resource)} ${JSON.stringify(name)} not found`,
    toDetails(resource, name),
  )

/** 404: there is no such resource. */
export const createNoSuchResource = (): StatusFailure =>
  new StatusFailure(404, 'NotFound', 'the server could not find the requested resource', {})

/** 405: the resource has no such method. */
export const createMethodNotAllowed = (): StatusFailure =>
  new StatusFailure(405, 'MethodNotAllowed', 'the server does not allow this method on the requested resource', {})

/** 409: the name is taken. */
export const createAlreadyExists = (resource: GroupResource, name: string, isDeleting: boolean): StatusFailure =>
  new StatusFailure(
    409,
    'AlreadyExists',
    `${isDeleting ? 'object is being deleted: ' : ''}${formatGroupResource(resource)} ${JSON.stringify(name)} already exists`,
    toDetails(resource, name),
  )

/** 409: no free name could be generated. */
export const createGenerateNameConflict = (resource: GroupResource, name: string): StatusFailure =>
  new StatusFailure(
    409,
    'AlreadyExists',
    `${formatGroupResource(resource)} ${JSON.stringify(name)} already exists, the server was not able to generate a unique name for the object`,
    { ...toDetails(resource, name), retryAfterSeconds: 1 },
  )

/** 409: the object is not as the request assumes. */
export const createConflict = (resource: GroupResource, name: string, why: string): StatusFailure =>
  new StatusFailure(
    409,
    'Conflict',
    `Operation cannot be fulfilled on ${formatGroupResource(resource)} ${JSON.stringify(name)}: ${why}`,
    toDetails(resource, name),
  )

/** What a conflict of versions says. */
export const OBJECT_MODIFIED =
  'the object has been modified; please apply your changes to the latest version and try again'

/** 403: admission or authorisation says no. */
export const createForbidden = (
  resource: GroupResource,
  name: string,
  why: string,
  causes?: readonly StatusCause[],
): StatusFailure =>
  new StatusFailure(
    403,
    'Forbidden',
    resource.plural === ''
      ? `forbidden: ${why}`
      : `${formatGroupResource(resource)}${name === '' ? '' : ` ${JSON.stringify(name)}`} is forbidden: ${why}`,
    { ...toDetails(resource, name), ...(causes ? { causes } : {}) },
  )

/** 400. */
export const createBadRequest = (message: string): StatusFailure => new StatusFailure(400, 'BadRequest', message)

/** 410: the version that was asked for is forgotten. */
export const createExpired = (message: string): StatusFailure => new StatusFailure(410, 'Expired', message)

/** 500: the object is not what it should be. */
export const createInternalError = (message: string): StatusFailure =>
  new StatusFailure(500, 'InternalError', `Internal error occurred: ${message}`, { causes: [{ reason: '', message }] })

/** 406, by a resource's own handler. */
export const createNotAcceptable = (accepted: readonly string[], target?: string): StatusFailure =>
  new StatusFailure(
    406,
    'NotAcceptable',
    `only the following media types are accepted${target === undefined ? '' : ` when converting to ${target}`}: ${accepted.join(', ')}`,
  )

/** 415, by a resource's own handler. */
export const createUnsupportedMediaType = (accepted: readonly string[]): StatusFailure =>
  new StatusFailure(
    415,
    'UnsupportedMediaType',
    `the body of the request was in an unknown format - accepted media types include: ${accepted.join(', ')}`,
  )

/** 504: a version from the future. */
export const createTooLargeVersion = (asked: number, current: number): StatusFailure =>
  new StatusFailure(504, 'Timeout', `Timeout: Too large resource version: ${asked}, current: ${current}`, {
    causes: [{ reason: 'ResourceVersionTooLarge', message: 'Too large resource version' }],
    retryAfterSeconds: 1,
  })

/** One wrong option of a request. */
export type OptionError = {
  readonly field: string
  readonly type:
    | 'FieldValueInvalid'
    | 'FieldValueForbidden'
    | 'FieldValueNotSupported'
    | 'FieldValueRequired'
    | 'FieldValueTooLong'
  readonly message: string
}

/** 422 about the options of a request: `kind` is `PatchOptions`, `DeleteOptions`, … */
export const createInvalidOptions = (kind: string, errors: readonly OptionError[]): StatusFailure => {
  const lines = errors.map(({ field, message }) => `${field}: ${message}`)
  const text = lines.length === 1 ? lines[0] : `[${lines.join(', ')}]`
  return new StatusFailure(422, 'Invalid', `${kind}.meta.k8s.io "" is invalid: ${text}`, {
    group: 'meta.k8s.io',
    kind,
    causes: errors.map(({ field, type, message }) => ({ reason: type, message, field })),
  })
}
