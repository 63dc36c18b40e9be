/**
 * The peer: the same training steps in TensorFlow.js on its wasm backend. Reads lines { case, steps } on stdin and
 * answers { ms }, like pytorch.py.
 */
import { createRequire } from 'node:module';
import { dirname } from 'node:path';
import { createInterface } from 'node:readline';
import * as tf from '@tensorflow/tfjs';
import { setWasmPaths } from '@tensorflow/tfjs-backend-wasm';

setWasmPaths(`${dirname(createRequire(import.meta.url).resolve('@tensorflow/tfjs-backend-wasm'))}/`);
await tf.setBackend('wasm');
await tf.ready();

const weight = (rows: number, columns: number) =>
  tf.variable(tf.randomNormal([rows, columns], 0, 0.05)) as tf.Tensor2D;
const bias = (width: number) => tf.variable(tf.zeros([width])) as tf.Tensor1D;
const dense = (width: number, out: number) => {
  const w = weight(width, out);
  const b = bias(out);
  return (x: tf.Tensor) => tf.add(tf.matMul(x as tf.Tensor2D, w), b);
};
const crossEntropy = (logits: tf.Tensor, labels: tf.Tensor) =>
  tf.losses.softmaxCrossEntropy(labels, logits).asScalar();

function mlp() {
  const layers = [dense(784, 512), dense(512, 256), dense(256, 10)] as const;
  const x = tf.randomNormal([128, 784]);
  const y = tf.oneHot(tf.randomUniform([128], 0, 10, 'int32'), 10);
  return () => crossEntropy(layers[2](tf.relu(layers[1](tf.relu(layers[0](x))))), y);
}

function vae() {
  const [hidden, mean, logVariance] = [dense(784, 400), dense(400, 20), dense(400, 20)] as const;
  const [expand, out] = [dense(20, 400), dense(400, 784)] as const;
  const x = tf.randomUniform([128, 784]);
  return () => {
    const h = tf.relu(hidden(x));
    const [m, v] = [mean(h), logVariance(h)] as const;
    const z = tf.add(m, tf.mul(tf.randomNormal([128, 20]), tf.exp(tf.mul(v, 0.5))));
    const logits = out(tf.relu(expand(z)));
    const terms = tf.add(
      tf.sub(tf.relu(logits), tf.mul(logits, x)),
      tf.log1p(tf.exp(tf.neg(tf.abs(logits)))),
    );
    const kl = tf.mul(tf.sum(tf.sub(tf.sub(tf.add(v, 1), tf.square(m)), tf.exp(v))), -0.5);
    return tf.div(tf.add(tf.sum(terms), kl), 128).asScalar();
  };
}

function lstm() {
  const gates = dense(64 + 256, 4 * 256);
  const head = dense(256, 10);
  const x = tf.randomNormal([64, 64, 64]);
  const y = tf.oneHot(tf.randomUniform([64], 0, 10, 'int32'), 10);
  return () => {
    let h: tf.Tensor = tf.zeros([64, 256]);
    let c: tf.Tensor = tf.zeros([64, 256]);
    for (const now of tf.unstack(x, 1)) {
      const [i, f, g, o] = tf.split(gates(tf.concat([now, h], 1)), 4, 1) as [
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
        tf.Tensor,
      ];
      c = tf.add(tf.mul(tf.sigmoid(f), c), tf.mul(tf.sigmoid(i), tf.tanh(g)));
      h = tf.mul(tf.sigmoid(o), tf.tanh(c));
    }
    return crossEntropy(head(h), y);
  };
}

const [layers, width, heads, context, batch, vocabulary] = [4, 256, 4, 128, 16, 256] as const;

const norm = () => {
  const [g, b] = [tf.variable(tf.ones([width])), bias(width)];
  return (x: tf.Tensor): tf.Tensor => {
    const { mean, variance } = tf.moments(x, -1, true);
    return tf.add(tf.mul(tf.mul(tf.sub(x, mean), tf.rsqrt(tf.add(variance, 1e-5))), g), b);
  };
};

/** Attention and feed-forward network of a block, apart from where it is normalised: rows [B T, D]. */
function sublayers(mask: tf.Tensor) {
  const [qkv, project, up, down] = [
    dense(width, 3 * width),
    dense(width, width),
    dense(width, 4 * width),
    dense(4 * width, width),
  ] as const;
  const split = (x: tf.Tensor) =>
    tf.transpose(tf.reshape(x, [batch, context, heads, width / heads]), [0, 2, 1, 3]);
  const attend = (x: tf.Tensor): tf.Tensor => {
    const [q, k, v] = tf.split(qkv(x), 3, 1).map(split) as [tf.Tensor, tf.Tensor, tf.Tensor];
    const scores = tf.add(tf.mul(tf.matMul(q, k, false, true), 1 / Math.sqrt(width / heads)), mask);
    const mixed = tf.transpose(tf.matMul(tf.softmax(scores), v), [0, 2, 1, 3]);
    return project(tf.reshape(mixed, [batch * context, width]));
  };
  const feed = (x: tf.Tensor): tf.Tensor => {
    const z = up(x);
    return down(tf.mul(tf.mul(z, 0.5), tf.add(tf.erf(tf.mul(z, Math.SQRT1_2)), 1)));
  };
  return { attend, feed };
}

function block() {
  const mask = tf.mul(tf.sub(1, tf.linalg.bandPart(tf.ones([context, context]), -1, 0)), -1e9);
  const { attend, feed } = sublayers(mask);
  const [before, between] = [norm(), norm()];
  return (x: tf.Tensor): tf.Tensor => {
    const y = tf.add(x, attend(before(x)));
    return tf.add(y, feed(between(y)));
  };
}

/** Normalised after each addition, as BERT's. */
function encoderBlock() {
  const { attend, feed } = sublayers(tf.zeros([batch, 1, 1, context]));
  const [after, last] = [norm(), norm()];
  return (x: tf.Tensor): tf.Tensor => {
    const y = after(tf.add(x, attend(x)));
    return last(tf.add(y, feed(y)));
  };
}

function gpt() {
  const tokens = weight(vocabulary, width);
  const positions = weight(context, width);
  const blocks = Array.from({ length: layers }, block);
  // One-hot products: the gradient of tf.gather is slower still on this backend.
  const ids = tf
    .oneHot(tf.randomUniform([batch * context], 0, vocabulary, 'int32'), vocabulary)
    .toFloat() as tf.Tensor2D;
  const y = tf.oneHot(tf.randomUniform([batch * context], 0, vocabulary, 'int32'), vocabulary);
  return () => {
    const embedded = tf.add(tf.reshape(tf.matMul(ids, tokens), [batch, context, width]), positions);
    let x: tf.Tensor = tf.reshape(embedded, [batch * context, width]);
    for (const one of blocks) x = one(x);
    return crossEntropy(tf.matMul(x, tokens, false, true), y);
  };
}

/** A vocabulary of 256, not 4,096: products with one-hot ids take the place of tf.gather, and must not cost more. */
function bert() {
  const tokens = weight(vocabulary, width);
  const positions = weight(context, width);
  const first = norm();
  const blocks = Array.from({ length: layers }, encoderBlock);
  const [pool, head] = [dense(width, width), dense(width, 10)] as const;
  const ids = tf
    .oneHot(tf.randomUniform([batch * context], 0, vocabulary, 'int32'), vocabulary)
    .toFloat() as tf.Tensor2D;
  const y = tf.oneHot(tf.randomUniform([batch], 0, 10, 'int32'), 10);
  return () => {
    const embedded = tf.add(tf.reshape(tf.matMul(ids, tokens), [batch, context, width]), positions);
    let x: tf.Tensor = first(tf.reshape(embedded, [batch * context, width]));
    for (const one of blocks) x = one(x);
    const start = tf.reshape(tf.slice(tf.reshape(x, [batch, context, width]), [0, 0, 0], [-1, 1, -1]), [
      batch,
      width,
    ]);
    return crossEntropy(head(tf.tanh(pool(start))), y);
  };
}

const filter = (inputs: number, outputs: number) =>
  tf.variable(tf.randomNormal([5, 5, inputs, outputs], 0, 0.1)) as tf.Tensor4D;

function cnn() {
  const [one, two] = [filter(1, 6), filter(6, 16)] as const;
  const [b1, b2] = [bias(6), bias(16)] as const;
  const [wide, narrow, head] = [dense(400, 120), dense(120, 84), dense(84, 10)] as const;
  const x = tf.randomUniform([128, 28, 28, 1]) as tf.Tensor4D;
  const y = tf.oneHot(tf.randomUniform([128], 0, 10, 'int32'), 10);
  return () => {
    const a = tf.maxPool(
      tf.relu(tf.add(tf.conv2d(x, one, 1, 'same'), b1)).as4D(128, 28, 28, 6),
      2,
      2,
      'valid',
    );
    const b = tf.maxPool(
      tf.relu(tf.add(tf.conv2d(a, two, 1, 'valid'), b2)).as4D(128, 10, 10, 16),
      2,
      2,
      'valid',
    );
    return crossEntropy(head(tf.relu(narrow(tf.relu(wide(tf.reshape(b, [128, 400])))))), y);
  };
}

const cases: Record<string, () => () => tf.Scalar> = { mlp, vae, lstm, gpt, bert, cnn };
const ready = new Map<string, () => void>();

function stepOf(name: string): () => void {
  const loss = cases[name]!();
  const optimizer = tf.train.adam(1e-3);
  return () => {
    const value = optimizer.minimize(loss, true);
    value?.dataSync();
    value?.dispose();
  };
}

/** The times of some steps, or the reason why this backend cannot make them. */
function answer(name: string, steps: number): { ms: number[] } | { error: string } {
  try {
    const step = ready.get(name) ?? stepOf(name);
    ready.set(name, step);
    const ms = Array.from({ length: steps }, () => {
      const startedAt = performance.now();
      step();
      return performance.now() - startedAt;
    });
    return { ms };
  } catch (error) {
    return { error: error instanceof Error ? error.message : String(error) };
  }
}

for await (const line of createInterface({ input: process.stdin })) {
  const request = JSON.parse(line) as { case: string; steps: number };
  console.log(JSON.stringify(answer(request.case, request.steps)));
}
