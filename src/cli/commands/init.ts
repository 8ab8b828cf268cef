import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname, join, resolve } from 'node:path'
import { createExampleFleet } from '../../fleet/init.ts'
import { createCliError } from '../errors.ts'
import { EXIT } from '../exit-code.ts'
import type { World } from '../world.ts'

/** `lockstep init`: a working example fleet; what is there is never overwritten. */
export const runInit = async (dir: string, options: { readonly force?: boolean }, world: World): Promise<number> => {
  const folder = resolve(world.cwd, dir)
  await mkdir(folder, { recursive: true })
  const others = (await readdir(folder)).filter((name) => name !== '.git')
  if (others.length > 0 && !options.force) {
    throw createCliError('FOLDER_NOT_EMPTY', `${folder} is not empty`, {
      subject: folder,
      hint: 'name another folder, or add the example beside what is there with --force',
    })
  }
  const files = Object.entries(createExampleFleet())
  const kept: string[] = []
  for (const [path, content] of files) {
    const file = join(folder, path)
    await mkdir(dirname(file), { recursive: true })
    if (!(await writeNew(file, content))) kept.push(path)
  }
  world.stdout.write(
    [
      `Wrote an example fleet to ${folder}: ${files.length - kept.length} files.`,
      ...(kept.length > 0 ? [`Left as they were: ${kept.join(', ')}`] : []),
      '',
      'Next:',
      `  ${dir === '.' ? '' : `cd ${dir}, and `}write the contexts of your kubeconfig into clusters/*.yaml`,
      '  lockstep validate    checks every file',
      '  lockstep diff        shows what a sync would do',
      '  lockstep sync        does it',
      '  lockstep drift       shows what others change afterwards',
      '',
    ].join('\n'),
  )
  return EXIT.nothingToReport
}

const writeNew = async (file: string, content: string): Promise<boolean> => {
  try {
    await writeFile(file, content, { flag: 'wx' })
    return true
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'EEXIST') return false
    throw error
  }
}
