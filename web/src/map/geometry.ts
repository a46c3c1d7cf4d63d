/** Plane geometry on longitude and latitude, good enough to place a label or a view. Pure. */
import type { Geometry, Position } from "geojson";

export type Box = [west: number, south: number, east: number, north: number];

export function bounds(geometry: Geometry): Box {
  const ring = outerRings(geometry).flat();
  const longitudes = ring.map(([longitude]) => longitude ?? 0);
  const latitudes = ring.map(([, latitude]) => latitude ?? 0);
  return [Math.min(...longitudes), Math.min(...latitudes), Math.max(...longitudes), Math.max(...latitudes)];
}

/** Where a name goes: the centroid of the largest part, or null for a geometry without area. */
export function labelPoint(geometry: Geometry): Position | null {
  const moments = outerRings(geometry).map(ringMoments);
  const largest = moments.reduce<Moments | null>((a, b) => (a && Math.abs(a.area) >= Math.abs(b.area) ? a : b), null);
  return largest && largest.area !== 0 ? [largest.x / (3 * largest.area), largest.y / (3 * largest.area)] : null;
}

interface Moments {
  /** Twice the signed area. */
  area: number;
  x: number;
  y: number;
}

function ringMoments(ring: Position[]): Moments {
  const total = { area: 0, x: 0, y: 0 };
  ring.forEach(([x1 = 0, y1 = 0], index) => {
    const [x2 = 0, y2 = 0] = ring[(index + 1) % ring.length] ?? [];
    const cross = x1 * y2 - x2 * y1;
    total.area += cross;
    total.x += (x1 + x2) * cross;
    total.y += (y1 + y2) * cross;
  });
  return total;
}

function outerRings(geometry: Geometry): Position[][] {
  const polygons =
    geometry.type === "Polygon" ? [geometry.coordinates] : geometry.type === "MultiPolygon" ? geometry.coordinates : [];
  return polygons.flatMap((rings) => rings.slice(0, 1));
}
