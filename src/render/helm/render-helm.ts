import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { formatYaml, parseYaml } from '../../kube/yaml.ts'
import { findEngine } from '../engines.ts'
import type { RenderContext, RenderedDocument } from '../rendered.ts'
import { runEngine } from '../run-engine.ts'
import { type ChartTraits, readChartTraits } from './chart-traits.ts'

/** A chart on disk: a folder, or an archive. `name` is what people call it. */
export type Chart = { readonly path: string; readonly name: string }

/**
 * What a chart's templates give, hooks marked as such and test hooks left out. A chart that makes up values (passwords,
 * certificates) is rendered twice, so that what came out differently can be told.
 */
export const renderHelm = async (chart: Chart, context: RenderContext): Promise<RenderedDocument[]> => {
  const traits = await readChartTraits(chart.path)
  if (traits.usesLookup)
    context.warn(
      `chart ${chart.name} uses lookup, which answers empty: what it would read from a cluster is not in Git`,
    )
  const documents = await renderOnce(chart, traits, context)
  if (!traits.isRandom) return documents
  const again = new Map((await renderOnce(chart, traits, context)).map((document) => [identify(document), document]))
  return documents.map((document) => {
    const other = again.get(identify(document))
    if (other) return { ...document, again: other.value }
    if (!document.hook)
      context.warn(`${document.origin}: ${identify(document)} is called otherwise at each rendering, and so made anew`)
    return document
  })
}

const identify = ({ value }: RenderedDocument): string => {
  const { apiVersion, kind, metadata } = (value ?? {}) as {
    apiVersion?: string
    kind?: string
    metadata?: { name?: string; namespace?: string }
  }
  return [apiVersion, kind, metadata?.namespace, metadata?.name].filter(Boolean).join(' ')
}

const renderOnce = async (chart: Chart, traits: ChartTraits, context: RenderContext): Promise<RenderedDocument[]> => {
  const engine = await findEngine('helm', context)
  const { helm, name, namespace } = context.component
  const output = await runEngine(
    engine,
    `chart ${chart.name}`,
    async (work) => {
      const files = await Promise.all(
        helm.valuesFiles.map(async (file, index) => {
          const copy = join(work, `values-${index}.yaml`)
          await writeFile(copy, await context.readFleetFile(file))
          return copy
        }),
      )
      const inline = join(work, 'values.yaml')
      await writeFile(inline, formatYaml(helm.values))
      const { capabilities } = context
      return [
        'template',
        '--include-crds',
        '--skip-tests',
        ...(namespace ? ['--namespace', namespace] : []),
        ...[...files, inline].flatMap((file) => ['--values', file]),
        ...(capabilities && traits.usesCapabilities
          ? [
              '--kube-version',
              toSemver(capabilities.kubeVersion),
              ...capabilities.apiVersions.flatMap((version) => ['--api-versions', version]),
            ]
          : []),
        '--',
        helm.releaseName ?? name,
        chart.path,
      ]
    },
    context.signal ? { signal: context.signal } : {},
  )
  return splitOutput(output).flatMap(({ origin, text }) =>
    parseYaml(text, { file: `chart ${chart.name}: ${origin}` }).map((value) => ({ value, origin, ...readHook(value) })),
  )
}

/** Helm writes `# Source: CHART/TEMPLATE` above each document. */
const splitOutput = (output: string): { origin: string; text: string }[] =>
  output
    .split(/^---\s*$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => ({ origin: /^# Source: (.+)$/m.exec(text)?.[1] ?? 'chart', text }))

const readHook = (value: unknown): { hook?: NonNullable<RenderedDocument['hook']> } => {
  const annotations = (value as { metadata?: { annotations?: Record<string, string> } } | null)?.metadata?.annotations
  const phases = annotations?.['helm.sh/hook']
  if (phases === undefined) return {}
  const policies = annotations?.['helm.sh/hook-delete-policy']
  return {
    hook: {
      phases: splitList(phases),
      weight: Number(annotations?.['helm.sh/hook-weight'] ?? 0) || 0,
      deletePolicies: policies ? splitList(policies) : [],
    },
  }
}

const splitList = (text: string): string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '')

/** Servers say `v1.36.3-gke.1`; what is no version at all (a build without one) is left as Helm's own default. */
const toSemver = (version: string): string => /^v?\d+\.\d+\.\d+/.exec(version)?.[0] ?? 'v1.36.3'
