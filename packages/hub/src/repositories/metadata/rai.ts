import type { Json } from '@banyan/contract';

/** Croissant's vocabulary of Responsible AI, 1.0: which may be given several times. */
const many = new Set([
  'dataCollectionType',
  'dataCollectionTimeframe',
  'dataPreprocessingProtocol',
  'dataAnnotationProtocol',
  'dataAnnotationPlatform',
  'dataAnnotationAnalysis',
  'annotatorDemographics',
  'machineAnnotationTools',
  'dataBiases',
  'dataUseCases',
  'dataLimitations',
  'personalSensitiveInformation',
]);
const one = new Set([
  'dataCollection',
  'dataCollectionMissingData',
  'dataCollectionRawData',
  'dataImputationProtocol',
  'dataManipulationProtocol',
  'annotationsPerItem',
  'dataSocialImpact',
  'dataReleaseMaintenancePlan',
]);

/** What a card says under `rai:` (or as `rai:dataBiases: ...`), as far as the vocabulary knows it. */
export function raiOf(data: Record<string, Json>): Record<string, Json> {
  const nested = data['rai'];
  const given = new Map<string, Json>(
    typeof nested === 'object' && nested !== null && !Array.isArray(nested) ? Object.entries(nested) : [],
  );
  for (const [key, value] of Object.entries(data)) if (key.startsWith('rai:')) given.set(key.slice(4), value);
  const found: Record<string, Json> = {};
  for (const [name, value] of given) {
    const texts = (Array.isArray(value) ? value : [value]).flatMap((item) =>
      typeof item === 'string' && item.trim() !== '' ? [item.trim()] : [],
    );
    if (texts.length === 0) continue;
    if (many.has(name)) found[`rai:${name}`] = texts;
    else if (one.has(name)) found[`rai:${name}`] = texts.join('\n');
  }
  return found;
}
