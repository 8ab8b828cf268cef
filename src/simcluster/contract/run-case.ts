import type { Json } from '../../kube/object.ts'
import type { ContractCase, ReadStep, RequestStep, Step, WaitStep, WatchStep } from './contract-case.ts'
import type { ContractAnswer, ContractCluster, ContractRequest, ContractStream } from './contract-cluster.ts'
import { fillJson, fillText, type Names } from './fill-in.ts'
import { mergeJson } from './json.ts'
import { maskAnswers } from './mask-answers.ts'
import { type RecordedAnswer, toRecordedAnswer } from './recorded-answer.ts'

/** Runs the steps of a case in a namespace of its own, and gives the answers to compare. Cleans up after itself. */
export const runCase = async (
  { steps }: ContractCase,
  { cluster, ns }: { readonly cluster: ContractCluster; readonly ns: string },
): Promise<readonly RecordedAnswer[]> => {
  await prepareNamespace(cluster, ns)
  try {
    return await runSteps(steps, { cluster, ns, id: ns })
  } finally {
    await cluster.send(toRequest({ method: 'DELETE', path: `/api/v1/namespaces/${ns}` }, NO_NAMES))
  }
}

/** Where steps run. */
export type StepsContext = {
  readonly cluster: ContractCluster
  readonly ns: string
  readonly id: string
  /** Steps whose success counts, and not what they give. */
  readonly rehearsed?: ReadonlySet<Step>
}

/** Runs steps in a namespace that is there. What they create outside it is deleted. */
export const runSteps = async (
  steps: readonly Step[],
  { cluster, ns, id, rehearsed }: StepsContext,
): Promise<readonly RecordedAnswer[]> => {
  const answers: RecordedAnswer[] = []
  const names = { ns, id, answers: new Map<string, Json>() }
  const watches = new Map<string, OpenWatch>()
  const created = new Set<string>()
  try {
    for (const step of steps) {
      const answer = await runStep(step, { cluster, names, watches, created })
      if (!('setup' in step))
        answers.push(rehearsed?.has(step) && isSuccess(answer) ? { status: answer.status } : answer)
    }
  } finally {
    for (const { stream } of watches.values()) stream.close()
    for (const path of [...created].reverse()) await cluster.send(toRequest({ method: 'DELETE', path }, names))
  }
  return maskAnswers(answers, { ns, id, said: JSON.stringify(steps) })
}

const isSuccess = (answer: RecordedAnswer): answer is RecordedAnswer & { status: number } =>
  answer.status !== undefined && answer.status < 300

const NO_NAMES: Names = { ns: '', id: '', answers: new Map() }

type Run = {
  readonly cluster: ContractCluster
  readonly names: Names & { readonly answers: Map<string, Json> }
  readonly watches: Map<string, OpenWatch>
  /** Paths of what has to be deleted. */
  readonly created: Set<string>
}

const runStep = async (step: Step, run: Run): Promise<RecordedAnswer> => {
  if ('wait' in step) return passTime(step, run)
  if ('watch' in step) return openWatch(step, run)
  if ('read' in step) return readEvents(step, run)
  return sendRequest(step, run)
}

const passTime = async ({ wait }: WaitStep, { cluster }: Run): Promise<RecordedAnswer> => {
  await cluster.wait(wait)
  return {}
}

/** Makes a namespace and waits for what comes to be in it: pods need the account, and lists of ConfigMaps would see the other come. */
export const prepareNamespace = async (cluster: ContractCluster, ns: string): Promise<void> => {
  const path = `/api/v1/namespaces/${ns}`
  const body = { apiVersion: 'v1', kind: 'Namespace', metadata: { name: ns } }
  await cluster.send(toRequest({ method: 'POST', path: '/api/v1/namespaces', body }, NO_NAMES))
  if (!cluster.hasControllers) return
  for (const made of ['serviceaccounts/default', 'configmaps/kube-root-ca.crt']) {
    const { status } = await askUntil(
      cluster,
      toRequest({ method: 'GET', path: `${path}/${made}` }, NO_NAMES),
      (answer) => answer.status === 200,
    )
    if (status !== 200) throw new Error(`Namespace ${ns} has no ${made}`)
  }
}

/** How often a server is given time. Enough for a Deployment on a busy machine. */
const RESTS = 300
const REST_MS = 100

const askUntil = async (
  cluster: ContractCluster,
  request: ContractRequest,
  isDone: (answer: ContractAnswer) => boolean,
): Promise<ContractAnswer> => {
  let answer = await cluster.send(request)
  for (let asked = 1; asked < RESTS && !isDone(answer); asked++) {
    await cluster.wait(REST_MS)
    answer = await cluster.send(request)
  }
  return answer
}

const sendRequest = async (step: RequestStep, { cluster, names, created }: Run): Promise<RecordedAnswer> => {
  const request = toRequest(step, names)
  const { until } = step
  const isDone = (answer: ContractAnswer): boolean => {
    const { status, body } = toRecordedAnswer(answer)
    return until?.({ status: status as number, body: body ?? null }) ?? true
  }
  const answer = await askUntil(cluster, request, isDone)
  const recorded = toRecordedAnswer(answer, step.keep)
  if (step.setup && (answer.status >= 300 || !isDone(answer))) {
    throw new Error(`${step.method} ${request.path} should have prepared the case: ${answer.status} ${answer.body}`)
  }
  if (step.as !== undefined) names.answers.set(step.as, recorded.body ?? null)
  if (answer.status === 201) rememberCreated(step, request.path, recorded, { ns: names.ns, created })
  return recorded
}

/** What is outside the namespace of the case would stay. */
const rememberCreated = (
  { method }: RequestStep,
  path: string,
  { body }: RecordedAnswer,
  { ns, created }: { readonly ns: string; readonly created: Set<string> },
): void => {
  const [bare = ''] = path.split('?')
  if (bare.startsWith(`/api/v1/namespaces/${ns}/`) || bare.includes(`/namespaces/${ns}/`)) return
  const name = (body as { metadata?: { name?: string } } | null)?.metadata?.name
  if (method === 'POST' && name !== undefined) created.add(`${bare}/${name}`)
  if (method === 'PATCH' || method === 'PUT') created.add(bare)
}

type Request = Pick<RequestStep, 'method' | 'path' | 'query' | 'headers' | 'body' | 'base' | 'user'>

const GROUPS: Readonly<Record<string, string>> = { alice: 'team-a', bob: 'team-b', carol: 'system:masters' }

/** Turns a step into what goes over the wire. */
export const toRequest = (step: Request, names: Names): ContractRequest => {
  const { method, path, query = {}, headers = {}, user, base } = step
  const search = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    for (const text of typeof value === 'string' ? [value] : value) search.append(key, fillText(text, names))
  }
  const filled = step.body === undefined ? undefined : fillJson(step.body, names)
  const body = base === undefined ? filled : mergeJson(names.answers.get(base) ?? null, filled ?? {})
  const group = user === undefined ? undefined : GROUPS[user]
  return {
    method,
    path: fillText(path, names) + (search.size > 0 ? `?${search}` : ''),
    headers: {
      accept: 'application/json',
      'user-agent': 'contract',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...(user === undefined ? {} : { 'impersonate-user': user }),
      ...(group === undefined ? {} : { 'impersonate-group': group }),
      ...Object.fromEntries(Object.entries(headers).map(([key, value]) => [key, fillText(value, names)])),
    },
    ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
  }
}

type OpenWatch = {
  readonly stream: ContractStream
  /** The next event, or nothing at the end. Asked for again, it is the same until it came. */
  readonly next: () => Promise<Json | undefined>
  readonly taken: () => void
}

const openWatch = async (step: WatchStep, { cluster, names, watches }: Run): Promise<RecordedAnswer> => {
  const { watch, ...rest } = step
  const request = toRequest({ method: 'GET', ...rest, query: { watch: 'true', ...rest.query } }, names)
  const stream = await cluster.stream(request)
  if (stream.status !== 200) {
    let body = ''
    for await (const piece of stream.body) body += piece
    return toRecordedAnswer({ ...stream, body })
  }
  const lines = readLines(stream.body)
  let pending: Promise<Json | undefined> | undefined
  watches.set(watch, {
    stream,
    next: () => {
      pending ??= lines.next().then(({ value, done }) => (done ? undefined : (JSON.parse(value) as Json)))
      return pending
    },
    taken: () => {
      pending = undefined
    },
  })
  return toRecordedAnswer({ status: stream.status, headers: stream.headers })
}

async function* readLines(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  let rest = ''
  for await (const piece of pieces) {
    const lines = (rest + piece).split('\n')
    rest = lines.pop() as string
    for (const line of lines) if (line !== '') yield line
  }
  if (rest !== '') yield rest
}

const readEvents = async ({ read, events }: ReadStep, { cluster, watches }: Run): Promise<RecordedAnswer> => {
  const open = watches.get(read)
  if (!open) throw new Error(`No step opened watch ${read}`)
  const found: Json[] = []
  const wanted = events === 'all' ? Number.POSITIVE_INFINITY : events
  while (found.length < wanted) {
    const event = await nextWithin(open, cluster)
    if (event === 'missing') return { events: found, end: 'missing' }
    if (event === undefined) return { events: found, end: 'closed' }
    open.taken()
    found.push(event)
  }
  return { events: found }
}

const nextWithin = async (open: OpenWatch, cluster: ContractCluster): Promise<Json | undefined | 'missing'> => {
  for (let rests = 0; rests < RESTS / 5; rests++) {
    const next = await Promise.race([open.next(), cluster.wait(REST_MS).then(() => 'missing' as const)])
    if (next !== 'missing') return next
  }
  return 'missing'
}
