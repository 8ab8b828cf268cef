import { realpath, writeFile } from 'node:fs/promises'
import { join, relative } from 'node:path'
import { formatYaml, parseYaml } from '../../kube/yaml.ts'
import { findEngine } from '../engines.ts'
import type { RenderContext, RenderedDocument, SourceFolder } from '../rendered.ts'
import { runEngine } from '../run-engine.ts'
import { assertLocalBases } from './local-bases.ts'

/** What a kustomization builds, with the component's images and patches on top. Without remote bases, plugins or Helm. */
export const renderKustomize = async (folder: SourceFolder, context: RenderContext): Promise<RenderedDocument[]> => {
  await assertLocalBases(folder)
  const engine = await findEngine('kustomize', context)
  const { images, patches } = context.component.kustomize
  const target = join(folder.root, folder.path)
  const output = await runEngine(
    engine,
    `kustomize of ${folder.path}`,
    async (work) => {
      if (images.length === 0 && patches.length === 0) return ['kustomize', target]
      const overlay = {
        // Kustomize resolves links first, and then goes up from where it is.
        resources: [relative(await realpath(work), await realpath(target))],
        images,
        patches: await Promise.all(
          patches.map(async ({ patch, file, target: selector }) => ({
            patch: patch ?? (file ? await context.readFleetFile(file) : ''),
            ...(selector ? { target: selector } : {}),
          })),
        ),
      }
      await writeFile(join(work, 'kustomization.yaml'), formatYaml(overlay))
      return ['kustomize', work]
    },
    context.signal ? { signal: context.signal } : {},
  )
  return parseYaml(output, { file: folder.path }).map((value) => ({ value, origin: folder.path, mayRefer: true }))
}
