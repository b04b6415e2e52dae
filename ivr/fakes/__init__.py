"""Vendors that speak their real protocol on loopback, by a reading of their own.

Nothing of the product's reading is used here, so that the two cannot be wrong together. For tests,
and for people without an account.
"""
