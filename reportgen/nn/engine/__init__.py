"""The fast half: blocks of networks trained together, in place, on preallocated buffers.

Activations are stored (batch, R, units) and multiplied on their transposed (R, batch, units) view, for
which BLAS takes the leading dimension; element-wise work runs on the flat (batch, R·units) view, where a
bias is one row. The formulas stand in the readable half; the tests compare the two.
"""
