import { existsSync, readFileSync } from 'node:fs'
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { createColors } from 'picocolors'
import { createDiskTree } from '../../base/disk-tree.ts'
import { createOverlayTree } from '../../base/file-tree.ts'
import type { FileChange } from '../../fleet/edit.ts'
import { assertValidFleet } from '../../fleet/load.ts'
import type { FleetModel } from '../../fleet/model.ts'
import { parseFleet } from '../../fleet/parse.ts'
import { computeAccessChange } from '../../rbac/access-change.ts'
import type { ReadText } from '../../rbac/edit-grants.ts'
import { createRbacError } from '../../rbac/errors.ts'
import { listClusterGrants, previewAccess } from '../../rbac/preview-access.ts'
import { commitFiles, publishBranch } from '../../source/git/publish.ts'
import { createGit } from '../../source/git/run-git.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { FleetOptions } from '../options.ts'
import { layoutAccess } from '../report/diff-report.ts'
import { findFleetFolder } from '../session.ts'
import type { World } from '../world.ts'

/** Options of the commands that write access into the fleet repository. */
export type WriteOptions = Pick<FleetOptions, 'fleet'> & {
  readonly dryRun?: boolean
  readonly commit?: boolean
  readonly push?: boolean
}

/** A change of the fleet repository, and what it is called. */
export type Change = { readonly changes: readonly FileChange[]; readonly title: string; readonly slug: string }

/**
 * Makes a change of the fleet's files: shows who gains and loses what, refuses what would not be valid, then writes it into
 * the working tree, commits it, or pushes it as a branch to be reviewed.
 */
export const writeChange = async (
  options: WriteOptions,
  world: World,
  plan: (model: FleetModel, read: ReadText) => Change | Promise<Change>,
): Promise<number> => {
  if (options.commit && options.push)
    throw createCliError('USAGE_INVALID', '--commit and --push exclude each other', { hint: 'give one of them' })
  const directory = findFleetFolder(options, world)
  const tree = createDiskTree(directory)
  const base = await parseValid(tree, world)
  const { changes, title, slug } = await plan(base, (file) => readFileSync(join(directory, file), 'utf8'))
  for (const { file, before } of changes)
    if (before === undefined && existsSync(join(directory, file)))
      throw createRbacError('RBAC_REQUEST_INVALID', `there is a file ${file} already`, { subject: file })
  const head = await parseValid(
    createOverlayTree(tree, new Map(changes.map(({ file, after }) => [file, after]))),
    world,
  )
  world.stdout.write(describeEffect(base, head, world))
  if (changes.length === 0) {
    world.stdout.write('nothing to change\n')
    return EXIT.nothingToReport
  }
  const { bold } = createColors(world.stdout.color)
  const files = changes.map(
    ({ file, before, after }) => `${before === undefined ? 'new ' : after === undefined ? 'gone' : 'edit'}  ${file}`,
  )
  world.stdout.write(`${bold(title)}\n${files.map((line) => `  ${line}\n`).join('')}`)
  if (options.dryRun) return EXIT.nothingToReport
  const git = createGit({ env: world.env })
  if (options.push) {
    const branch = `lockstep/${slug}`
    const published = await publishBranch(git, changes, {
      cwd: directory,
      message: title,
      branch,
      signal: world.signal,
    })
    world.stdout.write(`pushed ${published.commit} as ${branch}\n`)
    if (published.reviewUrl) world.stdout.write(`open a review: ${published.reviewUrl}\n`)
    return EXIT.nothingToReport
  }
  for (const change of changes) await writeToDisk(directory, change)
  if (options.commit) {
    const commit = await commitFiles(git, changes, { cwd: directory, message: title, signal: world.signal })
    world.stdout.write(`committed as ${commit}\n`)
  }
  return EXIT.nothingToReport
}

const parseValid = async (tree: Parameters<typeof parseFleet>[0], { signal }: World): Promise<FleetModel> => {
  const { fleet, problems } = await parseFleet(tree, { signal })
  assertValidFleet(problems)
  const resolved = fleet ? listClusterGrants(fleet).problems : []
  assertValidFleet(resolved)
  return fleet as FleetModel
}

/** Who gains and loses what, from the documents alone. */
const describeEffect = (base: FleetModel, head: FleetModel, { clock, stdout }: World): string => {
  const now = clock.now()
  const [before, after] = [base, head].map((model) => previewAccess(listClusterGrants(model).clusters, now))
  const lines = layoutAccess(computeAccessChange(before ?? [], after ?? []), { ...stdout, all: true })
  return lines.length === 0 ? 'nobody gains or loses a right\n\n' : `${lines.join('\n')}\n`
}

const writeToDisk = async (directory: string, { file, before, after }: FileChange): Promise<void> => {
  const path = join(directory, file)
  if (after === undefined) {
    await rm(path)
    return
  }
  // Somebody may have saved the file in an editor since.
  if (before !== undefined && (await readFile(path, 'utf8')) !== before)
    throw createRbacError('RBAC_REQUEST_INVALID', `${file} was changed meanwhile`, {
      subject: file,
      hint: 'do it again',
    })
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, after)
}
