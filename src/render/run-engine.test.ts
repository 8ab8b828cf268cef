import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect, test } from 'vitest'
import { runEngine } from './run-engine.ts'

const folder = mkdtempSync(join(tmpdir(), 'lockstep-engine-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const makeEngine = (script: string): { file: string } => {
  const file = join(folder, `engine-${script.length}`)
  writeFileSync(file, `#!/bin/sh\n${script}\n`, { mode: 0o755 })
  return { file }
}

test('an engine sees nothing of our environment, and its folder is gone afterwards', async () => {
  process.env.LOCKSTEP_CANARY = 'canary-4711'
  let work = ''
  const output = await runEngine(
    makeEngine('/usr/bin/env; echo HERE=$(pwd); echo secret > "$HOME/left"'),
    'chart c',
    async (given) => {
      work = given
      return []
    },
    {},
  )
  delete process.env.LOCKSTEP_CANARY
  const env = Object.fromEntries(output.split('\n').map((line) => line.split(/=(.*)/s)))

  expect(output).not.toContain('canary-4711')
  expect(env).toMatchObject({ HOME: work, HERE: work, TMPDIR: work, HTTPS_PROXY: 'http://127.0.0.1:9' })
  expect(env.PATH).toBeUndefined()
  expect(existsSync(work)).toBe(false)
})

test('a failure says what the engine said, with the place, and not where it ran', async () => {
  const engine = makeEngine('echo "Error: in $HOME/values.yaml: c/templates/a.yaml:3:7: no size given" >&2; exit 1')

  await expect(runEngine(engine, 'chart c', async () => [], {})).rejects.toMatchObject({
    code: 'RENDER_FAILED',
    message: 'chart c failed: in ./values.yaml: c/templates/a.yaml:3:7: no size given',
    position: { file: 'c/templates/a.yaml', line: 3, column: 7 },
  })
})

test.each([
  ['advice', 'Error: no size given\n\nUse --debug flag to render out invalid YAML', 'no size given'],
  ['a trace', 'fatal error: runtime: cannot allocate memory\n\nruntime stack:\nx', 'it used up its memory, 2 GiB'],
])('%s is not repeated', async (_, said, reason) => {
  await expect(
    runEngine(makeEngine(`/bin/cat >&2 <<'END'\n${said}\nEND\nexit 1`), 'chart c', async () => [], {}),
  ).rejects.toMatchObject({ message: `chart c failed: ${reason}` })
})

test('of a reason without end the beginning and the end are told', async () => {
  const engine = makeEngine('printf "template: %4000s: too deep" x >&2; exit 1')

  await expect(runEngine(engine, 'chart c', async () => [], {})).rejects.toMatchObject({
    message: expect.stringMatching(/^chart c failed: template: .{300,2000}: too deep$/),
  })
})

test('an engine is stopped when its caller gives up', async () => {
  const reason = new Error('no longer wanted')

  const running = runEngine(makeEngine('exec /bin/sleep 60'), 'chart c', async () => [], {
    signal: AbortSignal.timeout(50),
  })

  await expect(running).rejects.toMatchObject({ name: 'TimeoutError' })
  await expect(
    runEngine(makeEngine('exit 0'), 'chart c', async () => [], { signal: AbortSignal.abort(reason) }),
  ).rejects.toBe(reason)
})
