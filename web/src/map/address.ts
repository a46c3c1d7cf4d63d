/** The part of the page's address that says what is shown, so that a link opens the same picture. */

export interface Shown {
  layer: string | null;
  cell: string | null;
}

export function readAddress(search: string): Shown {
  const query = new URLSearchParams(search);
  return { layer: query.get("layer"), cell: query.get("cell") };
}

export function writeAddress(layer: string, cell: string | null): void {
  const query = new URLSearchParams({ layer, ...(cell && { cell }) });
  history.replaceState(null, "", `?${query}`);
}
