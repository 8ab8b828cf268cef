import { join, posix } from 'node:path'
import type { RenderContext, RenderedDocument, SourceFolder } from '../rendered.ts'
import { evaluateJsonnet } from './evaluate-jsonnet.ts'
import { flattenManifests } from './flatten-manifests.ts'

/** What `main.jsonnet` evaluates to: every manifest in it, however deep. */
export const renderJsonnet = async (folder: SourceFolder, context: RenderContext): Promise<RenderedDocument[]> => {
  const { tlas, extVars, libs } = context.component.jsonnet
  const entry = posix.join(folder.path, 'main.jsonnet')
  const value = await evaluateJsonnet(
    {
      root: folder.root,
      entry,
      libs: [join(folder.path, 'vendor'), join(folder.path, 'lib'), ...libs.map(({ path }) => path)],
      tlas,
      extVars,
    },
    context.signal ? { signal: context.signal } : {},
  )
  return flattenManifests(value).map((manifest) => ({ value: manifest, origin: entry }))
}
