import { expect, onTestFinished, test } from 'vitest';
import { modelFolder } from './fixtures/folders.ts';
import { penguinClassifier, penguins } from './fixtures/row-models.ts';
import {
  type InferRequest,
  type InferResponse,
  openModel,
  readBinaryRequest,
  writeResponse,
} from './index.ts';

const withLength = (text: string): Buffer => {
  const bytes = Buffer.from(text);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(bytes.length);
  return Buffer.concat([length, bytes]);
};
const masses = Buffer.from(Float32Array.of(5200, Number.NaN).buffer);
const islands = Buffer.concat(['Biscoe', 'Île'].map(withLength));
const years = Buffer.from(BigInt64Array.of(2007n, 2009n).buffer);
const header = {
  inputs: [
    { name: 'mass', shape: [2], datatype: 'FP32', parameters: { binary_data_size: masses.length } },
    { name: 'island', shape: [2, 1], datatype: 'BYTES', parameters: { binary_data_size: islands.length } },
    { name: 'year', shape: [2], datatype: 'INT64', parameters: { binary_data_size: years.length } },
  ],
  parameters: { binary_data_output: true },
};

function bodyOf(head: object, ...parts: Uint8Array[]): { body: Buffer; size: number } {
  const json = Buffer.from(JSON.stringify(head));
  return { body: Buffer.concat([json, ...parts]), size: json.length };
}

test('binary tensors give what JSON gives, and come back binary where it is asked for', async () => {
  const model = await openModel(await modelFolder({ manifest: penguins, onnx: penguinClassifier() }));
  onTestFinished(() => model.close());
  const { body, size } = bodyOf(header, masses, islands, years);
  const request = readBinaryRequest(body, size);
  expect(request.inputs.map((input) => input.data)).toEqual([
    [5200, null],
    ['Biscoe', 'Île'],
    [2007, 2009],
  ]);
  const response = await model.infer({ ...request, outputs: [{ name: 'label' }, { name: 'probabilities' }] });
  const predictions = await model.predict([
    { mass: 5200, island: 'Biscoe', year: 2007 },
    { mass: null, island: 'Île', year: 2009 },
  ]);

  const written = writeResponse(response, request);
  const json = JSON.parse(
    Buffer.from(written.body.subarray(0, written.headerSizeBytes)).toString(),
  ) as InferResponse;
  expect(json.outputs).toEqual([
    { name: 'label', datatype: 'BYTES', shape: [2], parameters: { binary_data_size: 20 } },
    { name: 'probabilities', datatype: 'FP32', shape: [2, 2], parameters: { binary_data_size: 16 } },
  ]);
  const raw = Uint8Array.from(written.body.subarray(written.headerSizeBytes));
  expect(Buffer.from(raw.slice(0, 20))).toEqual(Buffer.concat([withLength('Gentoo'), withLength('Adelie')]));
  expect([...new Float32Array(raw.slice(20).buffer)]).toEqual(
    predictions.flatMap((row) => ('probabilities' in row ? Object.values(row.probabilities) : [])),
  );
});

const asked = (binary_data_output: boolean, binary_data?: boolean): InferRequest => ({
  inputs: [],
  parameters: { binary_data_output },
  outputs: [{ name: 'value', ...(binary_data === undefined ? {} : { parameters: { binary_data } }) }],
});

test('an output may override the form of the others; all JSON needs no header size', () => {
  const response: InferResponse = {
    model_name: 'm',
    outputs: [{ name: 'value', datatype: 'FP32', shape: [1], data: [1.5] }],
  };
  expect(writeResponse(response, asked(false, true)).headerSizeBytes).toBeGreaterThan(0);
  expect(writeResponse(response, asked(true)).headerSizeBytes).toBeGreaterThan(0);
  for (const request of [asked(true, false), asked(false), { inputs: [] }]) {
    const { body, headerSizeBytes } = writeResponse(response, request);
    expect(headerSizeBytes).toBeUndefined();
    expect(JSON.parse(Buffer.from(body).toString())).toEqual(response);
  }
});

const read = (head: object, ...parts: Uint8Array[]) => {
  const { body, size } = bodyOf(head, ...parts);
  return () => readBinaryRequest(body, size);
};

test('sizes that do not add up are refused', () => {
  const [mass, island] = header.inputs;
  expect(read({ inputs: [mass] }, masses.subarray(1))).toThrow(
    'the body ends within the binary data of the input "mass"',
  );
  expect(read({ inputs: [mass] }, masses, masses)).toThrow('8 bytes beyond its tensors');
  expect(read({ inputs: [{ ...mass, parameters: { binary_data_size: -1 } }] })).toThrow(
    'binary_data_size of -1',
  );
  expect(
    read(
      { inputs: [{ ...mass, datatype: 'FP64', parameters: { binary_data_size: 4 } }] },
      masses.subarray(4),
    ),
  ).toThrow('4 bytes, no multiple of 8');
  expect(
    read({ inputs: [{ ...island, parameters: { binary_data_size: 6 } }] }, islands.subarray(0, 6)),
  ).toThrow('ends within an element');
  expect(read({ inputs: [{ ...mass, datatype: 'BF16' }] }, masses)).toThrow('BF16, which is not served');
  expect(read({})).toThrow('a list "inputs"');
});
