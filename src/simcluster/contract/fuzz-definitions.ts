import type { JsonObject } from '../../kube/object.ts'
import { define, type RequestStep } from './contract-case.ts'

const text = { type: 'string' }
const texts = { type: 'array', items: text }

const shelf: JsonObject = {
  spec: {
    group: 'fuzz.example.com',
    scope: 'Namespaced',
    names: { plural: 'shelves', singular: 'shelf', kind: 'Shelf', listKind: 'ShelfList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        subresources: {
          status: {},
          scale: { specReplicasPath: '.spec.replicas', statusReplicasPath: '.status.replicas' },
        },
        schema: {
          openAPIV3Schema: {
            type: 'object',
            properties: {
              spec: {
                type: 'object',
                properties: {
                  set: { ...texts, 'x-kubernetes-list-type': 'set' },
                  atomic: texts,
                  map: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['key', 'protocol'],
                    items: {
                      type: 'object',
                      required: ['key'],
                      properties: { key: text, protocol: { type: 'string', default: 'TCP' }, value: text },
                    },
                  },
                  granular: { type: 'object', additionalProperties: text },
                  whole: { type: 'object', additionalProperties: text, 'x-kubernetes-map-type': 'atomic' },
                  count: { type: 'integer', minimum: 0, maximum: 10 },
                  size: { type: 'string', enum: ['small', 'big'], default: 'small' },
                  port: { 'x-kubernetes-int-or-string': true },
                  deep: {
                    type: 'object',
                    properties: {
                      a: {
                        type: 'object',
                        properties: { b: { type: 'object', properties: { c: { type: 'integer', default: 7 } } } },
                      },
                    },
                  },
                  free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
                  nullable: { type: 'string', nullable: true },
                  replicas: { type: 'integer', format: 'int32' },
                },
              },
              status: {
                type: 'object',
                properties: {
                  replicas: { type: 'integer', format: 'int32' },
                  conditions: {
                    type: 'array',
                    'x-kubernetes-list-type': 'map',
                    'x-kubernetes-list-map-keys': ['type'],
                    items: {
                      type: 'object',
                      required: ['type', 'status'],
                      properties: {
                        type: text,
                        status: text,
                        reason: text,
                        message: text,
                        lastTransitionTime: { type: 'string', format: 'date-time' },
                      },
                    },
                  },
                },
              },
            },
          },
        },
      },
    ],
  },
}

const bag: JsonObject = {
  spec: {
    group: 'fuzz.example.com',
    scope: 'Cluster',
    names: { plural: 'bags', singular: 'bag', kind: 'Bag', listKind: 'BagList' },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
}

/** Sets up the custom resources of the fuzzer: one with lists and maps of all types, and one without a structure. */
export const FUZZ_DEFINITIONS: readonly RequestStep[] = [...define(shelf), ...define(bag)]
