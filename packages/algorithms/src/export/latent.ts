import { createGraph, openSession, toOnnx } from '@banyan/engine';
import { AlgorithmError, type Forward, type TrainedModel } from '../algorithm.ts';
import { vae, vaeConfigOf, vaeDecoder } from '../catalogue/vae.ts';
import { exampleSize } from '../fit/batches.ts';

/** Draws examples from codes: `z` [N, Z] to [N, ...shape], values on the prepared scale. A walk is a row of codes. */
export async function decodeLatent(model: TrainedModel, z: Float32Array): Promise<Float32Array> {
  const config = vaeConfigOf(requireVae(model));
  return (await run(model, vaeDecoder(config, model.shape, 'N'), z, [config.latent])).reconstruction!;
}

/** Prepared examples x [N, ...shape] through code and decoder: `reconstruction` [N, ...shape] and `latent` [N, Z]. */
export async function reconstruct(
  model: TrainedModel,
  x: Float32Array,
): Promise<{ reconstruction: Float32Array; latent: Float32Array }> {
  const config = vaeConfigOf(requireVae(model));
  const graph = createGraph();
  const input = graph.input('x', 'float32', ['N', ...model.shape.shape]);
  const outputs = vae.answer(config, model.shape, input);
  const answers = await run(model, { graph, inputs: [input], outputs }, x, model.shape.shape);
  return { reconstruction: answers.reconstruction!, latent: answers.latent! };
}

function requireVae(model: TrainedModel): TrainedModel {
  if (model.algorithm === 'vae') return model;
  throw new AlgorithmError('data', `only a vae has latent codes; this model is a ${model.algorithm}`);
}

async function run(
  { tensors }: TrainedModel,
  { graph, inputs, outputs }: Forward,
  data: Float32Array,
  example: readonly number[],
): Promise<Record<string, Float32Array>> {
  const size = exampleSize(example);
  if (data.length === 0 || data.length % size !== 0)
    throw new AlgorithmError('data', `${data.length} numbers are not whole rows of ${size}`);
  const session = await openSession(toOnnx(graph, { inputs, outputs, initializers: tensors }));
  try {
    const fed = { dtype: 'float32' as const, shape: [data.length / size, ...example], data };
    const results = await session.run({ [inputs[0]!.name]: fed });
    return Object.fromEntries(
      Object.entries(results).map(([name, { data }]) => [name, data as Float32Array]),
    );
  } finally {
    await session.close();
  }
}
