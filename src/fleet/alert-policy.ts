import type { SourcePosition } from '../base/errors.ts'
import type { CelProgram } from '../kube/cel.ts'
import type { Matcher } from './alert-matcher.ts'
import type { Severity } from './severity.ts'

/** The name of a secret of the hub, never the secret itself. */
export type SecretRef = { readonly secret: string }

/** Gives findings a severity, where its condition holds; its variables are those of a finding. */
export type SeverityRule = { readonly name: string; readonly when: CelProgram; readonly severity: Severity }

/** Who owns what is in these namespaces, where `*` stands for any text. */
export type NamespaceOwner = { readonly owner: string; readonly namespaces: { readonly names: readonly string[] } }

/** A node of the tree that alerts go down, with everything that it takes over from the one above. */
export type AlertRoute = {
  /** None: every alert. */
  readonly matchers: readonly Matcher[]
  /** Are the routes after it tried, too? */
  readonly continue: boolean
  readonly receiver: string
  /** `...` is every label: no two alerts are one message. */
  readonly groupBy: readonly string[] | '...'
  readonly groupWaitMs: number
  readonly groupIntervalMs: number
  readonly repeatIntervalMs: number
  readonly routes: readonly AlertRoute[]
}

/** An SMTP server. */
export type SmtpServer = {
  readonly host: string
  readonly port: number
  readonly tls: 'starttls' | 'tls' | 'none'
  readonly username?: string
  readonly password?: SecretRef
}

/** Where alerts go to. One without any address is where they end. */
export type AlertReceiver = {
  readonly name: string
  /** Is it told as well when an alert is over? */
  readonly sendResolved: boolean
  readonly slack: readonly { readonly url: SecretRef }[]
  readonly msteams: readonly { readonly url: SecretRef }[]
  readonly webhook: readonly { readonly url: string | SecretRef; readonly signingKey?: SecretRef }[]
  readonly email: readonly { readonly to: readonly string[]; readonly from: string; readonly smtp: SmtpServer }[]
  readonly pagerduty: readonly { readonly routingKey: SecretRef; readonly url: string }[]
  readonly alertmanager: readonly { readonly url: string }[]
}

/** Alerts that are not sent for a time. Times are ISO 8601 with an offset. */
export type PolicySilence = {
  readonly matchers: readonly Matcher[]
  readonly from?: string
  readonly until: string
  readonly reason: string
}

/** What the fleet says of findings and alerts of some clusters. */
export type ResolvedAlertPolicy = {
  readonly name: string
  /** The clusters that it speaks of, by name. */
  readonly clusters: ReadonlySet<string>
  /** The first that holds counts. */
  readonly severity: readonly SeverityRule[]
  /** The first that fits counts. */
  readonly owners: readonly NamespaceOwner[]
  /** Absent: it sends nothing. */
  readonly route?: AlertRoute
  readonly receivers: readonly AlertReceiver[]
  readonly silences: readonly PolicySilence[]
  readonly origin: SourcePosition
}
