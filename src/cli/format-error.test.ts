import { expect, test } from 'vitest'
import { LockstepError } from '../base/errors.ts'
import { EXIT, isUnreachable, toExitCode, worstExitCode } from './exit-code.ts'
import { formatError } from './format-error.ts'

test('an error is what, where and what to do, without a stack', () => {
  const error = new LockstepError('YAML_INVALID', 'not valid YAML', {
    position: { file: 'a.yaml', line: 3, column: 1 },
    hint: 'close the bracket',
  })

  expect(formatError(error)).toBe(
    'error: not valid YAML\n  at: a.yaml:3:1\n  hint: close the bracket\n  code: YAML_INVALID\n',
  )
  expect(formatError(error, { debug: true })).toContain('    at ')
})

test('an endless message ends within a screen', () => {
  const text = formatError(new LockstepError('RENDER_FAILED', 'line\n'.repeat(500)))

  expect(text.split('\n').length).toBeLessThan(24)
  expect(text).toContain('more lines')
})

test('what is no error of the product is told as a defect', () => {
  expect(formatError(new TypeError('x is undefined'))).toContain('defect of Lockstep')
})

test('the worst exit code wins, and out of reach is the worst error', () => {
  const unreachable = new LockstepError('KUBE_UNREACHABLE', 'no')

  expect(isUnreachable(unreachable)).toBe(true)
  expect(worstExitCode([EXIT.differences, toExitCode(unreachable), toExitCode(new Error('x'))])).toBe(3)
  expect(worstExitCode([])).toBe(0)
})
