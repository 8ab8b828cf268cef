import { expect, test } from 'vitest'
import { toStatusError } from './status-error.ts'

const APPLY = { verb: 'apply', subject: 'Deployment/shop/web', kind: 'Deployment' }

type Case = readonly [http: number, reason: string, message: string, code: string, retry: string, details?: object]
const CASES: readonly Case[] = [
  [400, 'BadRequest', 'bad', 'KUBE_INVALID', 'terminal'],
  [401, 'Unauthorized', 'Unauthorized', 'KUBE_UNAUTHORIZED', 'terminal'],
  [403, 'Forbidden', 'User "x" cannot patch', 'KUBE_FORBIDDEN', 'terminal'],
  [404, 'NotFound', 'namespaces "shop" not found', 'KUBE_NOT_FOUND', 'terminal'],
  [409, 'Conflict', 'the object has been modified', 'KUBE_CONFLICT', 'transient'],
  [409, 'AlreadyExists', 'already exists', 'KUBE_ALREADY_EXISTS', 'terminal'],
  [410, 'Expired', 'too old resource version', 'KUBE_GONE', 'transient'],
  [413, 'RequestEntityTooLarge', 'limit is 3145728', 'KUBE_TOO_LARGE', 'terminal'],
  [415, 'UnsupportedMediaType', 'not supported', 'KUBE_INVALID', 'terminal'],
  [422, 'Invalid', 'spec.x: Required value', 'KUBE_INVALID', 'terminal'],
  [429, 'TooManyRequests', 'slow down', 'KUBE_THROTTLED', 'transient'],
  [500, 'InternalError', 'boom', 'KUBE_SERVER_ERROR', 'transient'],
  [
    500,
    '',
    'failed to create typed patch object (shop/web; apps/v1, Kind=Deployment): .spec.x',
    'KUBE_INVALID',
    'terminal',
  ],
  [
    500,
    '',
    'failed to convert new object (shop/web; apps/v1, Kind=Deployment) to proper version: quantities',
    'KUBE_INVALID',
    'terminal',
  ],
  [500, '', 'etcdserver: request is too large', 'KUBE_TOO_LARGE', 'terminal'],
  [500, 'InternalError', 'failed calling webhook "a.example.com": connection refused', 'KUBE_WEBHOOK', 'transient'],
  [400, 'BadRequest', 'admission webhook "a.example.com" denied the request: no', 'KUBE_WEBHOOK', 'terminal'],
  [503, 'ServiceUnavailable', 'the server is currently unable', 'KUBE_SERVER_ERROR', 'transient'],
  [504, 'Timeout', 'request did not complete', 'KUBE_TIMEOUT', 'transient'],
  [500, 'Timeout', 'request did not complete', 'KUBE_TIMEOUT', 'transient'],
  [
    403,
    'Forbidden',
    'namespace is being terminated',
    'KUBE_NAMESPACE_TERMINATING',
    'transient',
    { causes: [{ reason: 'NamespaceTerminating' }] },
  ],
]
for (const [http, reason, message, code, retry, details] of CASES) {
  test(`${http} ${reason} "${message}" is ${code}, ${retry}`, () => {
    const body = JSON.stringify({ kind: 'Status', code: http, reason, message, details })

    expect(toStatusError(http, body, APPLY)).toMatchObject({
      code,
      retry,
      message: `Deployment/shop/web apply failed: ${message}`,
      details: { httpStatus: http, reason },
    })
  })
}

test('names the webhook and passes on the causes', () => {
  const causes = [{ reason: 'FieldValueInvalid', field: 'spec.replicas', message: 'must be positive' }]
  const body = JSON.stringify({
    kind: 'Status',
    message: 'admission webhook "a.example.com" denied the request: no',
    details: { causes },
  })

  expect(toStatusError(400, body, APPLY).details).toMatchObject({ webhook: 'a.example.com', causes })
})

test('shows the first words of what is not from Kubernetes', () => {
  expect(toStatusError(502, '<html>Bad gateway</html>', APPLY)).toMatchObject({
    code: 'KUBE_SERVER_ERROR',
    message: 'Deployment/shop/web apply failed: <html>Bad gateway</html>',
  })
  expect(toStatusError(502, '', APPLY).message).toBe('Deployment/shop/web apply failed: HTTP 502')
})

const ECHOES = [
  [500, 'failed to create typed patch object (shop/s; /v1, Kind=Secret): .data.a: got "aHVudGVyMg=="'],
  [400, 'admission webhook "a" denied the request: aHVudGVyMg== is weak'],
  [403, `secrets "s" is forbidden: ValidatingAdmissionPolicy 'p' with binding 'b' denied request: aHVudGVyMg==`],
  [500, 'boom: aHVudGVyMg=='],
  [502, 'aHVudGVyMg== was not forwarded'],
] as const
for (const [http, said] of ECHOES) {
  test(`repeats nothing that a server says of a Secret: ${said.slice(0, 30)}`, () => {
    const asked = { verb: 'apply', subject: 'Secret/shop/s', kind: 'Secret' }
    const error = toStatusError(http, JSON.stringify({ kind: 'Status', message: said }), asked)

    expect(JSON.stringify([error.message, error.details, error.hint])).not.toContain('aHVudGVyMg')
  })
}

test('names the field of a Secret whose type is wrong', () => {
  const message =
    'failed to create typed patch object (shop/s; /v1, Kind=Secret): .data.a: expected string, got &{hunter2}'
  const error = toStatusError(500, JSON.stringify({ kind: 'Status', message }), { ...APPLY, kind: 'Secret' })

  expect(error.message).toContain('HTTP 500: .data.a; what the server says')
})

test('still tells that a Secret is immutable', () => {
  const message = 'Secret "s" is invalid: data: Forbidden: field is immutable when `immutable` is set'
  const asked = { verb: 'apply', subject: 'Secret/shop/s', kind: 'Secret' }

  expect(toStatusError(422, JSON.stringify({ kind: 'Status', reason: 'Invalid', message }), asked).message).toContain(
    'field is immutable',
  )
})
