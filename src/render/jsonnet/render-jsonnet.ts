import { join, posix } from 'node:path'
import type { RenderContext, RenderedDocument, SourceFolder } from '../rendered.ts'
import { evaluateJsonnet } from './evaluate-jsonnet.ts'
import { flattenManifests } from './flatten-manifests.ts'

/** What `main.jsonnet` evaluates to: every manifest in it, however deep. */
export const renderJsonnet = async (folder: SourceFolder, context: RenderContext): Promise<RenderedDocument[]> => {
  const { tlas, extVars } = context.component.jsonnet
  const entry = posix.join(folder.path, 'main.jsonnet')
  const { libs, mounts } = await findLibraries(folder, context)
  const value = await evaluateJsonnet(
    {
      root: folder.root,
      entry,
      libs: [posix.join(folder.path, 'vendor'), posix.join(folder.path, 'lib'), ...libs],
      mounts,
      tlas,
      extVars,
    },
    context.signal ? { signal: context.signal } : {},
  )
  return flattenManifests(value).map((manifest) => ({ value: manifest, origin: entry }))
}

/** Libraries are the fleet's: where the program is of another repository, it sees these folders alone of the fleet. */
const findLibraries = async (
  folder: SourceFolder,
  context: RenderContext,
): Promise<{ libs: readonly string[]; mounts: Readonly<Record<string, string>> }> => {
  const found = await Promise.all(context.component.jsonnet.libs.map(context.findFleetFolder))
  const toName = (index: number): string => `(library ${index + 1})`
  const foreign = found.map((lib, index) => [toName(index), join(lib.root, lib.path)] as const)
  return {
    libs: found.map((lib, index) => (lib.root === folder.root ? lib.path : toName(index))),
    mounts: Object.fromEntries(foreign.filter((_, index) => found[index]?.root !== folder.root)),
  }
}
