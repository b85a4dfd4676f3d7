import { useQuery } from '@tanstack/react-query';
import { probeText, textLimit } from './text-probe.ts';
import type { ViewProps } from './view-props.ts';

/** The first megabyte of a file, if it is text. */
export function useText({ node, src }: ViewProps) {
  return useQuery({
    queryKey: ['text', src, node.etag],
    queryFn: async ({ signal }) => {
      if (node.size === 0) return probeText(new Uint8Array(), 0);
      const answer = await fetch(src, { headers: { range: `bytes=0-${textLimit - 1}` }, signal });
      if (!answer.ok) throw new Error(`status ${answer.status}`);
      const bytes = new Uint8Array(await answer.arrayBuffer());
      return probeText(bytes, wholeSize(answer) ?? bytes.length);
    },
  });
}

/** An earlier version has another size than the file: the answer knows. */
function wholeSize(answer: Response): number | null {
  const total = /\/(\d+)$/.exec(answer.headers.get('content-range') ?? '')?.[1];
  return total === undefined ? null : Number(total);
}
