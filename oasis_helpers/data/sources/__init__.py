"""Where slices come from, one file a source; each writes the folder layout of `oasis_helpers.data.slices`."""
