"""The made-up town of Kelderby: one seed, the same bytes on each run and on each machine.

What keeps the bytes the same: random numbers come from `Dice` alone; places are worked out with + - * / only
(`town.to_lonlat`); floats are never added with `sum`, whose rounding changed in Python 3.12; and the output is plain
text, because two versions of zlib may compress the same text differently.
"""
