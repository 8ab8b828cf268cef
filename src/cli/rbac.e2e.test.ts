import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type Git, initRepository } from './testing/git-repository.ts'
import { type LockstepRun, runLockstep } from './testing/run-lockstep.ts'

let work: string
let fleet: string
let git: Git

const rbac = (...args: string[]): Promise<LockstepRun> =>
  runLockstep(['rbac', ...args], { cwd: fleet, env: { COLUMNS: '300' } })
const readGrant = (): Promise<string> => readFile(join(fleet, 'rbac/team-a-team.yaml'), 'utf8')

beforeAll(async () => {
  work = await mkdtemp(join(tmpdir(), 'lockstep-rbac-'))
  fleet = join(work, 'fleet')
  await runLockstep(['init', 'fleet'], { cwd: work })
  git = await initRepository(fleet)
})
afterAll(() => rm(work, { recursive: true, force: true }))

test('access is granted, extended and taken away by commands alone, each a commit with nothing else in it', async () => {
  await writeFile(join(fleet, 'other.txt'), 'work of mine')
  await git('add', 'other.txt')
  const runs = [
    await rbac('template', 'new', 'team', '--preset', 'deployer', '--commit'),
    await rbac('template', 'edit', 'team', '--role', 'logs', '--rule', 'get,list pods,pods/log', '--commit'),
    await rbac('grant', 'deployer', '--to', 'group:oidc:team-a', '-n', 'shop', '-l', 'env=prod', '--commit'),
    await rbac(
      'grant',
      'team/logs',
      '--to',
      'user:bob',
      '-n',
      'shop',
      '--name',
      'team-a-team',
      '--for',
      '8h',
      '--commit',
    ),
  ]
  const granted = await readGrant()
  runs.push(await rbac('extend', 'team-a-team', '--expires', '2099-01-31T18:00:00+01:00', '--commit'))
  const extended = await readGrant()
  const list = await rbac('list', '-o', 'json')
  runs.push(await rbac('revoke', 'user:bob', '--commit'))

  expect(runs.map(({ exitCode, stderr }) => [exitCode, stderr])).toEqual(runs.map(() => [0, '']))
  expect(runs[2]?.stdout).toMatch(
    /group oidc:team-a gains get, list, watch, create.* in namespace shop of prod-eu, prod-us/,
  )
  expect(granted).toMatch(
    /- \{role: logs, subjects: \[\{user: bob\}\], namespaces: \{names: \[shop\]\}, expires: \S+Z\}/,
  )
  expect(extended).toContain('expires: 2099-01-31T18:00:00+01:00')
  expect(JSON.parse(list.stdout)).toContainEqual(
    expect.objectContaining({
      role: 'team/logs',
      subjects: ['user:bob'],
      expired: false,
      clusters: ['prod-eu', 'prod-us'],
    }),
  )
  expect(runs[5]?.stdout).toContain('user bob loses get, list on pods, pods/log in namespace shop of prod-eu, prod-us')
  expect(await readGrant()).not.toContain('bob')
  expect((await git('log', '--format=%s', '-n', '6')).split('\n')).toEqual([
    'Revoke all access from user:bob',
    'Let grant team-a-team end 2099-01-31T18:00:00+01:00',
    'Grant team/logs to user:bob',
    'Grant deployer to group:oidc:team-a',
    'Change RBAC template team',
    'Make RBAC template team',
  ])
  expect(await git('status', '--short')).toBe('A  other.txt')
})

test('a pushed change is a branch to be reviewed, and the working tree stays as it is', async () => {
  const before = await git('rev-parse', 'HEAD')
  const why = 'INC-42: orders are stuck'
  const run = await rbac(
    'grant',
    'deployer',
    '--to',
    'user:eve',
    '-n',
    'shop',
    '-c',
    'prod-eu',
    '--break-glass',
    why,
    '--push',
  )
  const branch = /as (lockstep\/\S+)/.exec(run.stdout)?.[1] as string
  const { stdout } = await promisify(execFile)('git', ['show', '--stat', '--format=%an|%P|%s', branch], {
    cwd: join(work, 'up.git'),
  })

  expect(run).toMatchObject({ exitCode: 0, stderr: '' })
  expect(stdout).toContain(`Ada|${before}|Grant deployer to user:eve (break glass: ${why})`)
  expect(stdout).toContain('rbac/eve-team.yaml')
  expect(stdout).toContain('1 file changed')
  expect(await git('rev-parse', 'HEAD')).toBe(before)
  expect(await git('status', '--short')).toBe('A  other.txt')
})

test('a pushed change may take a file away', async () => {
  const run = await rbac('revoke', '--grant', 'team-a-team', '--push')
  const files = async (ref: string): Promise<string> =>
    (await promisify(execFile)('git', ['ls-tree', '-r', '--name-only', ref], { cwd: join(work, 'up.git') })).stdout

  expect(run).toMatchObject({ exitCode: 0, stderr: '', stdout: expect.stringContaining('gone  rbac/team-a-team.yaml') })
  expect(await files('lockstep/revoke-grant-team-a-team')).not.toContain('rbac/team-a-team.yaml')
  expect(await files('lockstep/revoke-grant-team-a-team')).toContain('rbac/templates/team.yaml')
  expect(await readGrant()).toContain('oidc:team-a')
})

test('nothing is written where it is only shown, or would not be valid', async () => {
  const dry = await rbac('grant', 'deployer', '--to', 'user:eve', '-n', 'shop', '-c', 'prod-eu', '--dry-run')
  const unknown = await rbac('grant', 'deployer', '--to', 'user:eve', '-n', 'shop', '-c', 'prod-uk')
  const missing = await rbac('grant', 'deployer', '--to', 'user:eve', '-c', 'prod-eu')
  const long = await rbac(
    'grant',
    'deployer',
    '--to',
    'user:eve',
    '-n',
    'shop',
    '-c',
    'prod-eu',
    '--break-glass',
    'x',
    '--for',
    '25h',
  )

  expect(dry).toMatchObject({ exitCode: 0, stdout: expect.stringContaining('user eve gains') })
  expect(unknown).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('unknown cluster "prod-uk"') })
  expect(missing).toMatchObject({
    exitCode: 2,
    stderr: expect.stringContaining('--namespace or --namespace-labels is missing'),
  })
  expect(long).toMatchObject({ exitCode: 2, stderr: expect.stringContaining('lasts more than 24 hours') })
  expect(await git('status', '--short')).toBe('A  other.txt')
})

test('a template is shown in words, with what is dangerous in it', async () => {
  await rbac('template', 'edit', 'team', '--preset', 'debugger', '--commit')
  const { stdout } = await rbac('template', 'show', 'team')

  expect(stdout).toContain('logs (in namespaces), rules of its own\n  may get, list on pods, pods/log\n')
  expect(stdout).toContain('high risk: may run commands in pods')
  expect(stdout).toContain('granted by team-a-team')
})
