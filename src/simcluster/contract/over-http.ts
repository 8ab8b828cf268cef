import type { ClusterAccess } from '../../kube/cluster-access.ts'
import { createTransport } from '../../kube/transport.ts'
import type { ContractCluster } from './contract-cluster.ts'

/** A server behind a socket. */
export const openOverHttp = (
  access: ClusterAccess,
  options: Pick<ContractCluster, 'wait' | 'hasControllers'>,
): ContractCluster => {
  const transport = createTransport(access, {
    connections: 32,
    http2: true,
    connectTimeoutMs: 10_000,
    requestTimeoutMs: 60_000,
  })
  return {
    send: async (request) => transport.send(request, await access.getCredentials()),
    stream: async (request) => {
      const { status, headers, body } = await transport.stream(request, await access.getCredentials(), 0)
      return { status, headers, body: decode(body), close: () => void body.destroy() }
    },
    ...options,
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
  }
}

async function* decode(chunks: AsyncIterable<Buffer>): AsyncGenerator<string> {
  const decoder = new TextDecoder()
  for await (const chunk of chunks) yield decoder.decode(chunk, { stream: true })
}
