import { execFile, spawn } from 'node:child_process'
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { promisify } from 'node:util'
import { findPort } from '../real/ports.ts'

const run = promisify(execFile)

/** What Debian 12 serves, up to its own rebuilds. apt verifies what it downloads by Debian's signatures. */
const VERSION = '0.25.0'
const CACHE = join(import.meta.dirname, '..', '..', '.cache', 'alertmanager')

const PROGRAM = join('usr', 'bin', 'prometheus-alertmanager')

/** An Alertmanager that runs. */
export type Alertmanager = AsyncDisposable & { readonly url: string }

/** The program of Debian's package, fetched once; why not, where it cannot be had here. */
export const obtainAlertmanager = async (): Promise<{ readonly file: string } | { readonly missing: string }> => {
  const file = join(CACHE, VERSION, PROGRAM)
  if (existsSync(file)) return { file }
  if (process.platform !== 'linux' || !existsSync('/usr/bin/apt-get') || !existsSync('/usr/bin/dpkg-deb'))
    return { missing: 'Alertmanager comes as a package of Debian, and there is no apt-get here.' }
  const work = join(CACHE, 'apt')
  await download(work)
  const [deb] = readdirSync(work).filter((name) => name.endsWith('.deb'))
  if (deb === undefined) return { missing: 'apt-get gave no package of Alertmanager.' }
  if (!deb.startsWith(`prometheus-alertmanager_${VERSION}`))
    return { missing: `These tests are written for Alertmanager ${VERSION}, and this system has ${deb}.` }
  const unpacked = join(CACHE, `${VERSION}.new`)
  rmSync(unpacked, { recursive: true, force: true })
  await run('dpkg-deb', ['-x', join(work, deb), unpacked])
  lookBelowFolder(join(unpacked, PROGRAM))
  renameSync(unpacked, join(CACHE, VERSION))
  rmSync(work, { recursive: true, force: true })
  return { file }
}

/**
 * Debian's program reads its templates from /usr/share, which is not there where the package is only unpacked. The same
 * path without its first slash, and as long, is found from the folder that it was unpacked into.
 */
const lookBelowFolder = (file: string): void => {
  const program = readFileSync(file)
  const path = Buffer.from('/usr/share/prometheus/alertmanager')
  for (let at = program.indexOf(path); at >= 0; at = program.indexOf(path, at)) program.write(`${path}/`.slice(1), at)
  writeFileSync(file, program)
}

/** With lists and a cache of its own: nothing of the system is touched, and nobody has to be root. */
const download = async (work: string): Promise<void> => {
  for (const folder of ['lists/partial', 'archives/partial']) mkdirSync(join(work, folder), { recursive: true })
  const status = join(work, 'status')
  if (existsSync('/var/lib/dpkg/status')) copyFileSync('/var/lib/dpkg/status', status)
  else writeFileSync(status, '')
  const options = [
    `Dir::State=${work}`,
    `Dir::State::lists=${join(work, 'lists')}`,
    `Dir::State::status=${status}`,
    `Dir::Cache=${work}`,
    `Dir::Cache::archives=${join(work, 'archives')}`,
    'APT::Sandbox::User=root',
    'Acquire::Languages=none',
  ].flatMap((option) => ['-o', option])
  await run('apt-get', [...options, '--quiet', 'update'], { cwd: work, timeout: 300_000 })
  await run('apt-get', [...options, '--quiet', 'download', 'prometheus-alertmanager'], { cwd: work, timeout: 300_000 })
}

/** Starts one that tells everything to a webhook at once, and what is over too. */
export const startAlertmanager = async (file: string, webhook: string): Promise<Alertmanager> => {
  await using stack = new AsyncDisposableStack()
  const folder = await mkdtemp(join(tmpdir(), 'lockstep-alertmanager-'))
  stack.defer(() => rm(folder, { recursive: true, force: true }))
  const config = join(folder, 'alertmanager.yml')
  writeFileSync(
    config,
    `global: {resolve_timeout: 5m}
route: {receiver: hook, group_by: [alertname, cluster], group_wait: 0s, group_interval: 1s, repeat_interval: 1h}
receivers:
  - name: hook
    webhook_configs: [{url: "${webhook}", send_resolved: true}]
`,
  )
  const port = await findPort()
  const child = spawn(
    file,
    [
      `--config.file=${config}`,
      `--storage.path=${join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
      '--cluster.listen-address=',
    ],
    { stdio: 'ignore', cwd: join(dirname(file), '..', '..') },
  )
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()))
  stack.defer(async () => {
    child.kill('SIGTERM')
    await closed
  })
  const url = `http://127.0.0.1:${port}`
  await untilReady(url)
  const running = stack.move()
  return { url, [Symbol.asyncDispose]: () => running.disposeAsync() }
}

const untilReady = async (url: string): Promise<void> => {
  for (let tries = 0; tries < 200; tries++) {
    try {
      if ((await fetch(`${url}/-/ready`)).ok) return
    } catch {
      // It does not listen yet.
    }
    await sleep(50)
  }
  throw new Error('Alertmanager did not become ready within 10 s')
}
