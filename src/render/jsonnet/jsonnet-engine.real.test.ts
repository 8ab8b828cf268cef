import { describe, expect, test } from 'vitest'
import { buildJsonnet } from '../../../test/real/build-jsonnet.ts'
import { findGo } from '../../../test/real/toolchain.ts'
import { ENGINE_DIGEST } from './engine-digest.ts'

const go = findGo()

describe.skipIf(!go?.includes('go1.26'))('the Jsonnet engine', () => {
  test('is what its sources build, byte for byte', async () => {
    expect((await buildJsonnet()).digest).toBe(ENGINE_DIGEST)
  }, 300_000)
})
