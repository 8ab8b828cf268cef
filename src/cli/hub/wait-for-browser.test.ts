import { expect, test } from 'vitest'
import { waitForBrowser } from './wait-for-browser.ts'

test('only who knows the state brings a code, and is told so', async () => {
  await using catcher = await waitForBrowser('right', new AbortController().signal)
  const go = async (path: string, method = 'GET') => {
    const response = await fetch(`http://127.0.0.1:${catcher.port}${path}`, { method })
    return [response.status, response.headers.get('referrer-policy'), await response.text()]
  }

  expect((await go('/?state=wrong&code=evil'))[0]).toBe(404)
  expect((await go('/?code=evil'))[0]).toBe(404)
  expect((await go('/?state=right&code=evil', 'POST'))[0]).toBe(404)
  expect(await go('/?state=right&code=good')).toEqual([200, 'no-referrer', 'You are signed in. Close this page.\n'])
  expect(await catcher.code).toBe('good')
})

test('a refusal is told, and waiting can be given up', async () => {
  const stop = new AbortController()
  await using refused = await waitForBrowser('a', stop.signal)
  await using given = await waitForBrowser('b', stop.signal)
  await fetch(`http://127.0.0.1:${refused.port}/?state=a&error=no%20role`)
  stop.abort(new Error('interrupted'))

  await expect(refused.code).rejects.toMatchObject({
    code: 'LOGIN_INCOMPLETE',
    message: 'you were not signed in: no role',
  })
  await expect(given.code).rejects.toThrow('interrupted')
})
