import type { Json } from '@banyan/contract';

export interface Snippet {
  language: string;
  code: string;
}

const token = 'hf_YOUR_TOKEN';

/** The same prediction in the shell, in Python and in JavaScript; `address` is absolute. */
export function predictSnippets(address: string, rows: Json): Snippet[] {
  const body = JSON.stringify({ rows }, null, 2);
  return [
    {
      language: 'curl',
      code: `curl ${address} \\\n  -H 'authorization: Bearer ${token}' \\\n  -H 'content-type: application/json' \\\n  -d '${body.replaceAll("'", String.raw`'\''`)}'`,
    },
    {
      language: 'Python',
      code: `import requests\n\nanswer = requests.post(\n    "${address}",\n    headers={"authorization": "Bearer ${token}"},\n    json={"rows": ${python(rows, 1)}},\n)\nanswer.raise_for_status()\nprint(answer.json()["predictions"])`,
    },
    {
      language: 'JavaScript',
      code: `const answer = await fetch('${address}', {\n  method: 'POST',\n  headers: { authorization: 'Bearer ${token}', 'content-type': 'application/json' },\n  body: JSON.stringify(${body.replaceAll('\n', '\n  ')}),\n});\nconsole.log((await answer.json()).predictions);`,
    },
  ];
}

/** Continuing a text through the OpenAI-compatible door. */
export function completionSnippets(origin: string, model: string, prompt: string): Snippet[] {
  const quoted = JSON.stringify(prompt);
  return [
    {
      language: 'curl',
      code: `curl -N ${origin}/v1/completions \\\n  -H 'authorization: Bearer ${token}' \\\n  -H 'content-type: application/json' \\\n  -d '${JSON.stringify({ model, prompt, max_tokens: 100, stream: true }).replaceAll("'", String.raw`'\''`)}'`,
    },
    {
      language: 'Python',
      code: `from openai import OpenAI\n\nclient = OpenAI(base_url="${origin}/v1", api_key="${token}")\nfor part in client.completions.create(model="${model}", prompt=${quoted}, max_tokens=100, stream=True):\n    print(part.choices[0].text, end="")`,
    },
    {
      language: 'JavaScript',
      code: `import OpenAI from 'openai';\n\nconst client = new OpenAI({ baseURL: '${origin}/v1', apiKey: '${token}' });\nconst parts = await client.completions.create({ model: '${model}', prompt: ${quoted}, max_tokens: 100, stream: true });\nfor await (const part of parts) process.stdout.write(part.choices[0].text);`,
    },
  ];
}

/** A JSON value as a Python literal. */
function python(value: Json, depth: number): string {
  if (value === null) return 'None';
  if (typeof value === 'boolean') return value ? 'True' : 'False';
  if (Array.isArray(value)) return `[${value.map((item) => python(item, depth)).join(', ')}]`;
  if (typeof value === 'object')
    return `{${Object.entries(value)
      .map(([key, item]) => `${JSON.stringify(key)}: ${python(item, depth + 1)}`)
      .join(', ')}}`;
  return JSON.stringify(value);
}
