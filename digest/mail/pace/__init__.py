"""Pace: how fast, how much, and by which relay; and when to stop because it goes badly.

``rate`` spaces messages. ``limits`` does so for each recipient domain (``providers`` says which of
them are one, ``quickness`` what is slow), and ``waiting`` keeps claimed messages and hands out what
may go. ``breaker`` leaves a relay alone that cannot be used, ``rotation`` chooses between several.
``warmup`` says how many a new sender may send today, ``start`` whether an issue that has begun may
go on.

Pure: times are seconds of a monotonic clock, dates are values, and chance is a number handed in.
"""
