import { Agent, request } from 'node:https'
import type { Resource } from '../../src/kube/client.ts'
import type { ClusterAccess } from '../../src/kube/cluster-access.ts'
import type { KubeObject, Manifest } from '../../src/kube/object.ts'
import { toCollectionPath, toObjectPath, toQuery } from '../../src/kube/path.ts'
import type { Tree } from './tree.ts'

/** The server's refusal. */
export class Refused extends Error {
  readonly status: number
  constructor(status: number, message: string) {
    super(`${status}: ${message}`)
    this.status = status
  }
}

/** Sends one request and gives the answer's object. Rejects with {@link Refused}. */
export type Send = (method: string, path: string, body?: unknown, contentType?: string) => Promise<Tree>

/** A connection of somebody who is not Lockstep: requests as they come, without the product's client. */
export const createSender = (access: ClusterAccess): { readonly send: Send; readonly close: () => void } => {
  const agent = new Agent({ keepAlive: true, maxSockets: 24 })
  const send: Send = async (method, path, body, contentType) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sendOnce(method, path, body, contentType)
      } catch (error) {
        // The server is busy, or is taking a changed definition in.
        if (!(error instanceof Refused) || error.status !== 429 || attempt === 50) throw error
        await new Promise((resolve) => setTimeout(resolve, 100))
      }
    }
  }
  const sendOnce: Send = async (method, path, body, contentType = 'application/json') => {
    const { authorization, clientCertificate, clientKey } = await access.getCredentials()
    const content = body === undefined ? undefined : JSON.stringify(body)
    return new Promise<Tree>((resolve, reject) => {
      const outgoing = request(
        new URL(access.server.replace(/\/$/, '') + path),
        {
          method,
          agent,
          rejectUnauthorized: !access.insecureSkipTlsVerify,
          ...(access.certificateAuthority ? { ca: access.certificateAuthority } : {}),
          ...(clientCertificate ? { cert: clientCertificate, key: clientKey } : {}),
          headers: {
            accept: 'application/json',
            'user-agent': 'tamperer',
            ...(authorization ? { authorization } : {}),
            ...(content === undefined
              ? {}
              : { 'content-type': contentType, 'content-length': Buffer.byteLength(content) }),
          },
        },
        (response) => {
          const parts: Buffer[] = []
          response.on('data', (part: Buffer) => parts.push(part))
          response.on('error', reject)
          response.on('end', () => {
            const text = Buffer.concat(parts).toString()
            const status = response.statusCode ?? 0
            const answer = text.startsWith('{') ? (JSON.parse(text) as Tree) : { message: text }
            if (status < 300) resolve(answer)
            else reject(new Refused(status, String(answer.message)))
          })
        },
      )
      outgoing.on('error', reject)
      outgoing.end(content)
    })
  }
  return { send, close: () => agent.destroy() }
}

/** How a write is made: by which field manager, to which subresource. */
export type As = {
  readonly manager?: string
  readonly subresource?: string
  readonly version?: string
  readonly dryRun?: boolean
}

/** An object that is tampered with, and the hands to do it. */
export type Target = {
  /** As in Git. */
  readonly manifest: Manifest
  /** As it was before anything was done to it. */
  readonly live: KubeObject
  readonly resource: Resource
  readonly get: (as?: As) => Promise<KubeObject>
  readonly patchJson: (operations: readonly Tree[], as?: As) => Promise<Tree>
  readonly patchMerge: (patch: Tree, as?: As) => Promise<Tree>
  readonly patchStrategic: (patch: Tree, as?: As) => Promise<Tree>
  /** Server-side apply of these fields, by force. */
  readonly apply: (fields: Tree, as: As) => Promise<Tree>
  /** Read, change, PUT. */
  readonly put: (change: (object: Tree) => void, as?: As) => Promise<Tree>
  readonly remove: (options?: Tree) => Promise<Tree>
  readonly create: (object: Tree, as?: As) => Promise<Tree>
  /** DELETE of the collection, narrowed to this object. */
  readonly removeCollection: () => Promise<Tree>
  readonly send: Send
}

/** The hands for one object. */
export const createTarget = (manifest: Manifest, live: KubeObject, resource: Resource, send: Send): Target => {
  const { name, namespace } = live.metadata
  const path = (
    { manager, subresource, version, dryRun }: As = {},
    query: Record<string, string | boolean> = {},
  ): string =>
    toObjectPath({
      resource: version ? { ...resource, version } : resource,
      name,
      ...(namespace ? { namespace } : {}),
      ...(subresource ? { subresource } : {}),
    }) + toQuery({ fieldManager: manager ?? 'tamperer', dryRun: dryRun ? 'All' : undefined, ...query })
  const collection = toCollectionPath(resource, namespace)
  const identity = { apiVersion: live.apiVersion, kind: live.kind }
  const get = async (as?: As): Promise<KubeObject> => (await send('GET', path(as))) as unknown as KubeObject
  return {
    manifest,
    live,
    resource,
    get,
    patchJson: (operations, as) => send('PATCH', path(as), operations, 'application/json-patch+json'),
    patchMerge: (patch, as) => send('PATCH', path(as), patch, 'application/merge-patch+json'),
    patchStrategic: (patch, as) => send('PATCH', path(as), patch, 'application/strategic-merge-patch+json'),
    apply: (fields, as) =>
      send(
        'PATCH',
        path(as, { force: true }),
        {
          ...identity,
          ...fields,
          metadata: { ...(fields.metadata as Tree), name, ...(namespace ? { namespace } : {}) },
        },
        'application/apply-patch+yaml',
      ),
    put: async (change, as) => {
      for (let attempt = 1; ; attempt++) {
        const object = structuredClone(await get(as)) as unknown as Tree
        change(object)
        try {
          return await send('PUT', path(as), object)
        } catch (error) {
          if (attempt === 5 || !(error instanceof Refused) || error.status !== 409) throw error
        }
      }
    },
    remove: (options = {}) =>
      send('DELETE', path(), { apiVersion: 'v1', kind: 'DeleteOptions', propagationPolicy: 'Background', ...options }),
    create: (object, as) => send('POST', collection + toQuery({ fieldManager: as?.manager ?? 'tamperer' }), object),
    removeCollection: () =>
      send('DELETE', collection + toQuery({ fieldSelector: `metadata.name=${name}` }), {
        apiVersion: 'v1',
        kind: 'DeleteOptions',
        propagationPolicy: 'Background',
      }),
    send,
  }
}
