import { existsSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { isLockstepError } from './errors.ts'
import { type CommandOptions, runCommand } from './spawn.ts'

const LIMITS: CommandOptions = { env: { PATH: '/usr/bin:/bin' }, timeoutMs: 10_000, maxOutputBytes: 100_000 }

const runScript = (script: string, options: Partial<CommandOptions> = {}) =>
  runCommand(process.execPath, ['-e', script], { ...LIMITS, ...options })

test('gives the output, with the input fed and no environment but the one given', async () => {
  const script = 'process.stderr.write(Object.keys(process.env).sort().join()); process.stdin.pipe(process.stdout)'

  expect(await runScript(script, { input: 'hello', env: { A: '1' } })).toEqual({
    stdout: Buffer.from('hello'),
    stderr: 'A',
    exitCode: 0,
  })
})

test('passes arguments as they are, without a shell', async () => {
  const { stdout } = await runCommand('echo', ['$HOME; `id`', '*'], LIMITS)

  expect(String(stdout)).toBe('$HOME; `id` *\n')
})

test('reports a bad exit code with what the command said', async () => {
  await expect(runScript('console.error("no luck"); process.exit(3)')).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('exit code 3: no luck'),
    details: { exitCode: 3, stderr: 'no luck\n' },
  })
})

test('gives an exit code that the caller expects', async () => {
  expect(await runScript('process.exit(3)', { exitCodes: [0, 3] })).toMatchObject({ exitCode: 3 })
})

test('survives a command that does not read its input', async () => {
  expect(await runScript('process.exit(0)', { input: Buffer.alloc(1_000_000) })).toMatchObject({ exitCode: 0 })
})

for (const memoryBytes of [undefined, 1_000_000_000]) {
  test(`names a program that is missing${memoryBytes ? ', also under a memory limit' : ''}`, async () => {
    const options = memoryBytes === undefined ? LIMITS : { ...LIMITS, memoryBytes }

    await expect(runCommand('/nowhere/helm', [], options)).rejects.toMatchObject({
      code: 'COMMAND_NOT_FOUND',
      subject: '/nowhere/helm',
    })
  })
}

test('kills a command that takes too long, and what it started', async () => {
  const script = `const child = require('child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e3)'], {stdio: 'inherit'})
    console.error(child.pid); setInterval(() => {}, 1e3)`
  const ended = runScript(script, { timeoutMs: 500 })

  // The grandchild holds stdout open, so that this only ends when it is killed as well.
  await expect(ended).rejects.toMatchObject({ code: 'COMMAND_TIMEOUT' })
})

test('kills a command that writes without end', async () => {
  await expect(runCommand('yes', [], LIMITS)).rejects.toMatchObject({
    code: 'COMMAND_FAILED',
    message: expect.stringContaining('wrote more than 100000 bytes'),
  })
})

test.skipIf(!existsSync('/usr/bin/prlimit'))('stops a command that needs more memory than it may', async () => {
  const running = runCommand('perl', ['-e', 'my $x = "a" x 400_000_000; print length $x'], {
    ...LIMITS,
    memoryBytes: 100_000_000,
  })

  await expect(running).rejects.toMatchObject({ code: 'COMMAND_FAILED' })
})

test('stops at the signal, with its reason', async () => {
  const controller = new AbortController()
  const running = runScript('setInterval(() => {}, 1e3)', { signal: controller.signal })
  await sleep(20)
  controller.abort(new Error('enough'))

  const thrown = await running.catch((error: unknown) => error)

  expect(thrown).toMatchObject({ message: 'enough' })
  expect(isLockstepError(thrown)).toBe(false)
})
