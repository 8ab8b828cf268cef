// Adds up what the suites reported (vitest's JSON, one file a suite) and ends with the one line that counts.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const [folder = '.cache/ci', stepFailed = '0'] = process.argv.slice(2)
const totals = { passed: 0, failed: 0, skipped: 0 }
for (const name of readdirSync(folder).filter((file) => file.endsWith('.json'))) {
  const report = JSON.parse(readFileSync(join(folder, name), 'utf8')) as {
    numPassedTests: number
    numFailedTests: number
    numFailedTestSuites: number
    numPendingTests: number
    numTodoTests: number
  }
  totals.passed += report.numPassedTests
  // A file that could not even be loaded counts, though none of its tests ran.
  totals.failed += Math.max(report.numFailedTests, report.numFailedTestSuites > 0 ? 1 : 0)
  totals.skipped += report.numPendingTests + report.numTodoTests
}
// A step that failed without a failing test (formatting, types, unused code) is a failure too.
if (stepFailed !== '0' && totals.failed === 0) totals.failed = 1
console.log(`${totals.passed} passed, ${totals.failed} failed, ${totals.skipped} skipped`)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0
