import { cp } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { type GitServer, startGitServer } from '../../../test/git-server.ts'
import type { GitRef } from '../../fleet/resolved.ts'
import { createGitSource, type GitReference, type GitSource } from '../git/git-source.ts'
import { commitFiles, createTestDeps, createTestFolder } from './world.ts'

/** A repository `app` on a server, and sources that fetch from it. Everything is new for every test. */
export type GitWorld = {
  readonly folder: string
  readonly repo: string
  readonly cacheDir: string
  readonly server: GitServer
  readonly reference: (fields?: { ref?: GitRef; path?: string; url?: string }) => GitReference
  readonly createSource: (
    options?: Partial<Parameters<typeof createGitSource>[0]>,
    variables?: Readonly<Record<string, string>>,
  ) => GitSource
}

/** Makes a world before each test of a file and takes it down after it; the result is its current one. */
export const useGitWorld = (): (() => GitWorld) => {
  let template: Awaited<ReturnType<typeof createTestFolder>>
  let folder: Awaited<ReturnType<typeof createTestFolder>>
  let world: GitWorld

  beforeAll(async () => {
    template = await createTestFolder()
    const files = { 'deploy/web.yaml': 'kind: Web', 'base/x.yaml': 'kind: Base', 'run.sh': '#!/bin/sh' }
    await commitFiles(template.path, files)
  })
  beforeEach(async () => {
    folder = await createTestFolder()
    await cp(template.path, join(folder.path, 'app'), { recursive: true })
    world = createWorld(folder.path, await startGitServer({ root: folder.path }))
  })
  afterEach(async () => {
    await world.server[Symbol.asyncDispose]()
    await folder[Symbol.asyncDispose]()
  })
  afterAll(() => template[Symbol.asyncDispose]())
  return () => world
}

const createWorld = (folder: string, server: GitServer): GitWorld => {
  const cacheDir = join(folder, 'cache')
  return {
    folder,
    repo: join(folder, 'app'),
    cacheDir,
    server,
    reference: ({ url = `${server.url}/app`, path = 'deploy', ref } = {}) => ({
      type: 'git',
      repository: { type: 'git', name: 'app', url },
      path,
      ...(ref ? { ref } : {}),
    }),
    createSource: (options = {}, variables = {}) =>
      createGitSource({ cacheDir, ...options }, createTestDeps(folder, variables)),
  }
}
