import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Command } from 'commander'
import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { HUB_COMMANDS } from '../cli/hub-commands.ts'
import { replaceFieldTable } from '../fleet/field-table.ts'
import { parseYaml } from '../kube/yaml.ts'
import { HUB_CONFIG } from './config.ts'
import { readHubConfig } from './read-config.ts'

let folder: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'hub-config-'))
})
afterEach(() => rmSync(folder, { recursive: true }))

const write = (text: string): string => {
  const file = join(folder, 'hub.yaml')
  writeFileSync(file, text)
  return file
}

test('a flag wins over the file', () => {
  const file = write('listen: 0.0.0.0:80\npoll: 5s\n')

  const config = readHubConfig({ file, flags: { listen: '127.0.0.1:81' }, cwd: '/' })

  expect(config).toEqual({ listen: '127.0.0.1:81', poll: '5s' })
})

test('paths are relative to the file that names them, or to the folder where the command runs', () => {
  const file = write('data: data\nfleet: ../fleet\nsecretsDir: /run/secrets\n')

  const config = readHubConfig({ file, flags: { kubeconfig: 'k.yaml' }, cwd: '/here' })

  expect(config).toEqual({
    data: join(folder, 'data'),
    fleet: join(folder, '../fleet'),
    secretsDir: '/run/secrets',
    kubeconfig: '/here/k.yaml',
  })
})

test('a repository at a URL stays as it is', () => {
  const file = write('fleet: https://git.example.com/fleet.git\n')

  expect(readHubConfig({ file, flags: {}, cwd: '/' })).toEqual({ fleet: 'https://git.example.com/fleet.git' })
})

test('everything that is wrong in the file is told, each with its line', () => {
  const file = write('lisen: :80\npoll: soon\nallowExec: aws\n')

  expect(() => readHubConfig({ file, flags: {}, cwd: '/' })).toThrow(
    expect.objectContaining({
      code: 'HUB_CONFIG_INVALID',
      details: {
        problems: expect.arrayContaining([
          `${file}:1:1: unknown field "lisen" (did you mean \`listen\`?)`,
          `${file}:2:7: "poll" must be a duration: "soon" (write it like 30s, 5m or 1h30m)`,
          `${file}:3:12: "allowExec" must be a list, not "aws"`,
        ]),
      },
    }),
  )
})

test('what is wrong with a flag names the flag', () => {
  expect(() => readHubConfig({ flags: { tlsCertFile: 'a' }, cwd: '/' })).toThrow(
    'only one of tlsCertFile and tlsKeyFile',
  )
  expect(() => readHubConfig({ flags: { connectTimeout: '10' }, cwd: '/' })).toThrow(
    '--connect-timeout: "connectTimeout" must be a duration',
  )
})

test('an empty file says nothing, one with two documents is refused', () => {
  expect(readHubConfig({ file: write('# nothing\n'), flags: {}, cwd: '/' })).toEqual({})
  expect(() => readHubConfig({ file: write('poll: 5s\n---\npoll: 6s\n'), flags: {}, cwd: '/' })).toThrow(
    'more than one',
  )
})

test.each<[string[], string | undefined, boolean | undefined]>([
  [[], undefined, undefined],
  [['--push-checkpoints'], undefined, true],
  [[], 'true', true],
  [[], 'false', false],
  [['--push-checkpoints'], 'false', true],
])('a setting that is on or off: %j, and %s in the environment', (args, variable, wanted) => {
  const command = new Command().exitOverride()
  for (const option of HUB_COMMANDS.find(({ usage }) => usage === 'hub')?.options ?? []) command.addOption(option)
  vi.stubEnv('LOCKSTEP_PUSH_CHECKPOINTS', variable)
  try {
    command.parse(args, { from: 'user' })
    expect(command.opts().pushCheckpoints).toBe(wanted)
  } finally {
    vi.unstubAllEnvs()
  }
})

test('every setting is a flag and a variable, and stands in docs/spec/hub.md', () => {
  const page = readFileSync(join(import.meta.dirname, '../../docs/spec/hub.md'), 'utf8')
  const options = HUB_COMMANDS.find(({ usage }) => usage === 'hub')?.options ?? []
  const flags = new Map(options.map((option) => [option.attributeName(), option.envVar]))
  const lists = ['allowExec', 'allowPrivate']

  for (const name of Object.keys(HUB_CONFIG.properties)) {
    expect(flags.has(name), `--${name}`).toBe(name !== 'auth')
    const variable = `LOCKSTEP_${name.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase()}`
    if (name !== 'auth' && !lists.includes(name))
      expect([variable, 'LOCKSTEP_HUB_NAME'], name).toContain(flags.get(name))
  }
  expect(page).toBe(replaceFieldTable(page, JSON.parse(JSON.stringify(HUB_CONFIG))))
  const [example] = parseYaml(/```yaml\n(.*?)```/s.exec(page)?.[1] ?? '')
  expect(() => readHubConfig({ flags: example as Record<string, unknown>, cwd: '/' })).not.toThrow()
})
