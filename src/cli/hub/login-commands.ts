import { type CommandEntry, option } from '../command-entry.ts'
import { HUB } from './hub-options.ts'

/** Commands about the tokens of hubs that this user keeps. */
export const LOGIN_COMMANDS: readonly CommandEntry[] = [
  {
    usage: 'login',
    summary: 'Sign in to a hub, for the commands that take --hub',
    details:
      'With the browser, where the hub has an identity provider, for a token that ends by itself. Elsewhere the token is asked for, or read from a file or stdin. It is kept in a file that only you can read, once the hub says whose it is.',
    examples: [
      'lockstep login --hub https://hub.example.com',
      'lockstep login --hub https://hub.example.com --token-file - < token',
    ],
    options: [...HUB, option('--no-browser', 'print the address to sign in at, and open nothing')],
    load: async () => {
      const { runLogin } = await import('../commands/login.ts')
      return (_, options, world) => runLogin(options, world)
    },
  },
  {
    usage: 'logout',
    summary: 'Sign out of a hub, and forget its token',
    examples: ['lockstep logout --hub https://hub.example.com'],
    options: HUB,
    load: async () => {
      const { runLogout } = await import('../commands/login.ts')
      return (_, options, world) => runLogout(options, world)
    },
  },
]
