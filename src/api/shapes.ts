import Type from 'typebox'
import { choice, freeForm, list, object, text } from '../fleet/schema/common.ts'
import { SEVERITIES } from '../fleet/severity.ts'

/** A time in an answer. */
export const time = (description: string) => text(`${description} ISO 8601, UTC.`)

/** A time in a question: ISO 8601; a day begins at midnight UTC. */
export const timeQuery = (description: string) =>
  Type.String({
    description: `${description} A day or a time, ISO 8601: 2026-11-01, 2026-11-01T08:00:00Z.`,
    pattern: '^\\d{4}-\\d{2}-\\d{2}(T\\d{2}:\\d{2}(:\\d{2}(\\.\\d{1,9})?)?(Z|[+-]\\d{2}:\\d{2}))?$',
  })

/** Since when and until when. */
export const PERIOD = {
  since: Type.Optional(timeQuery('From then on.')),
  until: Type.Optional(timeQuery('Before then.')),
}

/** Which clusters of the fleet. */
export const SELECTION = {
  cluster: Type.Optional(
    list('Only these clusters; * stands for any text.', Type.String({ description: 'A name.', maxLength: 100 }), {
      maxItems: 100,
    }),
  ),
  selector: Type.Optional(text('Only clusters with these labels, like env=prod.', { maxLength: 1_000 })),
}

/** What is about one cluster. */
export const ofCluster = Type.Optional(text('Only of this cluster.'))

/** The number of something, in a path. */
export const id = (description: string) => Type.Integer({ description, minimum: 1, maximum: 2 ** 53 - 1 })

/** An object on a cluster. */
export const objectRef = object('The object.', {
  group: Type.String({ description: 'Its API group; empty for the core group.' }),
  kind: text('Its kind.'),
  namespace: Type.Optional(text('Its namespace, where it has one.')),
  name: text('Its name.'),
})

const DRIFT_KINDS = ['modified', 'added', 'missing', 'unmanaged', 'terminating'] as const

export const drift = choice('What sort of drift.', DRIFT_KINDS)
export const severity = choice('How bad.', SEVERITIES)

/** What a finding says, open or closed, stored or just seen. */
export const FINDING = {
  cluster: text('On which cluster.'),
  component: text('Of which component.'),
  object: objectRef,
  drift,
  field: Type.Optional(text('Which field; absent where it is about the whole object.')),
  git: Type.Optional(Type.Unknown({ description: 'The value in Git. Secrets are masked.' })),
  live: Type.Optional(Type.Unknown({ description: 'The value on the cluster. Secrets are masked.' })),
  severity,
  owner: Type.Optional(text('Whose it is.')),
  manager: Type.Optional(text('The field manager that made it.')),
  operation: Type.Optional(text('What the manager did: Apply or Update.')),
  changedAt: Type.Optional(text('When it was made, where that is known.')),
  writers: Type.Optional(
    Type.Array(
      object('Who wrote it.', {
        manager: text('The field manager.'),
        operation: Type.Optional(text('Apply or Update.')),
        changedAt: Type.Optional(text('When, where that is known.')),
      }),
      { description: 'All who were seen to write it, oldest first, where there are several.' },
    ),
  ),
  attributedBy: Type.Optional(
    choice(
      'How it is known who: from managed fields as they were read, from a watch event that was overwritten since, or from audit events.',
      ['managedFields', 'watch', 'audit'],
    ),
  ),
  actor: Type.Optional(text('Who made it, where the API server told.')),
  note: Type.Optional(text('Why it is not healed, or could not be.')),
}

const SIGNATURE = 'What Git says of its signature, as %G? has it: G is good, N is none.'

/** A commit of the fleet repository. */
export const revision = object('A commit of the fleet repository.', {
  commit: text('The commit.'),
  time: time('When the hub saw it first.'),
  author: Type.String({ description: 'Who wrote it.' }),
  committer: Type.String({ description: 'Who committed it.' }),
  committed: Type.String({ description: 'When it was committed.' }),
  subject: Type.String({ description: 'The first line of its message.' }),
  signature: Type.String({ description: SIGNATURE }),
  trailers: list('The trailers of its message.', Type.String({ description: 'A trailer.' })),
})

/** A record of the trail: other fields may come, and its hash is over all of them. */
export const auditRecord = object('A record of the trail, as it was recorded.', {
  seq: Type.Integer({ description: 'Its place in the trail.' }),
  time: text('When it was recorded.'),
  type: text('What happened.'),
  actor: Type.String({ description: 'Who did it.' }),
  subject: Type.String({ description: 'What it was done to.' }),
  cluster: Type.Optional(text('On which cluster.')),
  revision: Type.Optional(Type.String({ description: 'The commit that it belongs to.' })),
  data: freeForm('What else is to be known of it.'),
  previous: text('The hash of the record before.'),
  hash: text('SHA-256 of everything else of it as canonical JSON.'),
})
