"""Where slices come from, one file a source; each writes the folder layout of `oasis_helpers.data.slices`.

A source registers three functions, see `registry`: what it finds in a folder, whose scan it is, and how one is read.
A new source is a new file in this folder.
"""
