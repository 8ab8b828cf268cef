import { execFile } from 'node:child_process'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { describeReal, sharedFleet } from '../real/shared-fleet.ts'
import { MUTATIONS } from './mutations.ts'

const PROJECT = resolve(import.meta.dirname, '../..')
const run = promisify(execFile)

describeReal('the tampering suite fails without the rule that', () => {
  test.for(MUTATIONS)('$rule', { timeout: 300_000 }, async ({ file, search, replace, kinds }) => {
    const { kubeconfigFile } = sharedFleet().clusters[0]!
    const mutation = { file: join(PROJECT, file), search, replace }
    const args = ['--import', join(import.meta.dirname, 'mutate.ts'), join(import.meta.dirname, 'run.ts')]
    const some = kinds ? ['--kinds', kinds] : []
    const running = run(
      process.execPath,
      [
        ...args,
        ...some,
        '--kubeconfig',
        kubeconfigFile,
        '--components',
        'own',
        '--seed',
        '1',
        '--rounds',
        '30',
        '--bail',
      ],
      { env: { ...process.env, MUTATION: JSON.stringify(mutation) }, maxBuffer: 64 * 1024 * 1024 },
    )

    // The last line is the tally of a run that came to its end: a mutant that only crashes proves nothing.
    await expect(running).rejects.toMatchObject({ code: 1, stdout: expect.stringMatching(/^seed 1: .*$/m) })
  })
})
