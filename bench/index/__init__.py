"""How the index grows: roots of a thousand to a million photos, and what a start, lists, downloads and captures cost.

Imports: photonic.
"""
