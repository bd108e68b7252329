/** So many whole numbers that follow each other. */
export function range(count: number, start = 0): number[] {
  return Array.from({ length: count }, (_, i) => start + i);
}
