#!/usr/bin/env python3
"""Writes byte_rank.h: how common each byte is in logs, 0 rarest to 255. byte-rank.py LOG... > byte_rank.h"""
import collections, sys

counts = collections.Counter()
for path in sys.argv[1:]:
    data = open(path, 'rb').read()
    # Each log counts the same, however long it is.
    for byte, count in collections.Counter(data).items():
        counts[byte] += count / len(data)
order = sorted(range(256), key=lambda byte: (counts[byte], byte))
rank = [0] * 256
for place, byte in enumerate(order):
    rank[byte] = place
print('/* How common each byte is in logs, 0 rarest to 255; made by byte-rank.py out of web server, broker and API logs. */')
print('static const uint8_t byte_rank[256] = {')
for row in range(0, 256, 16):
    print('    ' + ', '.join(f'{value}' for value in rank[row:row + 16]) + ',')
print('};')
