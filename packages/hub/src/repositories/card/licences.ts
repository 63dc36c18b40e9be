import spdx from 'spdx-license-list';

/** A licence as a card or a repository names it, found again in SPDX's list where it is there. */
export interface Licence {
  /** SPDX's identifier; `LicenseRef-...` for what SPDX does not list. */
  id: string;
  name: string;
  /** Where to read it. */
  url?: string;
  /** Whether SPDX or Hugging Face knows it. */
  known: boolean;
}

const byLowerCase = new Map(Object.keys(spdx).map((id) => [id.toLowerCase(), id]));

/** What Hugging Face writes otherwise than SPDX. */
const aliases: Record<string, string> = {
  'bsl-1.0': 'BSL-1.0',
  'cc-by-nc-sa-2.0': 'CC-BY-NC-SA-2.0',
  cc0: 'CC0-1.0',
  'public-domain': 'CC-PDDC',
  'cdla-sharing-1.0': 'CDLA-Sharing-1.0',
  'etalab-2.0': 'etalab-2.0',
  gfdl: 'GFDL-1.3-or-later',
  gpl: 'GPL-3.0-or-later',
  'gpl-2.0': 'GPL-2.0-only',
  'gpl-3.0': 'GPL-3.0-only',
  lgpl: 'LGPL-3.0-or-later',
  'lgpl-2.1': 'LGPL-2.1-only',
  'lgpl-3.0': 'LGPL-3.0-only',
  'lgpl-lr': 'LGPLLR',
  'agpl-3.0': 'AGPL-3.0-only',
  bsd: 'BSD-3-Clause',
  ncsa: 'NCSA',
  odbl: 'ODbL-1.0',
  'odc-by': 'ODC-By-1.0',
  pddl: 'PDDL-1.0',
  postgresql: 'PostgreSQL',
};

const responsible = 'https://huggingface.co/spaces/bigscience/license';

/** Licences of Hugging Face's list that SPDX's does not hold: name and text. */
const elsewhere: Record<string, [name: string, url?: string]> = {
  other: ['Other, see the card'],
  unknown: ['Unknown'],
  openrail: ['OpenRAIL', 'https://www.licenses.ai/ai-licenses'],
  'openrail++': ['OpenRAIL++', 'https://www.licenses.ai/ai-licenses'],
  creativeml: ['CreativeML OpenRAIL'],
  'creativeml-openrail-m': [
    'CreativeML OpenRAIL-M',
    'https://huggingface.co/spaces/CompVis/stable-diffusion-license',
  ],
  'bigscience-bloom-rail-1.0': ['BigScience RAIL 1.0', responsible],
  'bigscience-openrail-m': [
    'BigScience OpenRAIL-M',
    'https://www.bigscience.info/blog/bigscience-openrail-m',
  ],
  'bigcode-openrail-m': [
    'BigCode OpenRAIL-M',
    'https://huggingface.co/spaces/bigcode/bigcode-model-license-agreement',
  ],
  'apple-ascl': ['Apple Sample Code Licence'],
  'apple-amlr': ['Apple Model Licence for Research'],
  'deepfloyd-if-license': ['DeepFloyd IF Licence'],
  'open-mdw': ['OpenMDW', 'https://openmdw.ai'],
  'openmdw-1.0': ['OpenMDW 1.0', 'https://openmdw.ai'],
  'openmdw-1.1': ['OpenMDW 1.1', 'https://openmdw.ai'],
  'fair-noncommercial-research-license': ['FAIR Noncommercial Research Licence'],
  'intel-research': ['Intel Research Use Licence'],
  'h-research': ['H Research Licence'],
  llama2: ['Llama 2 Community Licence', 'https://ai.meta.com/llama/license'],
  llama3: ['Llama 3 Community Licence', 'https://llama.meta.com/llama3/license'],
  'llama3.1': ['Llama 3.1 Community Licence', 'https://llama.meta.com/llama3_1/license'],
  'llama3.2': ['Llama 3.2 Community Licence', 'https://www.llama.com/llama3_2/license'],
  'llama3.3': ['Llama 3.3 Community Licence', 'https://www.llama.com/llama3_3/license'],
  llama4: ['Llama 4 Community Licence', 'https://www.llama.com/llama4/license'],
  gemma: ['Gemma Terms of Use', 'https://ai.google.dev/gemma/terms'],
  'grok2-community': ['Grok 2 Community Licence'],
  cc: ['Creative Commons, not said which', 'https://creativecommons.org/licenses/'],
};

/**
 * The licence that a name means, whatever its case: Hugging Face writes `apache-2.0` where SPDX writes `Apache-2.0`.
 * A name that nobody lists becomes a `LicenseRef-`, as SPDX has it.
 */
export function findLicence(name: string, own: { name?: string; link?: string } = {}): Licence {
  const lower = name.trim().toLowerCase();
  const alias = Object.hasOwn(aliases, lower) ? aliases[lower] : undefined;
  const id = alias ?? byLowerCase.get(lower);
  const entry = id === undefined ? undefined : spdx[id];
  if (id !== undefined && entry !== undefined)
    return { id, name: entry.name, url: `https://spdx.org/licenses/${id}.html`, known: true };
  const other = Object.hasOwn(elsewhere, lower) ? elsewhere[lower] : undefined;
  const url = webAddress(own.link) ?? other?.[1];
  return {
    id: `LicenseRef-${(own.name ?? name).trim().replaceAll(/[^A-Za-z0-9.-]+/g, '-') || 'unknown'}`,
    name: own.name ?? other?.[0] ?? name,
    ...(url === undefined ? {} : { url }),
    known: other !== undefined,
  };
}

/** A link that a card gives may be a file of the repository, or a script: only the web's are passed on. */
const webAddress = (link: string | undefined): string | undefined =>
  link !== undefined && /^https?:\/\//.test(link) && URL.canParse(link) ? link : undefined;

/** Whether two names mean one licence. */
export const sameLicence = (a: string, b: string): boolean => findLicence(a).id === findLicence(b).id;
