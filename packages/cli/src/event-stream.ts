/** The `data:` payloads of server-sent events, as they arrive, however the bytes are cut. */
export async function* readEvents(body: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const bytes of body) {
    rest += decoder.decode(bytes, { stream: true });
    const events = rest.split(/\r?\n\r?\n/);
    // What follows the last empty line has not come whole.
    rest = events.pop() ?? '';
    for (const event of events) {
      const data = [...event.matchAll(/^data: ?(.*?)\r?$/gm)].map(([, line]) => line);
      if (data.length > 0) yield data.join('\n');
    }
  }
}
