import type { Json } from '../../kube/object.ts'
import { mergePatch, type Step } from './contract-case.ts'
import type { ContractCluster } from './contract-cluster.ts'
import { type Explained, explainAway, isRefused, toMessage } from './explained.ts'
import { createChance } from './fuzz-chance.ts'
import { FUZZ_DEFINITIONS } from './fuzz-definitions.ts'
import { FUZZ_KINDS, type FuzzKind } from './fuzz-kinds.ts'
import { createFuzzSteps } from './fuzz-steps.ts'
import { diffJson, type JsonDifference } from './json.ts'
import type { RecordedAnswer } from './recorded-answer.ts'
import { prepareNamespace, runSteps, toRequest } from './run-case.ts'

/** Where both servers part. */
export type Divergence = {
  readonly seed: string
  /** Until and with the step whose answer differs. */
  readonly steps: readonly Step[]
  /** Of the real server. */
  readonly expected: readonly RecordedAnswer[]
  readonly actual: readonly RecordedAnswer[]
  /** Of the last answers. */
  readonly differences: readonly JsonDifference[]
}

/** What runs: both servers, the simulated one at the real one's time. */
export type FuzzDeps = {
  readonly real: ContractCluster
  readonly simulated: ContractCluster
  readonly ns: string
  /** Told of each difference that is no finding, with the real server's answer. */
  readonly onExplained?: (why: Explained, expected: RecordedAnswer) => void
}

/** Makes what all runs need: the namespace, and the custom resources. */
export const prepareFuzz = async (cluster: ContractCluster, ns: string): Promise<void> => {
  await prepareNamespace(cluster, ns)
  for (const { until, setup: _setup, ...step } of FUZZ_DEFINITIONS) {
    const request = toRequest(step, { ns, id: '', answers: new Map() })
    for (let asked = 0; asked < 100; asked++) {
      const { status, body } = await cluster.send(request)
      if (status < 300 || (status === 409 && !until)) break
      if (asked === 99) throw new Error(`${step.method} ${step.path}: ${status} ${body}`)
      await establish(cluster)
      await cluster.wait(100)
    }
  }
}

/** Where controllers do not run that see to it. */
const establish = async (cluster: ContractCluster): Promise<void> => {
  if (!cluster.establishes) return
  for (const name of ['shelves', 'bags']) {
    const conditions = ['NamesAccepted', 'Established'].map((type) => ({ type, status: 'True' }))
    const step = mergePatch(`/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${name}.fuzz.example.com/status`, {
      status: { conditions },
    })
    await cluster.send(toRequest(step, { ns: '', id: '', answers: new Map() }))
  }
}

/** How often a difference has to be met again. */
const AGAIN = 3

/** One run of so many writes. Nothing where both servers agree to the end. */
export const fuzzOnce = async (
  seed: string,
  length: number,
  deps: FuzzDeps,
  kinds: readonly FuzzKind[] = FUZZ_KINDS,
): Promise<Divergence | undefined> => {
  const steps = createFuzzSteps(createChance(seed), length, kinds)
  let found = await compare(steps, seed, deps)
  // A second that began between both is no difference.
  for (let again = 0; found && again < AGAIN; again++) found = await compare(found.steps, seed, deps)
  return found
}

let runs = 0

const compare = async (steps: readonly Step[], seed: string, deps: FuzzDeps): Promise<Divergence | undefined> => {
  const id = `z${seed.replace(/\W/g, '')}y${runs++}`
  const { ns } = deps
  const rehearsed = new Set<Step>()
  const run = async (cluster: ContractCluster, taken: readonly Step[]): Promise<readonly RecordedAnswer[]> => {
    try {
      return await runSteps(taken, { cluster, ns, id, rehearsed })
    } finally {
      await removeTargets(steps, cluster, { ns, id })
    }
  }
  const expected = await run(deps.real, steps)
  // What the real server refused changes nothing on the other one, so that both go on from the same state.
  const others = steps.map((step, index) => {
    if (!isRefused(expected[index] ?? {})) return step
    const rehearsal = rehearse(step)
    rehearsed.add(rehearsal)
    return rehearsal
  })
  const actual = await run(deps.simulated, others)
  const at = expected.findIndex((answer, index) => {
    const other = actual[index] as RecordedAnswer
    if (isEqual(answer, other)) return false
    const why = explainAway(answer, other)
    if (why) deps.onExplained?.(why, answer)
    return why === undefined
  })
  if (at < 0) return undefined
  return {
    seed,
    steps: steps.slice(0, at + 1),
    expected: expected.slice(0, at + 1),
    actual: actual.slice(0, at + 1),
    differences: diffJson(expected[at] as Json, actual[at] as Json),
  }
}

const rehearse = (step: Step): Step =>
  'method' in step && step.method !== 'GET' ? { ...step, query: { ...step.query, dryRun: 'All' } } : step

const isEqual = (left: RecordedAnswer, right: RecordedAnswer | undefined): boolean =>
  diffJson(left as Json, right as Json).length === 0

/** What a run wrote goes, whoever holds it. */
const removeTargets = async (
  steps: readonly Step[],
  cluster: ContractCluster,
  { ns, id }: { readonly ns: string; readonly id: string },
): Promise<void> => {
  const names = { ns, id, answers: new Map() }
  const paths = new Set(steps.flatMap((step) => ('method' in step && step.method === 'GET' ? [step.path] : [])))
  for (const path of paths) {
    const headers = { 'content-type': 'application/merge-patch+json' }
    const { status } = await cluster.send(
      toRequest({ method: 'DELETE', path, query: { gracePeriodSeconds: '0', propagationPolicy: 'Background' } }, names),
    )
    if (status === 404) continue
    const free = { metadata: { finalizers: null } }
    await cluster.send(toRequest({ method: 'PATCH', path, headers, body: free }, names))
  }
}

/** The fewest steps, and the smallest bodies, that still part the servers in the same way. */
export const shrink = async (found: Divergence, deps: FuzzDeps, tries = 300): Promise<Divergence> => {
  let best = found
  let left = tries
  const signature = toSignature(found)
  const attempt = async (steps: readonly Step[]): Promise<boolean> => {
    if (left-- <= 0) return false
    try {
      const again = await compare(steps, found.seed, deps)
      if (!again || toSignature(again) !== signature) return false
      best = again
      return true
    } catch {
      // Steps that need the answer of one that was left out.
      return false
    }
  }
  for (let size = Math.max(1, best.steps.length >> 1); size >= 1; size >>= 1) {
    for (let at = best.steps.length - 1 - size; at >= 0 && left > 0; at -= size) {
      await attempt([...best.steps.slice(0, at), ...best.steps.slice(at + size)])
      at = Math.min(at, best.steps.length - size)
    }
  }
  let smaller = true
  while (smaller && left > 0) {
    smaller = false
    for (let index = best.steps.length - 1; index >= 0 && left > 0; index--) {
      const step = best.steps[index]
      if (step === undefined || !('method' in step)) continue
      for (const lesser of listLesser(step)) {
        if (await attempt(best.steps.with(index, lesser))) {
          smaller = true
          break
        }
      }
    }
  }
  return best
}

/** A step without one of the things it says. */
const listLesser = (step: Extract<Step, { method: string }>): readonly Step[] => {
  const { query = {}, user: _user, ...rest } = step
  const options = Object.keys(query)
    .filter((key) => key !== 'fieldManager' || step.headers?.['content-type'] !== 'application/apply-patch+yaml')
    .map((key) => ({ ...step, query: Object.fromEntries(Object.entries(query).filter(([other]) => other !== key)) }))
  const alone: readonly Step[] = step.user === undefined ? [] : [{ ...rest, query }]
  const bodies = step.body === undefined ? [] : listLesserJson(step.body, 0).map((body) => ({ ...step, body }))
  return [...alone, ...options, ...bodies]
}

const KEPT = new Set(['apiVersion', 'kind', 'name'])

const listLesserJson = (value: Json, depth: number): readonly Json[] => {
  if (Array.isArray(value)) {
    return value.flatMap((item, index) => [
      value.toSpliced(index, 1),
      ...listLesserJson(item, depth + 1).map((lesser) => value.with(index, lesser)),
    ])
  }
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value as Record<string, Json>).flatMap(([key, below]) => {
    if (depth < 2 && KEPT.has(key)) return []
    const { [key]: _left, ...rest } = value as Record<string, Json>
    return [rest, ...listLesserJson(below, depth + 1).map((lesser) => ({ ...value, [key]: lesser }) as Json)]
  })
}

/** What makes two divergences the same finding: the kind of the last step, its object's kind, and the first field that differs. */
export const toSignature = ({ steps, expected, actual, differences }: Divergence): string => {
  const last = steps.at(-1)
  const path = last && 'path' in last ? last.path : ''
  const resource =
    /\/([a-z]+)\/\{id\}[^/]*(\/\w+)?$/.exec(path)?.slice(1).join('') ?? /\/([a-z]+)$/.exec(path)?.[1] ?? ''
  const method = last && 'method' in last ? last.method : ''
  const type = last && 'headers' in last ? (last.headers?.['content-type'] ?? '') : ''
  const statuses = [expected.at(-1)?.status, actual.at(-1)?.status]
  if (statuses[0] !== statuses[1]) {
    return `${method} ${type} ${resource}: ${statuses.join(' ≠ ')}: ${toKindOfMessage(expected.at(-1))} | ${toKindOfMessage(actual.at(-1))}`
  }
  const [first] = differences
  const field = first?.path.replace(/\[\d+\]/g, '[]').replace(/\[\d+\]/g, '[]') ?? ''
  const text = field.endsWith('essage') ? `: ${toKindOfMessage(expected.at(-1))}` : ''
  return `${method} ${type} ${resource}: ${field}${text}`
}

/** What is said, without names and values. */
export const toKindOfMessage = (answer: RecordedAnswer | undefined): string => {
  const message = toMessage(answer ?? {})
  return message.replace(/"[^"]*"|\[[^\]]*\]|\d+/g, '…').slice(0, 100)
}
