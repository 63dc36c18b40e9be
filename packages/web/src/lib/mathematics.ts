import { renderToString } from 'katex';

/** LaTeX's mathematics as MathML, which browsers draw with their own fonts; what cannot be read is shown as it stands. */
export const mathematics = (latex: string, display: boolean): string =>
  renderToString(latex, {
    output: 'mathml',
    displayMode: display,
    throwOnError: false,
    strict: 'ignore',
  });
