// The parts of undici that the client uses, imported one by one: the whole package takes four times as long to load.
declare module 'undici/lib/dispatcher/pool.js' {
  import type { Pool } from 'undici'

  const exported: typeof Pool
  // biome-ignore lint/style/noDefaultExport: this is how a CommonJS module is seen
  export default exported
}

declare module 'undici/lib/api/api-request.js' {
  import type { Dispatcher } from 'undici'

  const exported: (this: Dispatcher, options: Dispatcher.RequestOptions) => Promise<Dispatcher.ResponseData>
  // biome-ignore lint/style/noDefaultExport: this is how a CommonJS module is seen
  export default exported
}
