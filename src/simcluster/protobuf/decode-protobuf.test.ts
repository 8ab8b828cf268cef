import { expect, test } from 'vitest'
import { decodeProtobuf, isProtobuf } from './decode-protobuf.ts'

/** What kubectl 1.36 sent for `create configmap a --from-literal=a=b`. */
const CONFIG_MAP = 'azhzAAoPCgJ2MRIJQ29uZmlnTWFwEhsKEQoBYRIAGgAiACoAMgA4AEIAEgYKAWESAWIaACIA'
/** For `create deployment web --image=x --port=80 --replicas=2`. */
const DEPLOYMENT =
  'azhzAAoVCgdhcHBzL3YxEgpEZXBsb3ltZW50Eq8BCh8KA3dlYhIAGgAiACoAMgA4AEIAWgoKA2FwcBIDd2ViEn4IAhIMCgoKA2FwcBIDd2ViGmQKHAoAEgAaACIAKgAyADgAQgBaCgoDYXBwEgN3ZWISRBImCgF4EgF4KgAyCgoAEAAYUCIAKgBCAGoAcgCAAQCIAQCQAQCiAQAaADIAQgBKAFIAWABgAGgAggEAigEAmgEAwgEAIgIKACgAOAAaDAgAEAAYACAAKAA4ABoAIgA='

test('an object of kubectl comes out as JSON has it', () => {
  const bytes = Buffer.from(CONFIG_MAP, 'base64')

  expect(isProtobuf(bytes)).toBe(true)
  expect(decodeProtobuf(bytes)).toMatchObject({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'a' },
    data: { a: 'b' },
  })
  expect(decodeProtobuf(Buffer.from(DEPLOYMENT, 'base64'))).toMatchObject({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', labels: { app: 'web' } },
    spec: {
      replicas: 2,
      selector: { matchLabels: { app: 'web' } },
      template: { spec: { containers: [{ name: 'x', image: 'x', ports: [{ containerPort: 80 }] }] } },
    },
  })
})

test('bytes that are no object are refused', () => {
  expect(() => decodeProtobuf(Buffer.from('{}'))).toThrow('does not appear to be a protobuf message')
  expect(() => decodeProtobuf(Buffer.from(CONFIG_MAP, 'base64').subarray(0, 30))).toThrow('unexpected EOF')
})
