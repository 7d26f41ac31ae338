"""The thin drivers: each arrow of the data's way, scanning, feeding batches and sinking.

intake → scrub → clean → build → release; the decisions are pure functions of the other rooms.
"""
