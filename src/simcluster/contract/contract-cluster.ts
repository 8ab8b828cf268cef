import type { ApiRequest } from '../api.ts'

/** One request of a case, as it goes out. */
export type ContractRequest = Pick<ApiRequest, 'method'> & {
  /** With its query. */
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
  readonly signal?: AbortSignal
}

/** Header values by lower-case name. */
type Headers = Readonly<Record<string, string | string[] | undefined>>

/** A whole answer. */
export type ContractAnswer = { readonly status: number; readonly headers: Headers; readonly body: string }

/** An answer that goes on. */
export type ContractStream = {
  readonly status: number
  readonly headers: Headers
  /** Lines or pieces of lines. */
  readonly body: AsyncIterable<string>
  readonly close: () => void
}

/** A server that cases run on, as its administrator. */
export type ContractCluster = AsyncDisposable & {
  readonly send: (request: ContractRequest) => Promise<ContractAnswer>
  readonly stream: (request: ContractRequest) => Promise<ContractStream>
  /** Lets time pass, in which controllers do what they have to. */
  readonly wait: (ms: number) => Promise<void>
  /** Whether new namespaces come to have what controllers put there. */
  readonly hasControllers: boolean
  /** Whether definitions have to be established by hand. */
  readonly establishes?: true
}
