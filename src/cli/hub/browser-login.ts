import { createHash } from 'node:crypto'
import type { HubClient } from '../../api/client.ts'
import { createSecret } from '../../api/token.ts'
import { createCliError } from '../errors.ts'
import type { World } from '../world.ts'
import { openBrowser } from './open-browser.ts'
import { waitForBrowser } from './wait-for-browser.ts'

const PATIENCE_MS = 600_000

/**
 * Signs in with the browser: the hub leads it to the identity provider and back to a port of this machine. What comes
 * there is worth nothing without what only this process knows.
 */
export const loginByBrowser = async (
  hub: URL,
  client: HubClient,
  world: World,
  { isOpened }: { readonly isOpened: boolean },
): Promise<string> => {
  const [state, verifier] = [createSecret(), createSecret()]
  const challenge = createHash('sha256').update(verifier).digest('base64url')
  const over = new AbortController()
  void world.clock.sleep(PATIENCE_MS, { signal: AbortSignal.any([over.signal, world.signal]) }).then(
    () => over.abort(createCliError('LOGIN_INCOMPLETE', 'nobody signed in within ten minutes')),
    () => undefined,
  )
  try {
    await using catcher = await waitForBrowser(state, AbortSignal.any([over.signal, world.signal]))
    const query = new URLSearchParams({ port: String(catcher.port), state, challenge })
    const url = `${hub.href.replace(/\/+$/, '')}/auth/cli?${query}`
    world.stderr.write(`Sign in with your browser:\n\n  ${url}\n\n`)
    if (isOpened) openBrowser(url, world)
    const { token } = await client.call('exchangeLogin', { body: { code: await catcher.code, verifier } })
    return token
  } finally {
    over.abort()
  }
}
