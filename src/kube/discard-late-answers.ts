import { subscribe } from 'node:diagnostics_channel'
import type { ClientHttp2Session, ClientHttp2Stream } from 'node:http2'

const guarded = new WeakSet<ClientHttp2Session>()
let isSubscribed = false

/**
 * Ends the streams that Node opens for answers to HTTP/2 requests that were given up a moment before. Nobody knows of
 * them: each would stay as long as its connection, and the error that ends the connection would end the process, too.
 * Seen with undici 8.12 on Node 24, which destroys the stream of an aborted request at once.
 */
export const discardLateAnswers = (): void => {
  if (isSubscribed) return
  isSubscribed = true
  subscribe('http2.client.stream.created', (message) => {
    const { session } = (message as { stream: ClientHttp2Stream }).stream
    if (!session || guarded.has(session as ClientHttp2Session)) return
    guarded.add(session as ClientHttp2Session)
    // Servers push nothing to us, so whatever comes unasked is such an answer.
    session.on('stream', (late: ClientHttp2Stream) => late.on('error', () => {}).destroy())
  })
}
