import { hostname } from 'node:os'
import { join, resolve } from 'node:path'
import { isGitUrl } from '../../source/git/git-url.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import { toDataDir } from '../hub-data.ts'
import { type ClusterOptions, parseDurationOption } from '../options.ts'
import { findFleetFolder, toCacheDir } from '../session.ts'
import { VERSION } from '../version.ts'
import type { World } from '../world.ts'

/** Options of `lockstep hub`. */
export type HubCommandOptions = Pick<
  ClusterOptions,
  'fleet' | 'cacheDir' | 'allowPrivate' | 'kubeconfig' | 'allowExec' | 'connectTimeout'
> & {
  readonly branch?: string
  readonly name?: string
  readonly data?: string
  readonly listen: string
  readonly poll?: string
  readonly webhookSecretFile?: string
  readonly tlsCertFile?: string
  readonly pushCheckpoints?: boolean
  readonly tlsKeyFile?: string
  readonly logFormat: 'text' | 'json'
}

const LOCAL_POLL = '1s'
const REMOTE_POLL = '30s'

/** `lockstep hub`: keeps every cluster at what Git says, until it is told to end. */
export const runHubCommand = async (options: HubCommandOptions, world: World): Promise<number> => {
  const { allowPrivate, allowExec, kubeconfig, branch, webhookSecretFile } = options
  const isRemote = options.fleet !== undefined && isGitUrl(options.fleet)
  const fleet = isRemote ? (options.fleet as string) : findFleetFolder(options, world)
  const dataDir = toDataDir(options, world)
  const runHub = await world.programs.hub()
  await runHub(
    {
      fleet,
      ...(branch === undefined ? {} : { branch }),
      copyDir: join(dataDir, 'fleet'),
      cacheDir: toCacheDir(options, world),
      ...(allowPrivate ? { allowPrivate } : {}),
      pollMs: parseDurationOption(options.poll ?? (isRemote ? REMOTE_POLL : LOCAL_POLL), '--poll'),
      name: parseName(options.name ?? hostname()),
      dataDir,
      version: VERSION,
      access: { home: world.home, ...(kubeconfig ? { kubeconfig } : {}), ...(allowExec ? { allowExec } : {}) },
      connectTimeoutMs: parseDurationOption(options.connectTimeout ?? '10s', '--connect-timeout'),
      listen: parseListenOption(options.listen),
      ...(webhookSecretFile === undefined ? {} : { webhookSecretFile: resolve(world.cwd, webhookSecretFile) }),
      ...(options.pushCheckpoints ? { pushCheckpoints: true } : {}),
      ...parseTls(options, world),
      logFormat: options.logFormat,
    },
    world,
  )
  return EXIT.nothingToReport
}

const parseName = (name: string): string => {
  if (/^[a-z0-9]([-a-z0-9.]{0,61}[a-z0-9])?$/i.test(name)) return name
  throw createCliError('USAGE_INVALID', `--name: "${name}" cannot be the name of a hub`, {
    hint: 'use letters, digits, dots and dashes, 63 at most',
  })
}

const parseTls = (
  { tlsCertFile, tlsKeyFile }: HubCommandOptions,
  { cwd }: World,
): { readonly tls?: { readonly certFile: string; readonly keyFile: string } } => {
  if (tlsCertFile !== undefined && tlsKeyFile !== undefined)
    return { tls: { certFile: resolve(cwd, tlsCertFile), keyFile: resolve(cwd, tlsKeyFile) } }
  if (tlsCertFile === undefined && tlsKeyFile === undefined) return {}
  throw createCliError('USAGE_INVALID', 'only one of --tls-cert-file and --tls-key-file is given', {
    hint: 'give both, or none for plain HTTP',
  })
}

const parseListenOption = (listen: string): string => {
  if (/^(\[[0-9a-f:]+\]|[^:\s]*):\d{1,5}$/i.test(listen)) return listen
  throw createCliError('USAGE_INVALID', `--listen: "${listen}" is no address to listen at`, {
    hint: 'write it like 127.0.0.1:8080, [::1]:8080 or :8080',
  })
}
