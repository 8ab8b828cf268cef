import { open } from 'node:fs/promises'

/** What the API server writes of a request that it has answered, as far as tests look at it. */
export type AuditEvent = {
  readonly auditID: string
  /** `ResponseComplete`; `Panic` if the server broke. A watch is written when it ends. */
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly impersonatedUser?: { readonly username: string; readonly groups?: readonly string[] }
  readonly userAgent?: string
  readonly objectRef?: {
    readonly apiGroup?: string
    readonly apiVersion?: string
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
  }
  readonly responseStatus?: { readonly code?: number }
  readonly requestReceivedTimestamp: string
}

/** The verbs that change something. A dry run counts as one: look at `requestURI` to tell it. */
const WRITES = new Set(['create', 'update', 'patch', 'delete', 'deletecollection'])

/** Would this request change something? Dry runs do not. */
export const isWrite = ({ verb, requestURI }: AuditEvent): boolean =>
  WRITES.has(verb) && !/[?&]dryRun=All(&|$)/.test(requestURI)

/** The policy: who, what, when and with which outcome, without bodies, once per request. */
export const AUDIT_POLICY = `apiVersion: audit.k8s.io/v1
kind: Policy
omitStages: [RequestReceived, ResponseStarted]
rules: [{ level: Metadata }]
`

/** The whole events in the log from an offset on, and where to go on. */
export const readAuditLog = async (
  file: string,
  offset = 0,
): Promise<{ readonly events: readonly AuditEvent[]; readonly end: number }> => {
  await using log = await open(file)
  const { size } = await log.stat()
  const { buffer, bytesRead } = await log.read(Buffer.alloc(Math.max(0, size - offset)), 0, null, offset)
  const whole = buffer.subarray(0, bytesRead).lastIndexOf(10) + 1
  const lines = buffer.subarray(0, whole).toString().split('\n').slice(0, -1)
  return { events: lines.map((line) => JSON.parse(line) as AuditEvent), end: offset + whole }
}
