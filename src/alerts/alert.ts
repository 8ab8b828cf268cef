import type { Severity } from '../fleet/severity.ts'

/** What routes, groups and silences match on. */
export type Labels = Readonly<Record<string, string>>

/** What people read, each part one line or a few. Values of Secrets are masked before they come here. */
export type Annotations = {
  /** What and where, one sentence. */
  readonly summary: string
  /** Git's value → the live one. */
  readonly change?: string
  readonly who?: string
  /** What was done about it, or why it was left. */
  readonly done?: string
  /** What to run to see more. */
  readonly command?: string
  readonly link?: string
}

/** Something that people should know of, while it is so and once more when it is over. */
export type Alert = {
  /** What it is about; the same again is the same alert. */
  readonly key: string
  readonly labels: Labels
  readonly annotations: Annotations
  readonly startsAt: string
  /** When it was over. */
  readonly endsAt?: string
  /** Over by itself then, if nothing renews it. */
  readonly expiresAt?: string
  /** How often it happened again before anybody could be told. */
  readonly times: number
  /** Told although it is over by the time of telling. */
  readonly isNews: boolean
  /** The findings behind it that are open, by their numbers in the store. */
  readonly findings: readonly number[]
  /** How many findings of other objects were folded into it. */
  readonly folded: number
  /** Somebody knows of it: it is not repeated. */
  readonly acknowledgedBy?: string
  /** It was told to be over, and stays for what is found late. */
  readonly isDone?: true
}

/** How bad an alert is. */
export const toSeverity = ({ labels }: Pick<Alert, 'labels'>): Severity => labels.severity as Severity

/** What distinguishes what was told of an alert from what there is to tell now. */
export const toVersion = ({ startsAt, endsAt, labels }: Alert): string =>
  `${startsAt} ${labels.severity} ${endsAt === undefined ? 'firing' : 'resolved'}`
