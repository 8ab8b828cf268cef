import { execFile } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { promisify } from 'node:util'
import { buildPrograms } from '../real/programs.ts'
import { createWorkFolder } from '../real/work-folder.ts'
import type { Tree } from './tree.ts'

/** What the API server asks a webhook. */
export type AdmissionRequest = {
  readonly uid: string
  readonly operation: 'CREATE' | 'UPDATE'
  readonly object: Tree
  readonly oldObject: Tree | null
  readonly options: { readonly fieldManager?: string } | null
}

/** JSON Patch of what a webhook changes; empty: it lets the object pass. */
export type Mutate = (request: AdmissionRequest) => readonly Tree[]

/** A webhook that the API server can reach. */
export type WebhookServer = AsyncDisposable & {
  /** How a webhook configuration refers to one of its paths. */
  readonly clientConfig: (path: string) => { readonly url: string; readonly caBundle: string }
}

/** An HTTPS server of this process with an authority of its own: admission as the API server knows it elsewhere. */
export const startWebhookServer = async (webhooks: Readonly<Record<string, Mutate>>): Promise<WebhookServer> => {
  const { controlplane } = await buildPrograms()
  const folder = await createWorkFolder()
  await promisify(execFile)(controlplane, ['certs', folder])
  const [ca, cert, key] = await Promise.all(
    ['ca.crt', 'server.crt', 'server.key'].map((name) => readFile(join(folder, name))),
  )
  const server = createServer({ cert: cert as Buffer, key: key as Buffer }, (asked, answer) => {
    review(asked, webhooks).then(
      (reviewed) => answer.setHeader('content-type', 'application/json').end(reviewed),
      // An API server that stops gives up what it asks in the middle of asking, and nobody is left to be answered.
      (error: unknown) => {
        if (asked.complete) throw error
        answer.destroy()
      },
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  return {
    clientConfig: (path) => ({
      url: `https://127.0.0.1:${port}${path}`,
      caBundle: (ca as Buffer).toString('base64'),
    }),
    [Symbol.asyncDispose]: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const review = async (asked: IncomingMessage, webhooks: Readonly<Record<string, Mutate>>): Promise<string> => {
  const { request } = JSON.parse(await text(asked)) as { request: AdmissionRequest }
  const { pathname } = new URL(asked.url ?? '', 'https://webhook')
  const patch = webhooks[pathname]?.(request) ?? []
  const changed =
    patch.length > 0
      ? { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') }
      : undefined
  return JSON.stringify({
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: request.uid, allowed: true, ...changed },
  })
}
