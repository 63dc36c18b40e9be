/** A banyan: one canopy, many trunks. */
export function Logo({ size = 28 }: { size?: number }) {
  return (
    <svg
      width={size}
      height={size}
      viewBox="0 0 32 32"
      fill="none"
      stroke="currentColor"
      strokeWidth="2"
      strokeLinecap="round"
      aria-hidden="true"
      className="shrink-0 text-accent"
    >
      <path
        d="M3 14c0-6 6-10 13-10s13 4 13 10c0 1.700-1.300 3-3 3H6c-1.700 0-3-1.300-3-3Z"
        fill="currentColor"
        stroke="none"
      />
      <path d="M16 16v12M13.500 17c0 5-.5 8-2.500 11M18.500 17c0 5 .5 8 2.500 11M7 17v7M25 17v7" />
    </svg>
  );
}
