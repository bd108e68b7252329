/** How large tiles may be and what lies between them, in CSS pixels. */
export interface Room {
  width: number;
  height: number;
  gap: number;
  /** Height of a tile's caption. */
  caption: number;
  /** Height of a group's title. */
  title: number;
  least: number;
  most: number;
}

/**
 * Columns for each group of tiles: as few as let all groups fit into the height, but none so many that
 * a tile is narrower than the least. Within a group rows are as equal as they can be. `aspect` is the
 * height of a picture for a width of 1.
 */
export function columnsFor(counts: readonly number[], aspect: number, room: Room): number[] {
  const { width, height, gap, caption, title, least, most } = room;
  const wide = (columns: number): number => (width - gap * (columns - 1)) / columns;
  const fewest = Math.max(1, Math.ceil((width + gap) / (most + gap)));
  const greatest = Math.max(1, Math.floor((width + gap) / (least + gap)));
  let found: number[] = [];
  for (let columns = Math.min(fewest, greatest); columns <= greatest; columns++) {
    // A group of one row keeps the tiles of the others' size.
    found = counts.map((n) => (n > columns ? Math.ceil(n / Math.ceil(n / columns)) : columns));
    const tall = counts.map(
      (n, nth) => title + Math.ceil(n / found[nth]!) * (wide(found[nth]!) * aspect + caption + gap),
    );
    if (tall.reduce((a, b) => a + b, 0) <= height) break;
  }
  return found;
}
