import type { KubeObject } from '../../../src/kube/object.ts'
import { at, listAt, podSpecPath, type Tree } from '../tree.ts'
import { isWorkload, type Tampering } from './tampering.ts'

const podList =
  (name: string) =>
  (object: KubeObject): string =>
    `${podSpecPath(object)}/${name}`
const isLong =
  (pointerOf: (object: KubeObject) => string): Tampering['applies'] =>
  (object) =>
    (isWorkload(object) || object.kind === 'CronJob') && listAt(object, pointerOf(object)).length > 1

/** Reverses a list in place by a JSON patch. */
const reverse =
  (pointerOf: (object: KubeObject) => string): Tampering['tamper'] =>
  ({ live, patchJson }) => {
    const pointer = pointerOf(live)
    return patchJson([{ op: 'replace', path: pointer, value: listAt(live, pointer).toReversed() }])
  }

const REORDERED = [
  'initContainers',
  'containers',
  'volumes',
  'tolerations',
  'containers/0/env',
  'containers/0/args',
  'containers/0/ports',
  'containers/0/volumeMounts',
]

/** Lists of every sort: keyed, sets, replaced as a whole. */
export const LIST_TAMPERINGS: readonly Tampering[] = [
  ...REORDERED.map(
    (name): Tampering => ({
      name: `reorders ${name.replace('containers/0/', '')}`,
      applies: isLong(podList(name)),
      expect: 'drift',
      tamper: reverse(podList(name)),
    }),
  ),
  {
    name: 'reorders initContainers and adds one in front',
    applies: isLong(podList('initContainers')),
    expect: 'drift',
    tamper: ({ live, patchJson }) => {
      const pointer = podList('initContainers')(live)
      return patchJson([
        {
          op: 'replace',
          path: pointer,
          value: [{ name: 'evil', image: 'evil:1' }, ...listAt(live, pointer).toReversed()],
        },
      ])
    },
  },
  {
    name: 'puts a container in front',
    applies: isWorkload,
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([{ op: 'add', path: `${podSpecPath(live)}/containers/0`, value: { name: 'evil', image: 'evil:1' } }]),
  },
  {
    name: 'removes an item of a keyed list',
    applies: isLong(podList('containers/0/env')),
    expect: 'drift',
    tamper: ({ live, patchJson }, random) => {
      const pointer = podList('containers/0/env')(live)
      return patchJson([{ op: 'remove', path: `${pointer}/${random.below(listAt(live, pointer).length)}` }])
    },
  },
  {
    name: 'renames an item of a keyed list',
    applies: (object) => isWorkload(object) && listAt(object, podList('containers/0/env')(object)).length > 0,
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([{ op: 'replace', path: `${podList('containers/0/env')(live)}/0/name`, value: 'RENAMED' }]),
  },
  {
    name: 'changes the protocol of a port that states none',
    applies: (object, manifest) =>
      isWorkload(object) &&
      listAt(manifest, podList('containers/0/ports')(object)).some(({ protocol }) => protocol === undefined),
    expect: 'drift',
    tamper: ({ live, manifest, patchJson }) => {
      const pointer = podList('containers/0/ports')(live)
      const index = listAt(manifest, pointer).findIndex(({ protocol }) => protocol === undefined)
      return patchJson([{ op: 'replace', path: `${pointer}/${index}/protocol`, value: 'SCTP' }])
    },
  },
  {
    name: 'writes the protocol that a port had by default',
    applies: (object, manifest) =>
      isWorkload(object) &&
      listAt(manifest, podList('containers/0/ports')(object)).some(({ protocol }) => protocol === undefined),
    expect: 'silent',
    tamper: ({ live, manifest, patchJson }) => {
      const pointer = podList('containers/0/ports')(live)
      const index = listAt(manifest, pointer).findIndex(({ protocol }) => protocol === undefined)
      return patchJson([{ op: 'replace', path: `${pointer}/${index}/protocol`, value: 'TCP' }])
    },
  },
  {
    name: 'adds a port of the same number and another protocol',
    applies: ({ kind, spec }) => kind === 'Service' && typeof at({ spec }, '/spec/ports/0/name') === 'string',
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([
        {
          op: 'add',
          path: '/spec/ports/-',
          value: { name: 'evil', port: listAt(live, '/spec/ports')[0]?.port, protocol: 'SCTP' },
        },
      ]),
  },
  {
    name: 'reorders the ports of a Service',
    applies: ({ kind, spec }) => kind === 'Service' && listAt({ spec }, '/spec/ports').length > 1,
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([{ op: 'replace', path: '/spec/ports', value: listAt(live, '/spec/ports').toReversed() }]),
  },
  {
    name: 'reorders rules',
    applies: (object) =>
      ['Role', 'ClusterRole'].includes(object.kind) && !object.aggregationRule && listAt(object, '/rules').length > 1,
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([{ op: 'replace', path: '/rules', value: listAt(live, '/rules').toReversed() }]),
  },
  {
    name: 'reorders webhooks',
    applies: (object) => listAt(object, '/webhooks').length > 1,
    expect: 'drift',
    tamper: ({ live, patchJson }) =>
      patchJson([{ op: 'replace', path: '/webhooks', value: listAt(live, '/webhooks').toReversed() }]),
  },
  {
    name: 'adds a value to a set and reorders it',
    applies: ({ kind }) => kind === 'Gadget',
    expect: 'drift',
    tamper: ({ live, patchMerge }) =>
      patchMerge({ spec: { tags: ['evil', ...listAt(live, '/spec/tags').toReversed()] } }),
  },
  {
    name: 'removes a value from a set',
    applies: ({ kind }) => kind === 'Gadget',
    expect: 'drift',
    tamper: ({ live, patchMerge }) => patchMerge({ spec: { tags: listAt(live, '/spec/tags').slice(1) } }),
  },
  {
    name: 'reorders a set',
    applies: ({ kind }) => kind === 'Gadget',
    expect: 'silent',
    tamper: ({ live, patchMerge }) => patchMerge({ spec: { tags: listAt(live, '/spec/tags').toReversed() } }),
  },
  {
    name: 'reorders a keyed list of a custom resource',
    applies: ({ kind }) => kind === 'Gadget',
    expect: 'drift',
    tamper: ({ live, patchMerge }) => patchMerge({ spec: { parts: listAt(live, '/spec/parts').toReversed() } }),
  },
  {
    name: 'reorders a list that is replaced as a whole',
    applies: ({ kind }) => kind === 'Gadget',
    expect: 'drift',
    tamper: ({ live, patchMerge }) => patchMerge({ spec: { steps: listAt(live, '/spec/steps').toReversed() } }),
  },
  {
    name: 'changes a list in a custom resource without a schema',
    applies: ({ kind }) => kind === 'Blob',
    expect: 'drift',
    tamper: ({ live, patchJson }, random) =>
      patchJson([
        random.pick([
          { op: 'add', path: '/contents/anything/-', value: 4 },
          {
            op: 'replace',
            path: '/contents/anything',
            value: listAt(live, '/contents/anything').toReversed() as unknown as Tree[],
          },
        ]),
      ]),
  },
]
