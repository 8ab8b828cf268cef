import { spawn } from 'node:child_process'
import { chmodSync, mkdirSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'

/** Where the user goes on: the fleet repository, and what the commands need. */
export type GoOnOptions = {
  readonly folder: string
  readonly repository: string
  readonly kubeconfig: string
  /** Commands by name, as file and first arguments. */
  readonly commands: Readonly<Record<string, readonly string[]>>
}

/** The user's own shell in the fleet repository, with the commands on its path and the clusters in its kubeconfig. Ends with it. */
export const goOnByHand = async ({ folder, repository, kubeconfig, commands }: GoOnOptions): Promise<void> => {
  const bin = join(folder, 'bin')
  mkdirSync(bin)
  for (const [name, words] of Object.entries(commands)) {
    const file = join(bin, name)
    writeFileSync(file, `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`)
    chmodSync(file, 0o755)
  }
  const { SHELL = '/bin/sh', PATH = '' } = process.env
  await new Promise<void>((resolve, reject) => {
    const shell = spawn(SHELL, ['-i'], {
      cwd: repository,
      stdio: 'inherit',
      env: { ...process.env, KUBECONFIG: kubeconfig, PATH: `${bin}${delimiter}${PATH}`, PS1: 'demo $ ' },
    })
    shell.on('error', reject)
    shell.on('exit', () => resolve())
  })
}
