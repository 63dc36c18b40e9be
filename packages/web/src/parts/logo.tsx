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
        d="M4 15.5a4.500 4.500 0 0 1 1.600-7.200A6 6 0 0 1 13 4.200a5.500 5.500 0 0 1 7 .2 5.500 5.500 0 0 1 6.800 4.200A4.400 4.400 0 0 1 27.500 16c-1.500.6-3 .2-4-.5H9c-1.500 1-3.500 1-5 0Z"
        fill="currentColor"
        stroke="none"
      />
      <path d="M16 15v12M14.200 15.500v11.500M17.800 15.500v11.500" strokeWidth="1.800" />
      <path
        d="M6.500 15.500v11.500M10.200 15.500v11.500M21.800 15.500v11.500M25.500 15.500v11.500M3 28h26"
        strokeWidth="1.200"
      />
    </svg>
  );
}
