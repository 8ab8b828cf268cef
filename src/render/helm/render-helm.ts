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
  const values = await readValues(context)
  const traits = await readChartTraits(chart.path, values)
  if (traits.usesLookup)
    context.warn(
      `chart ${chart.name} uses lookup, which answers empty: what it would read from a cluster is not in Git`,
    )
  const documents = await renderOnce(chart, values, traits, context)
  if (!traits.isRandom) return documents
  const again = new Map(
    (await renderOnce(chart, values, traits, context)).map((document) => [identify(document), document]),
  )
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

/** The texts of all values, in the order in which later ones win. */
const readValues = async ({ component: { helm }, readFleetFile }: RenderContext): Promise<string[]> => [
  ...(await Promise.all(helm.valuesFiles.map(readFleetFile))),
  formatYaml(helm.values),
]

const renderOnce = async (
  chart: Chart,
  values: readonly string[],
  traits: ChartTraits,
  context: RenderContext,
): Promise<RenderedDocument[]> => {
  const engine = await findEngine('helm', context)
  const { helm, name, namespace } = context.component
  const output = await runEngine(
    engine,
    `chart ${chart.name}`,
    async (work) => {
      const files = await Promise.all(
        values.map(async (text, index) => {
          const file = join(work, `values-${index}.yaml`)
          await writeFile(file, text)
          return file
        }),
      )
      const { capabilities } = context
      return [
        'template',
        '--include-crds',
        '--skip-tests',
        ...(namespace ? ['--namespace', namespace] : []),
        ...files.flatMap((file) => ['--values', file]),
        ...(capabilities && traits.usesCapabilities
          ? [
              ...toKubeVersion(capabilities.kubeVersion),
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

/** Helm writes `# Source: CHART/TEMPLATE` above each document; a file of definitions may hold several. */
const splitOutput = (output: string): { origin: string; text: string }[] => {
  let origin = 'chart'
  return output
    .split(/^---\s*$/m)
    .filter((text) => text.trim() !== '')
    .map((text) => {
      origin = /^# Source: (.+)$/m.exec(text)?.[1] ?? origin
      return { origin, text }
    })
}

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

/** As the server says it, vendor included: charts ask for `-gke`. A build without a version leaves Helm its own default. */
const toKubeVersion = (version: string): string[] => {
  const [known] = /^v?[1-9]\d*\.\d+\.\d+(?:[-+][\w.+-]+)?/.exec(version) ?? []
  return known === undefined ? [] : ['--kube-version', known]
}
