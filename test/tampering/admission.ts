import { Refused, type Send } from './actor.ts'
import { at, escapeKey, listAt, podSpecPath, type Tree } from './tree.ts'
import { type AdmissionRequest, type Mutate, startWebhookServer } from './webhook.ts'

/** Writers whose writes a webhook changes; nobody else's. */
export const MUTATED = 'mutated'
export const RESTORED = 'restored'

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations'
const MESH = 'tamperer-mesh'
const FOREIGN = 'tamperer-foreign'
const STAMPS = 'tamperer-stamps'

/** Mutating admission of a cluster while it is tampered with. */
export type Admission = AsyncDisposable & {
  /** Takes the webhook away that changes objects labelled `mesh: on`, whoever writes them. */
  readonly removeMesh: () => Promise<void>
  readonly addMesh: () => Promise<void>
  /** A webhook that writes another value at every write of an object labelled `mesh: on`. */
  readonly addStamps: () => Promise<void>
  readonly removeStamps: () => Promise<void>
}

/**
 * Three webhooks: one that treats some objects as meshes and registries do (a container more, another image, labels and
 * annotations, a value that Git states), at every write; one that does so only when they are created; and one that
 * changes what two writers write, whatever they write.
 */
export const installAdmission = async (send: Send): Promise<Admission> => {
  let stamp = 0
  const server = await startWebhookServer({
    '/mesh': joinMesh,
    '/birth': (request) => annotate(request, 'mesh.example.com/born', 'yes'),
    '/foreign': (request) => (request.options?.fieldManager === RESTORED ? undo(request) : addMore(request)),
    '/stamps': (request) => annotate(request, 'mesh.example.com/stamp', `stamp-${++stamp}`),
  })
  const isForeign = {
    name: 'foreign',
    expression:
      'has(request.options) && has(request.options.fieldManager) && ' +
      `request.options.fieldManager in ["${MUTATED}", "${RESTORED}"]`,
  }
  const add = async (name: string, ...webhooks: readonly Tree[]): Promise<void> => {
    await send('DELETE', `${CONFIGURATIONS}/${name}`).catch(ignoreRefusal)
    await send('POST', CONFIGURATIONS, {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'MutatingWebhookConfiguration',
      metadata: { name },
      webhooks,
    })
  }
  const webhook = (path: string, over: Tree): Tree => ({
    name: `${path.slice(1)}.tamperer.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'None',
    failurePolicy: 'Fail',
    clientConfig: server.clientConfig(path),
    ...over,
  })
  const meshed = { objectSelector: { matchLabels: { mesh: 'on' } } }
  const rules = (...operations: readonly string[]): readonly Tree[] => [
    { apiGroups: ['', 'apps'], apiVersions: ['v1'], operations, resources: ['configmaps', 'deployments'] },
  ]
  const remove = async (name: string): Promise<void> => {
    await send('DELETE', `${CONFIGURATIONS}/${name}`).catch(ignoreRefusal)
  }
  const admission: Admission = {
    addMesh: async () => {
      await add(
        MESH,
        webhook('/mesh', { ...meshed, rules: rules('CREATE', 'UPDATE') }),
        webhook('/birth', { ...meshed, rules: rules('CREATE') }),
      )
      await untilMeshed(send, true)
    },
    removeMesh: async () => {
      await remove(MESH)
      await untilMeshed(send, false)
    },
    addStamps: async () => {
      await add(STAMPS, webhook('/stamps', { ...meshed, rules: rules('CREATE', 'UPDATE') }))
      await untilProbe(
        send,
        ({ metadata }) => at(metadata, `/annotations/${escapeKey('mesh.example.com/stamp')}`) !== undefined,
      )
    },
    removeStamps: async () => {
      await remove(STAMPS)
      await untilProbe(
        send,
        ({ metadata }) => at(metadata, `/annotations/${escapeKey('mesh.example.com/stamp')}`) === undefined,
      )
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all([MESH, FOREIGN, STAMPS].map(remove))
      await server[Symbol.asyncDispose]()
    },
  }
  await remove(STAMPS)
  await add(
    FOREIGN,
    webhook('/foreign', {
      matchConditions: [isForeign],
      rules: [{ apiGroups: ['*'], apiVersions: ['*'], operations: ['CREATE', 'UPDATE'], resources: ['*/*'] }],
    }),
  )
  await admission.addMesh()
  return admission
}

/** Takes the webhooks of a run away whose server is gone: they would refuse every write. */
export const removeAdmission = async (send: Send): Promise<void> => {
  for (const name of [MESH, FOREIGN, STAMPS]) await send('DELETE', `${CONFIGURATIONS}/${name}`).catch(ignoreRefusal)
}

const joinMesh: Mutate = (request) => {
  const { object } = request
  if (object.kind === 'ConfigMap') {
    const { mode, stamped } = (object.data ?? {}) as { mode?: string; stamped?: string }
    return [
      ...(object.data === undefined ? [{ op: 'add', path: '/data', value: {} }] : []),
      ...(stamped === undefined ? [{ op: 'add', path: '/data/stamped', value: 'yes' }] : []),
      ...(mode === undefined ? [] : [{ op: 'add', path: '/data/mode', value: mode.toUpperCase() }]),
    ]
  }
  const spec = podSpecPath({ kind: String(object.kind) }) as string
  const containers = listAt(object, `${spec}/containers`)
  return [
    ...annotate(request, 'mesh.example.com/version', '1'),
    ...containers.flatMap(({ image }, index) =>
      String(image).startsWith(MIRROR)
        ? []
        : [{ op: 'replace', path: `${spec}/containers/${index}/image`, value: `${MIRROR}${image}` }],
    ),
    ...(containers.some(({ name }) => name === 'proxy')
      ? []
      : [{ op: 'add', path: `${spec}/containers/-`, value: { name: 'proxy', image: `${MIRROR}proxy:1` } }]),
  ]
}

const MIRROR = 'mirror.example.com/'

const annotate = ({ object }: AdmissionRequest, name: string, value: string): Tree[] => [
  ...(at(object, '/metadata/annotations') === undefined
    ? [{ op: 'add', path: '/metadata/annotations', value: {} }]
    : []),
  { op: 'add', path: `/metadata/annotations/${escapeKey(name)}`, value },
]

/** More than somebody wrote. */
const addMore: Mutate = (request) => {
  const { object } = request
  const spec = podSpecPath({ kind: String(object.kind) })
  const content: Tree[] =
    spec && object.kind !== 'Pod' && !listAt(object, `${spec}/containers`).some(({ name }) => name === 'injected')
      ? [{ op: 'add', path: `${spec}/containers/-`, value: { name: 'injected', image: 'injected:1' } }]
      : object.kind === 'ConfigMap' && object.data !== undefined
        ? [{ op: 'add', path: '/data/injected', value: 'yes' }]
        : []
  return [...annotate(request, 'injected', 'yes'), ...content]
}

/** All that somebody changed is put back. */
const undo: Mutate = ({ object, oldObject }) => {
  if (!oldObject) return []
  const names = new Set([...Object.keys(object), ...Object.keys(oldObject)])
  return [...names]
    .filter((name) => !['apiVersion', 'kind', 'metadata', 'status'].includes(name))
    .map((name) =>
      oldObject[name] === undefined
        ? { op: 'remove', path: `/${name}` }
        : { op: 'add', path: `/${name}`, value: oldObject[name] },
    )
}

const ignoreRefusal = (error: unknown): undefined => {
  if (!(error instanceof Refused)) throw error
}

const untilMeshed = (send: Send, expected: boolean): Promise<void> =>
  untilProbe(send, ({ data }) => (at(data, '/stamped') !== undefined) === expected)

/** API servers take webhooks in after a moment: a dry run tells. */
const untilProbe = async (send: Send, isRight: (probe: Tree) => boolean): Promise<void> => {
  for (let polls = 0; polls < 600; polls++) {
    const probe = { metadata: { name: 'probe', labels: { mesh: 'on' } } }
    if (isRight(await send('POST', '/api/v1/namespaces/default/configmaps?dryRun=All', probe))) return
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  throw new Error('the webhook did not take effect')
}
