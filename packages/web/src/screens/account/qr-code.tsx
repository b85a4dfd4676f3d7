import { encode } from 'uqr';

/** A QR code, always dark on light so that cameras read it. @param size of a side, in px */
export function QrCode({
  text,
  label,
  size = 200,
}: {
  readonly text: string;
  readonly label: string;
  readonly size?: number;
}) {
  const { data, size: modules } = encode(text, { border: 3 });
  const path = data.flatMap((row, y) => row.map((dark, x) => (dark ? `M${x} ${y}h1v1h-1z` : ''))).join('');
  return (
    <svg
      role="img"
      aria-label={label}
      width={size}
      height={size}
      viewBox={`0 0 ${modules} ${modules}`}
      shapeRendering="crispEdges"
      style={{ background: '#fff', borderRadius: 12, display: 'block', maxWidth: '100%' }}
    >
      <path d={path} fill="#000" />
    </svg>
  );
}
