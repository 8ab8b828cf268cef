import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Checkpoint } from '../../audit/checkpoint.ts'
import { parseGitUrl } from '../../source/git/git-url.ts'
import { createGit } from '../../source/git/run-git.ts'
import { createCliError } from '../errors.ts'
import type { World } from '../world.ts'

/** Where checkpoints were kept that the owner of a hub cannot rewrite alone. */
export type WitnessOptions = { readonly witness?: string; readonly witnessFleet?: string }

const REF = 'refs/lockstep/audit'

/** The checkpoints of a file, and of a clone of the fleet repository; undefined where neither is named. */
export const readWitnesses = async (
  { witness, witnessFleet }: WitnessOptions,
  world: World,
): Promise<readonly Checkpoint[] | undefined> => {
  if (witness === undefined && witnessFleet === undefined) return undefined
  const texts = [
    ...(witness === undefined ? [] : [readText(resolve(world.cwd, witness))]),
    ...(witnessFleet === undefined ? [] : [await readRef(resolve(world.cwd, witnessFleet), world)]),
  ]
  return texts.flatMap(parseLines)
}

/**
 * The checkpoints as the remote of a clone has them now. They are fetched upon what the clone has: a remote that rewrote them
 * is refused by git, which only goes forward.
 */
const readRef = async (cwd: string, { env, signal }: World): Promise<string> => {
  const git = createGit({ env })
  const remote = await git(['remote', 'get-url', 'origin'], { cwd, signal, exitCodes: [0, 2, 128] })
  if (remote.exitCode === 0) {
    const url = remote.stdout.toString().trim()
    const { scheme } = parseGitUrl(url.startsWith('/') ? `file://${url}` : url)
    const fetched = await git(['fetch', '--quiet', '--no-tags', 'origin', `${REF}:${REF}`], {
      ...{ cwd, signal, schemes: [scheme] },
      exitCodes: [0, 1, 128],
    })
    if (fetched.exitCode !== 0)
      throw createCliError('USAGE_INVALID', `the checkpoints cannot be fetched from the remote of ${cwd}`, {
        hint: `git says: ${fetched.stderr.toString().trim().split('\n').at(-1)}; a "non-fast-forward" means that they were rewritten there`,
      })
  }
  const blob = await git(['cat-file', 'blob', `${REF}:checkpoints.jsonl`], { cwd, signal, exitCodes: [0, 128] })
  if (blob.exitCode === 0) return blob.stdout.toString()
  throw createCliError('USAGE_INVALID', `${cwd} has no checkpoints under ${REF}`, {
    hint: 'the hub keeps them there when it is started with --push-checkpoints',
  })
}

const parseLines = (text: string): Checkpoint[] =>
  text
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as Checkpoint)

const readText = (file: string): string => {
  try {
    return readFileSync(file, 'utf8')
  } catch (cause) {
    throw createCliError('USAGE_INVALID', `${file} cannot be read`, { cause })
  }
}
