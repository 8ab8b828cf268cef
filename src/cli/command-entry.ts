import { Option } from 'commander'
import type { World } from './world.ts'

/** One command of the command line. Its code is loaded when it runs. */
export type CommandEntry = {
  /** The words, and the arguments as commander writes them: `cluster show <name>`. */
  readonly usage: string
  readonly summary: string
  readonly details?: string
  readonly examples: readonly string[]
  readonly options: readonly Option[]
  readonly load: () => Promise<(args: readonly string[], options: never, world: World) => Promise<number>>
}

/** An option. */
export const option = (flags: string, description: string): Option => new Option(flags, description)

/** An option that may be given several times. */
export const repeatable = (flags: string, description: string): Option =>
  new Option(flags, `${description}; repeatable`).argParser((value: string, before: string[] | undefined) => [
    ...(before ?? []),
    value,
  ])

/** An option that is on or off, also as the environment says it: `false` there is off. */
export const toggle = (flag: string, description: string): Option =>
  new Option(`${flag} [true|false]`, description)
    .preset('true')
    .argParser((value: string) => TOGGLES.get(value) ?? value)

const TOGGLES: ReadonlyMap<string, boolean> = new Map([
  ['true', true],
  ['1', true],
  ['false', false],
  ['0', false],
])

/** How a report may be printed, the default first. */
export const output = (...formats: string[]): Option =>
  new Option('-o, --output <format>', 'how to print it').choices(formats).default(formats[0])

/** Where the fleet is and how it is read. */
export const FLEET = [
  option('--fleet <dir>', 'folder of the fleet repository (default: the nearest with a fleet.yaml, upwards)'),
  option('--revision <ref>', 'read the fleet at a branch, tag or commit instead of the working tree'),
  option('--cache-dir <dir>', 'where fetched sources and renderings are kept (default: ~/.cache/lockstep)'),
  option('--offline', 'use cached sources only'),
  repeatable('--allow-private <host>', 'a private address, network or host that sources may be fetched from'),
]

/** Which clusters, and how they are reached. */
export const CLUSTERS = [
  repeatable('-c, --cluster <name>', 'only this cluster; * stands for any text'),
  option('-l, --selector <labels>', 'only clusters with these labels, like env=prod,region in (eu,us)'),
  ...FLEET,
  option('--kubeconfig <file>', 'instead of KUBECONFIG and ~/.kube/config'),
  repeatable('--allow-exec <command>', 'a credential plugin that kubeconfigs may run'),
  option('--connect-timeout <duration>', 'how long a cluster may take to answer at first').default('10s'),
]
