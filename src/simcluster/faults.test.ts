import { expect, test } from 'vitest'
import { systemClock } from '../base/system-clock.ts'
import { createSimCluster, type SimCluster } from './create-sim-cluster.ts'

const open = () => createSimCluster({ name: 'shop', clock: systemClock })
const ask = (cluster: SimCluster, path = '/api/v1/namespaces', signal?: AbortSignal) =>
  cluster.requestAs(`Bearer ${cluster.tokenOf('admin')}`, {
    method: 'GET',
    path,
    query: new URLSearchParams(),
    headers: {},
    body: '',
    ...(signal ? { signal } : {}),
  })

test('a throttled request is told when to come again', async () => {
  await using cluster = open()
  cluster.faults.add({ fault: { kind: 'throttle', retryAfterSeconds: 3 }, times: 1 })

  expect(await ask(cluster)).toMatchObject({ status: 429, headers: { 'retry-after': '3' } })
  expect(await ask(cluster)).toMatchObject({ status: 200 })
})

test('an error is answered as a status, to the requests it is for', async () => {
  await using cluster = open()
  cluster.faults.add({ fault: { kind: 'error', status: 503 }, when: ({ path }) => path.endsWith('/pods') })

  const { status, body } = await ask(cluster, '/api/v1/pods')

  expect(status).toBe(503)
  expect(JSON.parse(body as string)).toMatchObject({ kind: 'Status', reason: 'ServiceUnavailable', code: 503 })
  expect(await ask(cluster)).toMatchObject({ status: 200 })
})

test('a connection breaks before or after the request is carried out', async () => {
  await using cluster = open()
  const create = (name: string) =>
    cluster.requestAs(`Bearer ${cluster.tokenOf('admin')}`, {
      method: 'POST',
      path: '/api/v1/namespaces',
      query: new URLSearchParams(),
      headers: {},
      body: JSON.stringify({ apiVersion: 'v1', kind: 'Namespace', metadata: { name } }),
    })

  cluster.faults.add({ fault: { kind: 'reset' }, times: 1 })
  await expect(create('before')).rejects.toMatchObject({ code: 'ECONNRESET' })
  cluster.faults.add({ fault: { kind: 'lose-answer' }, times: 1 })
  await expect(create('after')).rejects.toMatchObject({ code: 'ECONNRESET' })

  expect(await ask(cluster, '/api/v1/namespaces/before')).toMatchObject({ status: 404 })
  expect(await ask(cluster, '/api/v1/namespaces/after')).toMatchObject({ status: 200 })
})

test('a partition is silence until it ends', async () => {
  await using cluster = open()
  const heal = cluster.faults.partition()
  let isAnswered = false

  const asked = ask(cluster).then((answer) => {
    isAnswered = true
    return answer
  })
  const givesUp = new AbortController()
  const impatient = ask(cluster, '/version', givesUp.signal)
  givesUp.abort()
  await expect(impatient).rejects.toThrow('aborted')
  expect(isAnswered).toBe(false)

  heal()
  expect(await asked).toMatchObject({ status: 200 })
})

test('the last fault that fits counts, until it ends', async () => {
  await using cluster = open()
  const end = cluster.faults.add({ fault: { kind: 'error', status: 500 } })
  const endToo = cluster.faults.add({ fault: { kind: 'error', status: 502 } })

  expect(await ask(cluster)).toMatchObject({ status: 502 })
  endToo()
  expect(await ask(cluster)).toMatchObject({ status: 500 })
  end()
  expect(await ask(cluster)).toMatchObject({ status: 200 })
})
