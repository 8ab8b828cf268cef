import { gzipSync } from 'node:zlib'
import { expect, test } from 'vitest'
import { assertChartArchive } from './chart-archive.ts'
import { packArchive, packChart } from './testing/chart.ts'

const CHART = { 'web/Chart.yaml': 'name: web' }

test('lets a chart pass', async () => {
  await expect(assertChartArchive(await packChart('web', '1.0.0'), 'web')).resolves.toBeUndefined()
})

const REFUSED = {
  'a path that climbs out': { ...CHART, 'web/../../evil': 'x' },
  'an absolute path': { ...CHART, '/etc/cron.d/evil': 'x' },
  'a path with backslashes': { ...CHART, 'web\\..\\evil': 'x' },
  'a symbolic link': { ...CHART, 'web/link': { type: 'symlink', linkname: '/etc/passwd' } },
  'a hard link': { ...CHART, 'web/link': { type: 'link', linkname: '/etc/passwd' } },
  'a device': { ...CHART, 'web/null': { type: 'character-device' } },
} as const

test.for(Object.entries(REFUSED))('refuses %s', async ([, files]) => {
  await expect(assertChartArchive(await packArchive(files), 'web')).rejects.toMatchObject({
    code: 'SOURCE_CONTENT_REFUSED',
  })
})

test('refuses an archive that unpacks to more than a chart can hold', async () => {
  const bomb = await packArchive({ ...CHART, 'web/zeros': Buffer.alloc(1024 * 1024) })
  const many = await packArchive({ ...CHART, 'web/a': '', 'web/b': '' })

  for (const [content, limits] of [
    [bomb, { maxFiles: 10, maxBytes: 1024 * 1024 }],
    [many, { maxFiles: 2, maxBytes: 1024 }],
  ] as const) {
    await expect(assertChartArchive(content, 'web', { limits })).rejects.toMatchObject({ code: 'SOURCE_TOO_LARGE' })
  }
})

test('refuses what is no archive, a damaged one, and one without a Chart.yaml', async () => {
  const whole = await packChart('web', '1.0.0')
  const contents = [
    Buffer.from('<html>'),
    gzipSync('hello'),
    whole.subarray(0, -20),
    await packArchive({ 'web/a': 'x' }),
  ]

  for (const content of contents) {
    await expect(assertChartArchive(content, 'web')).rejects.toMatchObject({ code: 'SOURCE_INVALID' })
  }
})
