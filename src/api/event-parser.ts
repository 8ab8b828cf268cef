/** One event of a stream; where there is no data, it tells how far the stream is. */
export type StreamEvent = { readonly id: string; readonly type: string; readonly data: string | undefined }

/** The events of a `text/event-stream` as it comes in pieces. */
export async function* parseEvents(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<StreamEvent, void, undefined> {
  const decoder = new TextDecoder()
  let [rest, id, type] = ['', '', '']
  let data: string[] = []
  for await (const chunk of chunks) {
    rest += decoder.decode(chunk, { stream: true })
    const lines = rest.split('\n')
    rest = lines.pop() as string
    for (const line of lines) {
      const [, field, value = ''] = /^([a-z]*)(?:: ?(.*?))?\r?$/.exec(line) ?? []
      if (field === 'id') id = value
      if (field === 'event') type = value
      if (field === 'data') data.push(value)
      if (line.trim() !== '') continue
      yield { id, type, data: data.length === 0 ? undefined : data.join('\n') }
      type = ''
      data = []
    }
  }
}
