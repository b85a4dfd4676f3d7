/** The mark: cells spread evenly over a sphere, the near ones larger. Drawn from a formula, so it needs no picture file. */
function cells(count: number) {
  return Array.from({ length: count }, (_, index) => {
    const y = 1 - (2 * (index + 0.5)) / count;
    const ring = Math.sqrt(1 - y * y);
    const turn = index * 2.399963;
    return { x: ring * Math.cos(turn), y, z: ring * Math.sin(turn) };
  }).filter((cell) => cell.z > -0.2);
}

const few = cells(40);
const many = cells(420);

export function Logo({ size = 28 }: { readonly size?: number }) {
  return (
    <svg width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <rect width="64" height="64" rx="17" fill="#17573f" />
      <g fill="#d8f5e3">
        {few.map((cell, index) => (
          <circle
            key={index}
            cx={32 + 22 * cell.x}
            cy={32 + 22 * cell.y}
            r={1.2 + 1.6 * Math.max(0, cell.z)}
            opacity={0.5 + 0.5 * Math.max(0, cell.z)}
          />
        ))}
      </g>
    </svg>
  );
}

/** The large picture behind log-in and set-up. */
export function Colony({ className }: { readonly className?: string }) {
  return (
    <svg className={className} viewBox="-110 -110 220 220" aria-hidden="true">
      <g fill="currentColor">
        {many.map((cell, index) => (
          <circle
            key={index}
            cx={100 * cell.x}
            cy={100 * cell.y}
            r={0.8 + 2.1 * Math.max(0, cell.z)}
            opacity={0.14 + 0.6 * Math.max(0, cell.z) ** 2}
          />
        ))}
      </g>
      <g fill="none" stroke="currentColor" strokeWidth="0.7" opacity="0.75">
        {[
          [-32, -18, 24],
          [30, 28, 19],
          [22, -44, 13],
          [-22, 48, 11],
        ].map(([cx, cy, r]) => (
          <circle key={cx} cx={cx} cy={cy} r={r} fill="currentColor" fillOpacity="0.12" />
        ))}
      </g>
    </svg>
  );
}
