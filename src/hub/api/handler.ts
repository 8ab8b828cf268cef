import type { FastifyReply, FastifyRequest } from 'fastify'
import type { AnswerOf, BodyOf, Operation, Operations, ParamsOf, QueryOf } from '../../api/operation.ts'
import type { Clock } from '../../base/clock.ts'
import type { Store } from '../../store/store.ts'
import type { HubAlerts } from '../alerts.ts'
import type { Hub } from '../hub.ts'
import type { Metrics } from '../metrics.ts'
import type { Authenticate } from './authenticate.ts'
import type { Login } from './login/login.ts'
import type { Principal } from './principal.ts'

/** What operations are carried out with. */
export type ApiDeps = {
  readonly hub: Hub
  readonly store: Store
  readonly clock: Clock
  readonly metrics: Metrics
  /** Sends samples to receivers of alerts. */
  readonly testAlerts?: HubAlerts['test']
  /** What webhooks are signed with; without it they are refused. */
  readonly webhookSecret?: string
  /** Signing in with a browser, where there is an identity provider. */
  readonly login?: Login
  readonly authenticate: Authenticate
}

/** The server around an operation. */
export type RouteContext = ApiDeps & {
  /** Aborted when the server ends: what goes on until then has to end. */
  readonly closing: AbortSignal
  /** What went wrong after the answer began. */
  readonly onError: (error: unknown) => void
}

/** A request that was checked: its parts are as the operation says, and whoever sent it may do it. */
export type Call<Op extends Operation> = {
  readonly params: ParamsOf<Op>
  readonly query: QueryOf<Op>
  readonly body: BodyOf<Op>
  readonly principal: Principal
  /** For what is recorded: who, and when. */
  readonly by: { readonly actor: string; readonly time: string }
  /** Puts cookies into the browser, or takes them out. */
  readonly setCookies: (lines: readonly string[]) => void
  /** Where it comes from. */
  readonly address: string
  /** Aborted when the caller goes away. */
  readonly signal: AbortSignal
}

/** Carries an operation out. */
export type Handler<Op extends Operation> = (call: Call<Op>, deps: ApiDeps) => Promise<AnswerOf<Op>>

/** Carries out an operation that answers in its own way. */
export type RawHandler = (request: FastifyRequest, reply: FastifyReply, deps: RouteContext) => Promise<unknown>

/** How each operation of a table is carried out. */
export type Handlers<Table extends Operations> = {
  readonly [Id in keyof Table]: Table[Id]['answer'] extends 'raw' ? RawHandler : Handler<Table[Id]>
}
