import { expect, test } from 'vitest'
import { findProxy, isLoopback } from './proxy.ts'

const PROXY = 'http://proxy.example.com:3128'

test.each([
  ['https://api.example.org', {}, PROXY],
  ['http://api.example.org', {}, undefined],
  ['https://api.example.org', { no_proxy: 'example.com, example.org' }, undefined],
  ['https://notexample.org', { no_proxy: 'example.org' }, PROXY],
  ['https://api.example.org', { no_proxy: '.example.org' }, undefined],
  ['https://api.example.org:6443', { no_proxy: 'example.org:443' }, PROXY],
  ['https://api.example.org:6443', { NO_PROXY: 'example.org:6443' }, undefined],
  ['https://api.example.org', { no_proxy: '*' }, undefined],
  ['https://10.1.2.3:6443', { no_proxy: '10.0.0.0/8' }, undefined],
  ['https://11.1.2.3:6443', { no_proxy: '10.0.0.0/8' }, PROXY],
  ['https://10.1.2.3:6443', { no_proxy: '10.1.2.3' }, undefined],
  ['https://[fd00::1]:6443', { no_proxy: 'fd00::/8' }, undefined],
  ['https://api.example.org', { no_proxy: '10.0.0.0/8' }, PROXY],
  ['https://10.1.2.3', { no_proxy: '10.0.0.0/99' }, PROXY],
])('%s with %o goes through %s', (url, env, expected) => {
  expect(findProxy(new URL(url), { https_proxy: PROXY, ...env })).toBe(expected)
})

test('what runs on this machine is told apart', () => {
  const urls = ['https://127.0.0.1:6443', 'https://localhost', 'https://[::1]:1', 'https://127.example.com']

  expect(urls.map((url) => isLoopback(new URL(url)))).toEqual([true, true, true, false])
})
