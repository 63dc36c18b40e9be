import type { Deployment } from '@banyan/contract';
import { useEffect, useRef, useState } from 'react';
import { hubUrl } from '../lib/api.ts';
import { streamCompletion } from '../lib/completions.ts';
import { completionSnippets } from '../lib/snippets.ts';
import { Button } from './button.tsx';
import { FailureNote } from './failure-note.tsx';
import { TextField } from './field.tsx';
import { Panel } from './layout.tsx';
import { Snippets } from './snippets.tsx';

/** A prompt that a text model continues, word by word as it writes. */
export function TryText({ deployment }: { deployment: Deployment }) {
  const [prompt, setPrompt] = useState('The sea was');
  const [maxTokens, setMaxTokens] = useState('200');
  const [temperature, setTemperature] = useState(0.8);
  const [answer, setAnswer] = useState<{ prompt: string; text: string }>();
  const [error, setError] = useState<unknown>();
  const running = useRef<AbortController>(undefined);
  const [busy, setBusy] = useState(false);
  useEffect(() => () => running.current?.abort(), []);

  const write = async () => {
    const stop = new AbortController();
    running.current = stop;
    setBusy(true);
    setError(undefined);
    setAnswer({ prompt, text: '' });
    try {
      const parts = streamCompletion({
        model: deployment.name,
        prompt,
        maxTokens: Number(maxTokens),
        temperature,
        signal: stop.signal,
      });
      for await (const part of parts)
        setAnswer((old) => (old === undefined ? old : { ...old, text: old.text + part }));
    } catch (failure) {
      if (!stop.signal.aborted) setError(failure);
    } finally {
      setBusy(false);
    }
  };

  return (
    <div className="space-y-6">
      <Panel>
        <form
          className="space-y-5"
          onSubmit={(event) => {
            event.preventDefault();
            if (!busy) void write();
          }}
        >
          <TextField label="Prompt" value={prompt} onChange={setPrompt} rows={3} required />
          <div className="flex flex-wrap items-end gap-6">
            <div className="w-32">
              <TextField label="Tokens at most" type="number" value={maxTokens} onChange={setMaxTokens} />
            </div>
            <label className="space-y-1.5 text-sm font-medium">
              <span className="block">Temperature {temperature.toFixed(1)}</span>
              <input
                type="range"
                min={0}
                max={2}
                step={0.1}
                value={temperature}
                onChange={(event) => setTemperature(Number(event.target.value))}
                className="h-10 w-44 accent-accent"
              />
            </label>
            <div className="flex gap-2">
              <Button type="submit" look="primary" busy={busy}>
                Continue the text
              </Button>
              {busy && <Button onClick={() => running.current?.abort()}>Stop</Button>}
            </div>
          </div>
        </form>
        {answer !== undefined && (
          <p
            aria-live="polite"
            aria-busy={busy}
            className="mt-6 border-t border-line pt-5 font-serif text-lg leading-relaxed whitespace-pre-wrap"
          >
            <span className="text-muted">{answer.prompt}</span>
            {answer.text}
            {busy && <span className="animate-pulse text-accent">▍</span>}
          </p>
        )}
        {error !== undefined && (
          <div className="mt-4">
            <FailureNote error={error} />
          </div>
        )}
      </Panel>
      <Snippets snippets={completionSnippets(hubUrl, deployment.name, prompt)} />
    </div>
  );
}
