import type { Deployment, Json } from '@banyan/contract';
import { useMutation } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { api, hubUrl } from '../lib/api.ts';
import { type Manifest, readPrediction } from '../lib/manifest.ts';
import { predictSnippets } from '../lib/snippets.ts';
import { Form } from './form.tsx';
import { Empty, Panel } from './layout.tsx';
import { PredictionView } from './prediction-view.tsx';
import { Snippets } from './snippets.tsx';

/** Inputs at the left, the answer at the right, and the same call as code below. `read` makes the example to send. */
export function PredictPanel({
  deployment,
  manifest,
  read,
  brief,
  children,
}: {
  deployment: Deployment;
  manifest: Manifest;
  read: () => Json;
  /** A short example for the code; default: what `read` gives. */
  brief?: Json;
  children: ReactNode;
}) {
  const predict = useMutation(api.deployments.predict.mutationOptions());
  const prediction = readPrediction(predict.data?.predictions[0]);
  const image = manifest.inputs.find(({ type }) => type === 'image');
  const address = new URL(deployment.addresses.predict, hubUrl).href;
  return (
    <div className="space-y-6">
      <div className="grid gap-4 lg:grid-cols-[3fr_2fr]">
        <Panel>
          <Form
            submit="Predict"
            busy={predict.isPending}
            error={predict.error}
            onSubmit={() => predict.mutate({ name: deployment.name, rows: [read()] })}
          >
            {children}
          </Form>
        </Panel>
        <Panel>
          <div aria-live="polite">
            {prediction !== undefined ? (
              <PredictionView prediction={prediction} target={manifest.target} imageShape={image?.shape} />
            ) : predict.data === undefined ? (
              <Empty title="No answer yet">Fill in the values, then choose “Predict”.</Empty>
            ) : (
              <Empty title="This answer cannot be shown">
                <code className="text-xs break-all">{JSON.stringify(predict.data.predictions[0])}</code>
              </Empty>
            )}
          </div>
        </Panel>
      </div>
      <Snippets snippets={predictSnippets(address, [brief ?? read()])} />
    </div>
  );
}
