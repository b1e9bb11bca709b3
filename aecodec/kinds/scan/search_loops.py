"""The compiled loop of the search for originals, with the results of `search_frontier`."""

import numpy as np
from numpy.typing import NDArray

from aecodec.integer import Loop

Integers = NDArray[np.int64]
Bits = NDArray[np.uint8]


def _search(
    low: Integers,
    high: Integers,
    free: NDArray[np.bool_],
    shares: Integers,
    start: Integers,
    stop: Integers,
    table: Bits,
    beams: Bits,
    scores: Integers,
) -> int:
    """Look for the originals of one problem; how many were found.

    Args:
        low: (box, box), as in `Problems`.
        high: (box, box).
        free: (n, n).
        shares: (box, n), as in `Geometry`.
        start: (box,).
        stop: (box,).
        table: All costs of patterns, (21824,).
        beams: (width, n, n), all 0, filled in with what is found.
        scores: (width,), all 0, filled in too.
    """
    width, size = len(beams), len(free)
    box = len(shares)
    count = 1
    next_beams, next_scores = np.zeros_like(beams), np.zeros(width, np.int64)
    values, context = np.zeros(32, np.int64), np.zeros(size, np.int64)
    known, barred = np.zeros(size, np.int64), np.zeros(size, np.int64)
    score, left = np.zeros(width, np.int64), np.zeros(width, np.int64)
    new_score, new_from = np.zeros(width, np.int64), np.zeros(width, np.int64)
    new_path = np.zeros((width, 8), np.int64)
    back = np.zeros((box, width), np.int64)
    path = np.zeros((box, width, 8), np.int64)
    all_scores = np.zeros(width * width, np.int64)
    all_from = np.zeros(width * width, np.int64)
    all_rows = np.zeros((width * width, size), np.int64)
    choice, partial = np.zeros(9, np.int64), np.zeros(9, np.int64)
    cost, room = np.zeros(9, np.int64), np.zeros(9, np.int64)
    for row in range(box):
        above = start[row]
        shared = row > 0 and stop[row - 1] == above
        first = above + 1 if shared else above
        rows = stop[row] - first + 1
        patterns = 1 << rows
        base_index = 0
        for r in range(1, rows):
            base_index += 1 << (2 * r + 4)
        for k in range(patterns):
            values[k] = 0
            for i in range(rows):
                if (k >> i) & 1:
                    values[k] += 255 * shares[row, first + i]
        for j in range(size):
            barred[j] = 0
            for i in range(rows):
                if not free[first + i, j]:
                    barred[j] |= 1 << i
        found = 0
        for beam in range(count):
            for j in range(size):
                z = np.int64(0)
                if first > 0:
                    for d in range(4):
                        if 0 <= j - 1 + d < size:
                            z |= np.int64(beams[beam, first - 1, j - 1 + d]) << d
                context[j] = z << (2 * rows)
                known[j] = 255 * shares[row, above] * beams[beam, above, j] if shared else 0
            entries = 1
            score[0], left[0] = scores[beam], 0
            for column in range(box):
                edge = start[column]
                joined = column > 0 and stop[column - 1] == edge
                begin = edge + 1 if joined else edge
                steps = stop[column] - begin + 1
                least, most = low[row, column], high[row, column]
                room[steps] = 0
                for t in range(steps - 1, -1, -1):
                    room[t] = room[t + 1]
                    if barred[begin + t] != patterns - 1:
                        room[t] += shares[column, begin + t] * values[patterns - 1]
                kept = 0
                for entry in range(entries):
                    total = 0
                    for j in range(edge, stop[column] + 1):
                        total += shares[column, j] * known[j]
                    if joined:
                        total += shares[column, edge] * values[left[entry]]
                    if total > most or total + room[0] < least:
                        continue
                    t = 0
                    partial[0], cost[0], choice[0] = total, score[entry], -1
                    while t >= 0:
                        choice[t] += 1
                        k = choice[t]
                        if k >= patterns:
                            t -= 1
                            continue
                        changes = (k ^ (k >> 1)) & ((1 << (rows - 1)) - 1)
                        if changes & (changes - 1) or k & barred[begin + t]:
                            continue
                        total = partial[t] + shares[column, begin + t] * values[k]
                        if total > most or total + room[t + 1] < least:
                            continue
                        beside = choice[t - 1] if t > 0 else left[entry]
                        index = k | (beside << rows) | context[begin + t]
                        price = cost[t] + table[base_index + index]
                        if t < steps - 1:
                            t += 1
                            partial[t], cost[t], choice[t] = total, price, -1
                            continue
                        if kept == width and new_score[kept - 1] <= price:
                            continue
                        if kept < width:
                            kept += 1
                        place = kept - 1
                        while place > 0 and new_score[place - 1] > price:
                            new_score[place] = new_score[place - 1]
                            new_from[place] = new_from[place - 1]
                            for u in range(steps):
                                new_path[place, u] = new_path[place - 1, u]
                            place -= 1
                        new_score[place], new_from[place] = price, entry
                        for u in range(steps):
                            new_path[place, u] = choice[u]
                entries = kept
                if entries == 0:
                    break
                for e in range(entries):
                    score[e], left[e] = new_score[e], new_path[e, steps - 1]
                    back[column, e] = new_from[e]
                    for u in range(steps):
                        path[column, e, u] = new_path[e, u]
            for entry in range(entries):
                all_scores[found], all_from[found] = score[entry], beam
                e = entry
                for column in range(box - 1, -1, -1):
                    edge = start[column]
                    joined = column > 0 and stop[column - 1] == edge
                    begin = edge + 1 if joined else edge
                    for u in range(stop[column] - begin + 1):
                        all_rows[found, begin + u] = path[column, e, u]
                    e = back[column, e]
                found += 1
        if found == 0:
            return 0
        order = np.argsort(all_scores[:found] * (width * width) + np.arange(found))
        lowest = stop[row]
        count = 0
        for one in order:
            alike = 0
            for u in range(count):
                same = True
                for j in range(size):
                    if next_beams[u, lowest, j] != (all_rows[one, j] >> (rows - 1)) & 1:
                        same = False
                        break
                if same:
                    alike += 1
            if alike >= 2:
                continue
            next_beams[count] = beams[all_from[one]]
            for j in range(size):
                for i in range(rows):
                    next_beams[count, first + i, j] = (all_rows[one, j] >> i) & 1
            next_scores[count] = all_scores[one]
            count += 1
            if count == width:
                break
        beams[:count] = next_beams[:count]
        scores[:count] = next_scores[:count]
    return count


SEARCH = Loop(
    _search,
    "(int64[:, ::1], int64[:, ::1], boolean[:, ::1], int64[:, ::1], int64[::1], int64[::1], "
    "uint8[::1], uint8[:, :, ::1], int64[::1])",
)
