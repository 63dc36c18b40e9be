/** Turns the bytes of tokens into text that can be shown at once. */
export interface TextStream {
  /** The text that these bytes complete; `stopped` when a stop string was met, whose text is not given out. */
  push(bytes: Uint8Array): { text: string; stopped: boolean };
  /** What was held back for a stop string that did not come. Half a character at the very end is dropped. */
  end(): string;
}

/**
 * A token may end inside a UTF-8 character and a stop string may begin anywhere: bytes are held back until they make a
 * character, and text until it can no longer be the beginning of a stop string. Bytes that are no UTF-8 become U+FFFD.
 */
export function createTextStream(stops: readonly string[] = []): TextStream {
  // ignoreBOM: a byte order mark is a character of the text like any other.
  const decoder = new TextDecoder('utf-8', { ignoreBOM: true });
  let held = '';
  let stopped = false;
  return {
    push(bytes) {
      if (stopped) return { text: '', stopped };
      held += decoder.decode(bytes, { stream: true });
      const found = stops.map((stop) => held.indexOf(stop)).filter((at) => at >= 0);
      stopped = found.length > 0;
      const end = stopped ? Math.min(...found) : held.length - stopPrefixLength(held, stops);
      const text = held.slice(0, end);
      held = stopped ? '' : held.slice(end);
      return { text, stopped };
    },
    end() {
      const text = held;
      held = '';
      return text;
    },
  };
}

/** The length of the longest end of `text` that begins one of `stops`. */
function stopPrefixLength(text: string, stops: readonly string[]): number {
  let longest = 0;
  for (const stop of stops)
    for (let length = Math.min(stop.length - 1, text.length); length > longest; length--)
      if (text.endsWith(stop.slice(0, length))) longest = length;
  return longest;
}
