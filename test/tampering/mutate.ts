import { readFileSync } from 'node:fs'
import { registerHooks } from 'node:module'
import { pathToFileURL } from 'node:url'

/** Loaded before the suite (`node --import`): one file of the product is read with one piece of its text replaced. */
const { file, search, replace } = JSON.parse(process.env.MUTATION ?? '{}') as {
  file: string
  search: string
  replace: string
}
const source = readFileSync(file, 'utf8')
if (source.split(search).length !== 2)
  throw new Error(`${file} holds ${source.split(search).length - 1} times: ${search}`)
const url = pathToFileURL(file).href

registerHooks({
  load: (loaded, context, nextLoad) => {
    const result = nextLoad(loaded, context)
    return loaded === url ? { ...result, source: source.replace(search, () => replace) } : result
  },
})
