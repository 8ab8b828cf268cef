import Type from 'typebox'
import { WEEKDAYS } from '../resolved.ts'
import { choice, document, gitRef, list, name, object, selector, type Typed, text } from './common.ts'
import { ignoreRule, policyFields } from './component.ts'

const credentials = object(
  'Where the credentials are; never the credentials themselves. Git also asks its own helpers.',
  {
    env: Type.Optional(text('An environment variable that holds user:password or a token.')),
    file: Type.Optional(text('A file that holds user:password or a token.')),
  },
  { minProperties: 1, maxProperties: 1, 'x-message': 'must have exactly one of env and file' },
)

const repository = object(
  'A repository that sources refer to by name.',
  {
    name: name('The name by which sources refer to it.'),
    git: Type.Optional(
      object('A Git repository.', {
        url: text('Its URL: https, ssh or file.', {
          pattern: '^((https?|ssh|file)://|[^/:@\\s]+@[^/:\\s]+:)\\S+$',
          'x-message': 'must be the URL of a Git repository',
          'x-hint': 'write https://…, ssh://…, file://… or git@host:path',
        }),
        ref: Type.Optional(gitRef('The version where a source names none; the default is the default branch.')),
      }),
    ),
    helm: Type.Optional(
      object('A Helm repository or a path of an OCI registry.', {
        url: text('Its URL: https:// for a Helm repository, oci:// for a registry.', {
          pattern: '^(https?|oci)://\\S+$',
          'x-message': 'must be the URL of a Helm repository',
          'x-hint': 'write https://… or oci://…',
        }),
      }),
    ),
    credentials: Type.Optional(credentials),
  },
  {
    oneOf: [{ required: ['git'] }, { required: ['helm'] }],
    'x-message': 'must have exactly one of git and helm',
  },
)

const engine = (what: string) =>
  Type.Optional(
    object(`${what} to use instead of the bundled one.`, {
      path: text('The absolute path of the program.', { pattern: '^/' }),
    }),
  )

const TIME_OF_DAY = { pattern: '^([01][0-9]|2[0-3]):[0-5][0-9]$', 'x-message': 'must be a time of day like "18:00"' }
const INSTANT = {
  pattern: '^\\d{4}-\\d{2}-\\d{2}T\\d{2}:\\d{2}(:\\d{2})?(\\.\\d+)?(Z|[+-]\\d{2}:\\d{2})$',
  'x-message': 'must be a time with its offset',
  'x-hint': 'write it like 2026-12-20T00:00:00Z or 2026-12-20T00:00:00+01:00',
}

const freezeWindow = object(
  'A time in which nothing new goes out: one that comes once, or every week.',
  {
    reason: text('Why, for those who wait.'),
    clusters: Type.Optional(selector('Only these clusters; all by default.', 'cluster')),
    from: Type.Optional(text('When it begins.', INSTANT)),
    until: Type.Optional(text('When it ends.', INSTANT)),
    weekly: Type.Optional(
      object('Every week.', {
        days: list('The days on which it begins.', choice('A day.', WEEKDAYS), { minItems: 1 }),
        from: Type.Optional(text('When it begins; at midnight by default.', TIME_OF_DAY)),
        until: Type.Optional(
          text('When it ends; at midnight by default. A time before the beginning is on the next day.', TIME_OF_DAY),
        ),
        timeZone: Type.Optional(text('The time zone, like Europe/Berlin; UTC by default.')),
      }),
    ),
  },
  {
    oneOf: [{ required: ['weekly'] }, { anyOf: [{ required: ['from'] }, { required: ['until'] }] }],
    'x-message': 'must have either weekly, or from and until',
  },
)

/** The spec of a Fleet. */
const fleetSpec = object('What holds for the whole fleet.', {
  defaults: Type.Optional(object('What holds for components that do not say otherwise.', policyFields)),
  rollout: Type.Optional(
    object('How a change goes out over the clusters.', {
      first: Type.Optional(selector('The clusters that get a change first.', 'cluster')),
      maxConcurrent: Type.Optional(
        Type.Union([Type.Integer({ minimum: 1 }), Type.String({ pattern: '^([1-9][0-9]?|100)%$' })], {
          description: 'How many clusters are changed at a time: a count or a percentage.',
          'x-message': 'must be a count or a percentage',
          'x-hint': 'write 10 or "10%"',
        }),
      ),
    }),
  ),
  freeze: Type.Optional(
    list('Times in which a hub brings nothing new to clusters. Drift is healed all the same.', freezeWindow),
  ),
  deletionGuard: Type.Optional(
    object(
      'From how many deletions on a person has to confirm: counted by component, by cluster, and over the clusters of a sync.',
      {
        maxObjects: Type.Optional(
          Type.Integer({ minimum: 0, description: 'So many objects go without asking; the default is 20.' }),
        ),
        maxPercent: Type.Optional(
          Type.Integer({
            minimum: 0,
            maximum: 100,
            description: 'So large a part of the objects goes without asking; the default is 25.',
          }),
        ),
      },
    ),
  ),
  ignore: Type.Optional(list('Fields that others may change, on every component.', ignoreRule)),
  repositories: Type.Optional(list('Repositories that sources refer to.', repository)),
  engines: Type.Optional(
    object('Engines to use instead of the bundled ones.', {
      helm: engine('The Helm'),
      kustomize: engine('The Kustomize'),
    }),
  ),
})

/** A Fleet: `fleet.yaml` at the root of the repository. */
export const fleet = document(
  'Fleet',
  'fleet',
  'The fleet: fleet.yaml at the root of the repository.',
  Type.Optional(fleetSpec),
)

/** The spec of a Fleet as a document has it. */
export type FleetSpec = Typed<typeof fleetSpec>
