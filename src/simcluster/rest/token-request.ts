import type { KubeObject } from '../../kube/object.ts'
import type { ApiResponse } from '../api.ts'
import { trackUpdate } from '../merge/field-manager.ts'
import { findBuiltInSchema } from '../schema/built-in-schemas.ts'
import { readWanted } from './answer-form.ts'
import { parseBody } from './body.ts'
import { createMethodNotAllowed, createNotFound } from './failures.ts'
import { completeGroups } from './identity.ts'
import { toManager } from './options.ts'
import { respondJson } from './respond.ts'
import { formatTime, type Scope, toRequestKey } from './scope.ts'

const AUDIENCE = 'https://kubernetes.default.svc.cluster.local'

/** POST `token` of a ServiceAccount: a token that this cluster accepts. It looks like a JWT, but nobody signed it. */
export const requestToken = (scope: Scope): ApiResponse => {
  const { backend, info, type, request, resource, now } = scope
  if (info.verb !== 'create') throw createMethodNotAllowed()
  const name = info.name as string
  const stored = backend.store.get(resource, toRequestKey(scope, name))
  if (!stored) throw createNotFound(type, name)
  const { spec = {} } = parseBody(request.body, request.headers['content-type']) as {
    spec?: { audiences?: readonly string[]; expirationSeconds?: number; boundObjectRef?: unknown }
  }
  const { audiences = [AUDIENCE], expirationSeconds = 3_600, boundObjectRef = null } = spec
  const { uid } = backend.store.readMetadata(stored)
  const username = `system:serviceaccount:${info.namespace}:${name}`
  const issued = Math.floor(now.getTime() / 1_000)
  const expires = issued + expirationSeconds
  const id = backend.store.toUid(-1 - Math.floor(backend.random() * 2 ** 30))
  const token = formatToken({
    aud: audiences,
    exp: expires,
    iat: issued,
    iss: AUDIENCE,
    jti: id,
    nbf: issued,
    sub: username,
  })
  backend.users.accept(token, { username, uid: uid as string, groups: completeGroups(username, []) })
  const { managedFields } = trackUpdate({
    before: toTokenRequest({}),
    after: toTokenRequest({ expirationSeconds }),
    schema: findBuiltInSchema('authentication.k8s.io', 'v1', 'TokenRequest') ?? { kind: 'any' },
    manager: toManager(request.query.get('fieldManager') ?? '', request.headers['user-agent']),
    subresource: 'token',
    apiVersion: 'authentication.k8s.io/v1',
    now,
  }).metadata
  const body = {
    kind: 'TokenRequest',
    apiVersion: 'authentication.k8s.io/v1',
    metadata: { name, namespace: info.namespace, uid, creationTimestamp: formatTime(now), managedFields },
    spec: { audiences, expirationSeconds, boundObjectRef },
    status: { token, expirationTimestamp: formatTime(new Date(expires * 1_000)) },
  }
  return respondJson(201, JSON.stringify(body), readWanted(request))
}

const toTokenRequest = (spec: object): KubeObject =>
  ({ apiVersion: 'authentication.k8s.io/v1', kind: 'TokenRequest', metadata: {}, spec }) as unknown as KubeObject

const formatToken = (claims: object): string =>
  [{ alg: 'none' }, claims]
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
    .concat('.simulated')
