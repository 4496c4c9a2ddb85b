/** A one-to-one matching: row `rows[i]` goes with column `columns[i]`; rows ascend. */
export interface Assignment {
  rows: Int32Array;
  columns: Int32Array;
}

/**
 * The matching of rows to columns with the least total cost, of min(rows, columns) pairs; as scipy's
 * `linear_sum_assignment`. Shortest augmenting paths with dual variables (Jonker and Volgenant 1987; Crouse 2016),
 * O(min² · max).
 *
 * @param cost `[rows, columns]` row by row; finite
 * @throws Error where a cost is not finite or the length is not rows · columns
 */
export function linearAssignment(cost: Float32Array | Float64Array, rows: number, columns: number): Assignment {
  if (cost.length !== rows * columns) {
    throw new Error(`linearAssignment: cost must hold ${rows} x ${columns} values, got ${cost.length}`);
  }
  for (let i = 0; i < cost.length; i++) {
    if (!Number.isFinite(cost[i]!)) {
      throw new Error(
        `linearAssignment: the cost of row ${Math.floor(i / columns)}, column ${i % columns} is ${cost[i]}; costs must be finite`,
      );
    }
  }
  if (rows > columns) {
    const transposed = new Float64Array(cost.length);
    for (let i = 0; i < rows; i++) for (let j = 0; j < columns; j++) transposed[j * rows + i] = cost[i * columns + j]!;
    const matched = matchRows(transposed, columns, rows);
    const pairs = Array.from(matched, (row, column) => [row, column] as const).sort((a, b) => a[0] - b[0]);
    return { rows: Int32Array.from(pairs, (p) => p[0]), columns: Int32Array.from(pairs, (p) => p[1]) };
  }
  return { rows: Int32Array.from({ length: rows }, (_, i) => i), columns: matchRows(cost, rows, columns) };
}

/** The column of every row, for rows <= columns. */
function matchRows(cost: ArrayLike<number>, rows: number, columns: number): Int32Array {
  const rowPotential = new Float64Array(rows);
  const columnPotential = new Float64Array(columns);
  const columnOfRow = new Int32Array(rows).fill(-1);
  const rowOfColumn = new Int32Array(columns).fill(-1);
  const distance = new Float64Array(columns);
  const previousRow = new Int32Array(columns);
  const done = new Uint8Array(columns);
  const reachedRows: number[] = [];

  for (let free = 0; free < rows; free++) {
    // Dijkstra over the reduced costs from the free row to the nearest free column.
    distance.fill(Infinity);
    done.fill(0);
    reachedRows.length = 0;
    let row = free;
    let shortest = 0;
    let sink = -1;
    while (sink < 0) {
      reachedRows.push(row);
      let nearest = -1;
      for (let column = 0; column < columns; column++) {
        if (done[column]) continue;
        const through = shortest + cost[row * columns + column]! - rowPotential[row]! - columnPotential[column]!;
        if (through < distance[column]!) {
          distance[column] = through;
          previousRow[column] = row;
        }
        // Of equally near columns a free one ends the search.
        if (
          nearest < 0 ||
          distance[column]! < distance[nearest]! ||
          (distance[column] === distance[nearest] && rowOfColumn[column]! < 0 && rowOfColumn[nearest]! >= 0)
        ) {
          nearest = column;
        }
      }
      shortest = distance[nearest]!;
      done[nearest] = 1;
      if (rowOfColumn[nearest]! < 0) sink = nearest;
      else row = rowOfColumn[nearest]!;
    }
    rowPotential[free]! += shortest;
    for (const reached of reachedRows) {
      if (reached !== free) rowPotential[reached]! += shortest - distance[columnOfRow[reached]!]!;
    }
    for (let column = 0; column < columns; column++) {
      if (done[column]) columnPotential[column]! -= shortest - distance[column]!;
    }
    // Flip the path: every row on it takes the column that reached it.
    for (let column = sink; ;) {
      const taker = previousRow[column]!;
      rowOfColumn[column] = taker;
      const left = columnOfRow[taker]!;
      columnOfRow[taker] = column;
      if (taker === free) break;
      column = left;
    }
  }
  return columnOfRow;
}
