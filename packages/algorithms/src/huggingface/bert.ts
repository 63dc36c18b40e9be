import { createGraph } from '@banyan/engine';
import { z } from 'zod';
import { AlgorithmError, type SpecialTokens } from '../algorithm.ts';
import { classify } from '../catalogue/bert.ts';
import { bertConfig, bertConfigOf, EPSILON } from '../catalogue/bert-encoder.ts';
import { classesOf } from '../catalogue/supervised.ts';
import { specialOf, vocabularyOf } from '../catalogue/text.ts';
import { exportEncoder } from '../export/encoder.ts';
import { jsonFile } from './checkpoint.ts';
import { type Layout, only, parseJson, type RepositoryFiles, size } from './layout.ts';

/** BertConfig: what is left out has the library's default. */
const schema = z
  .looseObject({
    vocab_size: size,
    max_position_embeddings: size.default(512),
    hidden_size: size,
    intermediate_size: size,
    num_hidden_layers: size,
    num_attention_heads: size,
    hidden_act: only('gelu'),
    layer_norm_eps: only(EPSILON),
    type_vocab_size: only(2),
    position_embedding_type: only('absolute'),
    is_decoder: only(false),
    problem_type: z.literal('single_label_classification').nullish(),
    id2label: z.record(z.string(), z.string()).default({ 0: 'LABEL_0', 1: 'LABEL_1' }),
  })
  .superRefine(({ hidden_size, intermediate_size }, context) => {
    if (intermediate_size !== 4 * hidden_size)
      context.addIssue({
        code: 'custom',
        path: ['intermediate_size'],
        message: 'expected 4 times hidden_size',
      });
  });

const names = { pad: '[PAD]', unk: '[UNK]', cls: '[CLS]', sep: '[SEP]', mask: '[MASK]' };

export const bertLayout: Layout = {
  algorithm: 'bert',
  prefix: 'bert.',
  ignored: /(^cls\.|(^|\.)embeddings\.position_ids$)/,
  fanInFanOut: /^$/,
  head: /^(classifier|bert\.pooler|pooler)\./,

  read(json, files, { context, classes }) {
    const field = parseJson(schema, json);
    const labels = field.id2label;
    return {
      shape: {
        kind: 'text',
        task: 'classification',
        shape: [context ?? field.max_position_embeddings],
        classes: classes ?? Object.keys(labels).map((_, id) => labels[id] ?? `LABEL_${id}`),
        vocabulary: field.vocab_size,
        special: specialIn(files),
      },
      config: {
        context: field.max_position_embeddings,
        layers: field.num_hidden_layers,
        heads: field.num_attention_heads,
        width: field.hidden_size,
      },
    };
  },

  write(model) {
    const { context, width, layers, heads, dropout } = bertConfigOf(model);
    const classes = classesOf(model.shape);
    return {
      model_type: 'bert',
      architectures: ['BertForSequenceClassification'],
      vocab_size: vocabularyOf(model.shape),
      max_position_embeddings: context,
      hidden_size: width,
      intermediate_size: 4 * width,
      num_hidden_layers: layers,
      num_attention_heads: heads,
      hidden_act: 'gelu',
      layer_norm_eps: EPSILON,
      type_vocab_size: 2,
      position_embedding_type: 'absolute',
      hidden_dropout_prob: dropout,
      attention_probs_dropout_prob: 0,
      problem_type: 'single_label_classification',
      id2label: Object.fromEntries(classes.map((label, id) => [id, label])),
      label2id: Object.fromEntries(classes.map((label, id) => [label, id])),
      pad_token_id: specialOf(model.shape).pad,
    };
  },

  parameters({ config, shape }) {
    const graph = createGraph();
    classify(bertConfig.parse(config), shape, graph.input('ids', 'int32', [1, 2]));
    return graph.parameters;
  },

  onnx: exportEncoder,
  tokenizerConfig({ shape }, tokenizer) {
    const called = new Map((tokenizer.added_tokens ?? []).map(({ id, content }) => [id, content]));
    const { vocab = {} } = tokenizer.model ?? {};
    const entries = Array.isArray(vocab)
      ? vocab.map(([text], id) => [text, id] as const)
      : Object.entries(vocab);
    const texts = new Map(entries.map(([text, id]) => [id, text]));
    return Object.fromEntries(
      Object.entries(specialOf(shape)).map(([part, id]) => [
        `${part}_token`,
        called.get(id) ?? texts.get(id),
      ]),
    );
  },
};

/** The ids of the special tokens, from tokenizer.json or, in older repositories, from the lines of vocab.txt. */
function specialIn(files: RepositoryFiles): SpecialTokens {
  const ids = vocabularyIn(files);
  const found = Object.entries(names).map(([part, token]) => {
    const id = ids(token);
    if (id === undefined)
      throw new AlgorithmError(
        'format',
        `the checkpoint's tokenizer.json (or vocab.txt) has no ${token}, without which BERT reads no text`,
      );
    return [part, id] as const;
  });
  // One entry for each key of `names`, which are those of SpecialTokens.
  return Object.fromEntries(found) as unknown as SpecialTokens;
}

function vocabularyIn(files: RepositoryFiles): (token: string) => number | undefined {
  const lines = files.get('vocab.txt');
  if (!files.has('tokenizer.json') && lines !== undefined) {
    const tokens = new TextDecoder().decode(lines).split(/\r?\n/);
    return (token) => (tokens.includes(token) ? tokens.indexOf(token) : undefined);
  }
  const { added_tokens: added = [], model } = jsonFile(files, 'tokenizer.json') as {
    added_tokens?: { id: number; content: string }[];
    model?: { vocab?: Record<string, number> };
  };
  return (token) => added.find(({ content }) => content === token)?.id ?? model?.vocab?.[token];
}
