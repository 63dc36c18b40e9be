import { fileUrl, refuse } from '@banyan/contract';
import { useQuery } from '@tanstack/react-query';
import { hubUrl } from './api.ts';
import { hubErrorOf } from './failure.ts';

/** The `fitted.json` of a prepared dataset: what its recipe learned; null when it has none. */
export function useFitted(dataset: string) {
  return useQuery({
    queryKey: ['fitted', dataset],
    queryFn: async ({ signal }): Promise<unknown> => {
      const response = await fetch(fileUrl(hubUrl, 'dataset', dataset, 'main', 'fitted.json'), { signal });
      try {
        await refuse(response);
      } catch (error) {
        if (hubErrorOf(error)?.code === 'NOT_FOUND') return null;
        throw error;
      }
      return response.json();
    },
  });
}
