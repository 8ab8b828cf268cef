import { createServer } from 'node:net'

// Below the range that the system takes ports of outgoing connections from, else one of those may come first.
const FIRST = 21_000
const COUNT = 11_000

// Every process begins elsewhere, so that two that start fleets at the same moment do not choose the same ports.
let next = (process.pid * 61) % COUNT

/** A port of 127.0.0.1 that nobody listens on, never the same twice in this process. */
export const findPort = async (): Promise<number> => {
  for (let tries = 0; tries < COUNT; tries++) {
    const port = FIRST + next
    next = (next + 1) % COUNT
    if (await isFree(port)) return port
  }
  throw new Error(`No port from ${FIRST} to ${FIRST + COUNT} is free`)
}

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
