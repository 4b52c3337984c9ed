"""Who may do what: principals, permissions, tokens, links, limits. Without I/O and without a clock: time is passed in.

Imports: nothing.
"""
