import Type, { type Static } from 'typebox'
import { choice, duration, flag, list, object, text } from '../fleet/schema/common.ts'
import { AUTH_CONFIG } from './auth-config.ts'

const optional = Type.Optional

/** A file that a setting names. */
const file = (description: string) => text(`${description} In the configuration file, relative to it.`)

/**
 * The settings of a hub: the same words in its configuration file, as flags (`--push-checkpoints`) and in the environment
 * (`LOCKSTEP_PUSH_CHECKPOINTS`). A flag wins over the environment, that over the file, that over the default.
 */
export const HUB_CONFIG = object('The settings of a hub.', {
  fleet: optional(text('The fleet repository: a folder in a Git working tree, or a URL. Only commits count.')),
  branch: optional(text("The branch to follow. By default what is checked out, or the remote's default branch.")),
  gitCredentialsFile: optional(
    file("The file with `user:password` or a token for the fleet repository, where git's own helpers have none."),
  ),
  name: optional(
    Type.String({
      description: 'What the hub is called on clusters and in the trail. By default the host name.',
      pattern: '^[A-Za-z0-9]([-A-Za-z0-9.]{0,61}[A-Za-z0-9])?$',
      'x-message': 'cannot be the name of a hub',
      'x-hint': 'use letters, digits, dots and dashes, 63 at most',
    }),
  ),
  data: optional(file('The folder of the database, the key of the trail and the copy of the fleet.')),
  listen: optional(
    Type.String({
      description: 'Where the API, health, metrics and webhooks are served. By default 127.0.0.1:8080.',
      pattern: '^(\\[[0-9a-fA-F:]+\\]|[^:\\s]*):[0-9]{1,5}$',
      'x-message': 'is no address to listen at',
      'x-hint': 'write it like 127.0.0.1:8080, [::1]:8080 or :8080',
    }),
  ),
  publicUrl: optional(
    Type.String({
      description:
        'Under which address people reach the hub: what links in alerts begin with, and where the identity provider sends browsers back to.',
      pattern: '^https?://[^/\\s?#]+(/[^\\s?#]*)?$',
      'x-message': 'is no http(s) address',
      'x-hint': 'write it like https://lockstep.example.com',
    }),
  ),
  poll: optional(duration('How often Git is asked. By default 1s for a folder, 30s for a URL.')),
  webhookSecretFile: optional(file('The file with what webhooks are signed with; without it there are none.')),
  pushCheckpoints: optional(flag('Push the signed ends of the trail to refs/lockstep/audit of the fleet repository.')),
  tlsCertFile: optional(file('Serve HTTPS with this certificate (PEM, with its chain).')),
  tlsKeyFile: optional(file('The key of the certificate (PEM).')),
  secretsDir: optional(file('The folder with one file a secret, which alert receivers and OIDC name.')),
  auth: optional(AUTH_CONFIG),
  kubeconfig: optional(file('The kubeconfig, instead of KUBECONFIG and ~/.kube/config.')),
  allowExec: optional(list('Credential plugins that kubeconfigs may run.', text('A command.'))),
  connectTimeout: optional(duration('How long a cluster may take to answer at first. By default 10s.')),
  cacheDir: optional(file('Where fetched sources and renderings are kept. By default ~/.cache/lockstep.')),
  allowPrivate: optional(
    list(
      'Private addresses that sources may be fetched from and alerts sent to.',
      text('An address, a network or a host.'),
    ),
  ),
  logFormat: optional(choice('How messages are printed. By default text.', ['text', 'json'])),
})

/** The settings of a hub, as they are written. */
export type HubConfig = Static<typeof HUB_CONFIG>

/** Settings that name a file or a folder, which in the configuration file is relative to it. */
export const PATH_SETTINGS = [
  'data',
  'gitCredentialsFile',
  'webhookSecretFile',
  'tlsCertFile',
  'tlsKeyFile',
  'secretsDir',
  'kubeconfig',
  'cacheDir',
] as const satisfies readonly (keyof HubConfig)[]
