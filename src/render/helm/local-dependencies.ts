import { readFile } from 'node:fs/promises'
import { posix } from 'node:path'
import { resolveBelow } from '../../base/disk-tree.ts'
import { parseYaml } from '../../kube/yaml.ts'
import type { SourceFolder } from '../rendered.ts'

/** The folders of charts that a chart depends on by `file://`: they are vendored into it, and rendered with it. */
export const listLocalDependencies = async (folder: SourceFolder): Promise<string[]> => {
  const file = posix.join(folder.path, 'Chart.yaml')
  const real = await resolveBelow(folder.root, file)
  const [chart] = real === undefined ? [] : parseYaml(await readFile(real, 'utf8'), { file })
  const { dependencies } = (chart ?? {}) as { dependencies?: unknown }
  return (Array.isArray(dependencies) ? dependencies : []).flatMap((dependency: { repository?: unknown } | null) => {
    const [, path] = /^file:\/\/(.+?)\/?$/.exec(String(dependency?.repository)) ?? []
    return path === undefined ? [] : [posix.join(folder.path, path)]
  })
}
