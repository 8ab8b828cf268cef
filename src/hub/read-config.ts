import { readFileSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { Ajv } from 'ajv'
import type { LockstepError } from '../base/errors.ts'
import { createLocate } from '../fleet/locate.ts'
import { formatProblem } from '../fleet/problem.ts'
import { type FieldProblem, toFieldProblems } from '../fleet/validate.ts'
import { parseYaml } from '../kube/yaml.ts'
import { isGitUrl } from '../source/git/git-url.ts'
import { HUB_CONFIG, type HubConfig, PATH_SETTINGS } from './config.ts'
import { createHubError } from './errors.ts'

/** Where settings come from. */
export type ConfigInput = {
  /** The configuration file. */
  readonly file?: string
  /** What flags and the environment say, by the names of the settings. */
  readonly flags: Readonly<Record<string, unknown>>
  readonly cwd: string
}

/** The settings of a hub, paths absolute: flags and the environment over the file (`HUB_CONFIG_INVALID`). */
export const readHubConfig = ({ file, flags, cwd }: ConfigInput): HubConfig => {
  const fromFile = file === undefined ? {} : readFile(resolve(cwd, file))
  const given = Object.fromEntries(Object.entries(flags).filter(([name]) => name in HUB_CONFIG.properties))
  const problems = findProblems(given)
  if (problems.length > 0) throw toConfigError(problems.map(formatFlagProblem), problems[0])
  return assertWhole({ ...fromFile, ...toAbsolute(given as HubConfig, cwd) })
}

const readFile = (file: string): HubConfig => {
  const text = readText(file)
  const [config = {}, ...more] = parseYaml(text, { file })
  if (more.length > 0) throw toConfigError([`${file}: it has more than one document`])
  const problems = findProblems(config)
  if (problems.length === 0) return toAbsolute(config as HubConfig, dirname(file))
  const locate = createLocate(new Map([[file, text]]))
  const told = problems.map(({ message, pointer, at, hint, code }) => {
    const position = locate({ file, index: 0 }, pointer, at)
    return formatProblem({ code, severity: 'error', message, ...position, ...(hint === undefined ? {} : { hint }) })
  })
  throw toConfigError(told)
}

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw createHubError('HUB_SETTING_UNREADABLE', `the configuration cannot be read from ${file}`, {
      subject: file,
      hint: 'check the path, and that this user may read it',
      cause,
    })
  }
}

const findProblems = (config: unknown): FieldProblem[] => {
  const ajv = new Ajv({ allErrors: true, verbose: true, strict: false, logger: false })
  const check = ajv.compile(HUB_CONFIG)
  return check(config) ? [] : toFieldProblems(check.errors ?? [])
}

/** A folder is relative to whoever names it; a repository can be at a URL. */
const toAbsolute = (config: HubConfig, base: string): HubConfig => {
  const paths = PATH_SETTINGS.flatMap((name) => {
    const path = config[name]
    return path === undefined ? [] : [[name, resolve(base, path)]]
  })
  const { fleet } = config
  return {
    ...config,
    ...Object.fromEntries(paths),
    ...(fleet === undefined || isGitUrl(fleet) ? {} : { fleet: resolve(base, fleet) }),
  }
}

const assertWhole = (config: HubConfig): HubConfig => {
  if ((config.tlsCertFile === undefined) === (config.tlsKeyFile === undefined)) return config
  throw toConfigError(['only one of tlsCertFile and tlsKeyFile is given (give both, or none for plain HTTP)'])
}

/** `--tls-cert-file` for `tlsCertFile`. */
const formatFlagProblem = ({ message, pointer, hint }: FieldProblem): string => {
  const name = pointer.split('/')[1] ?? ''
  const flag = `--${name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
  return `${flag}: ${message}${hint === undefined ? '' : ` (${hint})`}`
}

const toConfigError = (problems: readonly string[], first?: FieldProblem): LockstepError =>
  createHubError(
    'HUB_CONFIG_INVALID',
    `the hub cannot be set up so:${problems.map((problem) => `\n  ${problem}`).join('')}`,
    {
      hint: first?.hint ?? 'docs/spec/hub.md lists all settings',
      details: { problems },
    },
  )
