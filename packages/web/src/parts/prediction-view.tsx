import { BarList } from '../charts/bar-list.tsx';
import { formatNumber, formatPercent } from '../lib/format.ts';
import type { Prediction } from '../lib/manifest.ts';
import { PixelImage } from './pixel-image.tsx';

/** A model's answer: a class with its probabilities, a number, or an image it drew. */
export function PredictionView({
  prediction,
  target,
  imageShape,
}: {
  prediction: Prediction;
  target?: string | undefined;
  imageShape?: readonly number[] | undefined;
}) {
  if ('label' in prediction) {
    const ranked = Object.entries(prediction.probabilities).sort(([, a], [, b]) => b - a);
    return (
      <div className="space-y-4">
        <p>
          <span className="text-sm text-muted">{target ?? 'Answer'}</span>
          <strong className="block font-serif text-3xl">{prediction.label}</strong>
        </p>
        <BarList
          caption="Probability of each class"
          bars={ranked.slice(0, 12).map(([label, probability]) => ({
            key: label,
            label,
            value: probability,
            text: formatPercent(probability),
          }))}
        />
      </div>
    );
  }
  if ('value' in prediction)
    return (
      <p>
        <span className="text-sm text-muted">{target ?? 'Answer'}</span>
        <strong className="block font-serif text-3xl">{formatNumber(prediction.value)}</strong>
      </p>
    );
  return (
    <div className="space-y-3">
      <p className="text-sm text-muted">What the model makes of it</p>
      <PixelImage label="Reconstruction" shape={imageShape ?? []} pixels={prediction.reconstruction} />
      {prediction.latent !== undefined && (
        <p className="text-xs text-muted">
          Latent code: {prediction.latent.slice(0, 16).map(formatNumber).join(', ')}
          {prediction.latent.length > 16 && ', ...'}
        </p>
      )}
    </div>
  );
}
